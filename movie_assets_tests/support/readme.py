"""The README's commands, run for real. `python -m movie_assets_tests.support.readme` writes their output into it.

A ```console block holds commands after `$ `, each followed by what it prints; a line `...` stands for any lines.
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
HOME = "/home/you/movies"
"""What the README calls the folder the commands are run in."""

_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", flags=re.MULTILINE | re.DOTALL)
_SETTINGS = re.compile(r"^\| variable \|.*?(?=\n\n)", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the README and the lines it says are printed."""

    words: str
    shown: tuple[str, ...]


def commands(text: str) -> list[list[Command]]:
    """The blocks of commands, in the README's order."""
    return [list(_commands(block)) for block in _BLOCK.findall(text)]


def _commands(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        words, *shown = part.rstrip("\n").split("\n")
        yield Command(words, tuple(shown))


def run(words: str, folder: Path) -> list[str]:
    """The lines a command prints in a folder, which the README calls HOME; installing anything is left out."""
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
    said = subprocess.run(
        words, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return [line.rstrip() for line in said.stdout.replace(str(folder), HOME).splitlines()]


def agrees(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Whether the lines shown are those printed, `...` standing for any."""
    parts = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in shown]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in printed)) is not None


def _filled(command: Command, printed: list[str]) -> str:
    """The command with what it printed; where the README left lines out, as many stay before and after."""
    lines = printed
    if "..." in command.shown:
        head = command.shown.index("...")
        tail = len(command.shown) - head - 1
        lines = [*printed[:head], "...", *printed[len(printed) - tail :]]
    return "\n".join([f"$ {command.words}", *lines]) + "\n"


def rewritten(text: str, folder: Path) -> str:
    """The README with the commands' present output and the present settings."""
    text = _SETTINGS.sub(lambda _: settings_table(), text)
    return _BLOCK.sub(
        lambda block: "".join(_filled(each, run(each.words, folder)) for each in _commands(block.group())), text
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        README.write_text(rewritten(README.read_text(), Path(folder)))
