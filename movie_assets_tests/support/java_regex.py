"""What Java says about patterns: the corpus that tests read, and the program that asks Java 17 for it.

``python -m movie_assets_tests.support.java_regex`` asks Java about every pattern and text of the corpus again and
writes down its answers; ``... unicode`` writes the package's sets of code points. A new pattern is added to the corpus
by hand as ``{"pattern": ..., "texts": {"a text": null}}``.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CORPUS = Path(__file__).parent.parent / "corpus"
ANSWERS = CORPUS / "java_regex.jsonl"
UNICODE = Path(__file__).parents[2] / "movie_assets" / "dqdl" / "patterns" / "unicode.json"


@dataclass(frozen=True)
class Answer:
    """What Java's Matcher does with a text: whether all of it matches, where each match starts and what its groups
    hold, the text with every match in angle brackets, and its parts between the matches.
    """

    full: bool
    matches: list[list[Any]]
    replaced: str
    parts: list[str]


@dataclass(frozen=True)
class JavaPattern:
    """A pattern with Java's answer per text, or the reason why Java refuses it."""

    text: str
    error: str | None
    answers: Mapping[str, Answer]


def java_patterns() -> Iterator[JavaPattern]:
    for entry in _entries():
        answers = {text: Answer(*answer) for text, answer in entry.get("texts", {}).items()}
        yield JavaPattern(entry["pattern"], entry.get("error"), answers)


def _entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ANSWERS.read_text(encoding="ascii").splitlines()]


def ask(pairs: list[tuple[str, str]]) -> list[Any]:
    """Java's answers for patterns and texts."""
    lines = "".join(f"{pattern.encode().hex()},{text.encode().hex()}\n" for pattern, text in pairs)
    return [json.loads(line) for line in _java("judge", lines).splitlines()]


def _java(task: str, said: str = "") -> str:
    with TemporaryDirectory() as folder:
        subprocess.run(["javac", "-d", folder, str(CORPUS / "JavaRegex.java")], check=True)
        opened = ["--add-opens", "java.base/java.lang=ALL-UNNAMED"]
        command = ["java", *opened, "-cp", folder, "JavaRegex", task]
        return subprocess.run(command, input=said, capture_output=True, text=True, check=True).stdout


def main(arguments: list[str]) -> None:
    if arguments == ["unicode"]:
        UNICODE.write_text(_java("unicode"), encoding="ascii")
        return
    entries = [(entry["pattern"], list(entry.get("texts", {"": None}))) for entry in _entries()]
    answers = iter(ask([(pattern, text) for pattern, texts in entries for text in texts]))
    with ANSWERS.open("w", encoding="ascii") as file:
        for pattern, texts in entries:
            answered = {text: next(answers) for text in texts}
            refused = next((answer for answer in answered.values() if isinstance(answer, dict)), None)
            entry = {"pattern": pattern, **({"error": refused["error"]} if refused else {"texts": answered})}
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
