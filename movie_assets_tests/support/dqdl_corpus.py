"""Corpus files of DQDL texts. ``python -m movie_assets_tests.support.dqdl_corpus`` updates the messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from movie_assets import dqdl

CORPUS = Path(__file__).parent.parent / "corpus"
INVALID = CORPUS / "invalid_rulesets.txt"


@dataclass(frozen=True)
class Invalid:
    """A ruleset that is refused, and all of what is said about it."""

    name: str
    ruleset: str
    message: str


def invalid_rulesets() -> Iterator[Invalid]:
    """The blocks of the file: ``=== name``, the ruleset, ``--- `` and the message."""
    for block in INVALID.read_text(encoding="utf-8").split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        ruleset, _, message = rest.partition("\n---\n")
        yield Invalid(name, ruleset, message.strip("\n"))


def round_trips(name: str) -> list[str]:
    """The lines of a file, without blank ones and comments."""
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def said(ruleset: str) -> str:
    """What is said about a ruleset that is refused; blanks at the ends of lines are left out."""
    try:
        parsed = dqdl.parse(ruleset)
    except dqdl.DQDLError as error:
        return "\n".join(line.rstrip() for line in str(error).split("\n"))
    return f"parsed as {parsed}"


def main() -> None:
    """Write what is said now into the corpus, for a look at the difference."""
    head = INVALID.read_text(encoding="utf-8").split("\n=== ")[0]
    blocks = [f"=== {case.name}\n{case.ruleset}\n---\n{said(case.ruleset)}\n" for case in invalid_rulesets()]
    INVALID.write_text("\n".join([head, *blocks]), encoding="utf-8")


if __name__ == "__main__":
    main()
