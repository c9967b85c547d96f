"""Runs the commands that README and guides show. `python -m movie_assets_tests.support.readme` updates their output.

In a ```console block each command follows `$ ` and its output follows the command; a line `...` stands for any lines.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from movie_assets.program import PREFIX
from movie_assets.settings import settings_table

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
PAGES = (README, ROOT / "docs" / "first_day.md", ROOT / "docs" / "own_ruleset.md")
"""The pages with commands, in the order a reader runs them: later commands use the files of earlier ones."""
REFERENCE = ROOT / "docs" / "reference.md"
HOME = "/home/you/movies"
"""The folder of the commands, as the pages show it."""

_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", flags=re.MULTILINE | re.DOTALL)
_SETTINGS = re.compile(r"^\| variable \|.*?(?=\n\n)", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command and the output that the page shows."""

    words: str
    shown: tuple[str, ...]


def commands(text: str) -> list[list[Command]]:
    """The blocks of commands, in the page's order."""
    return [list(_commands(block)) for block in _BLOCK.findall(text)]


def _commands(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        words, *shown = part.rstrip("\n").split("\n")
        yield Command(words, tuple(shown))


def run(words: str, folder: Path) -> list[str]:
    """The lines a command prints in a folder, shown as HOME; nothing is installed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "MAKE", "MFLAGS"))}
    environment = inherited | {
        "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
        **{
            f"{PREFIX}{name}": str(folder / ".movies" / place)
            for name, place in {
                "LAKE": "lake",
                "WAREHOUSE": "warehouse.duckdb",
                "OUTBOX": "alerts",
                "DAGSTER_HOME": "dagster",
            }.items()
        },
    }
    if words.startswith("make "):
        words = words.replace("make ", f"make --no-print-directory -C {ROOT} -o .venv/.installed ", 1)
    done = subprocess.run(
        words, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return [line.rstrip() for line in done.stdout.replace(str(folder), HOME).splitlines()]


def agrees(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Whether the shown lines match the printed ones, where `...` matches any lines."""
    parts = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in shown]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in printed)) is not None


def _filled(command: Command, printed: list[str]) -> str:
    """The command with its output; where the page omits lines, as many stay before and after."""
    lines = printed
    if "..." in command.shown:
        head = command.shown.index("...")
        tail = len(command.shown) - head - 1
        lines = [*printed[:head], "...", *printed[len(printed) - tail :]]
    return "\n".join([f"$ {command.words}", *lines]) + "\n"


def rewritten(text: str, folder: Path) -> str:
    """The page with the commands' current output."""
    return _BLOCK.sub(
        lambda block: "".join(_filled(each, run(each.words, folder)) for each in _commands(block.group())), text
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for page in PAGES:
            page.write_text(rewritten(page.read_text(), Path(folder)))
    REFERENCE.write_text(_SETTINGS.sub(lambda _: settings_table(), REFERENCE.read_text()))
