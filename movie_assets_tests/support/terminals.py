"""Commands of `movies` on real terminals of several widths, and into a pipe; as a program, their other end."""

import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from fcntl import ioctl

Commands = Sequence[Sequence[str]]
_END = "\f"


def on_terminals(widths: Sequence[int], commands: Commands, environment: dict[str, str]) -> list[str]:
    """What the commands print on a terminal of each width, with the codes it obeys."""
    ours, theirs = pty.openpty()
    said = b""
    with subprocess.Popen(
        _program(widths, commands), stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        try:
            while block := os.read(ours, 65536):
                said += block
        except OSError:  # how a terminal ends
            pass
    os.close(ours)
    assert process.returncode == 0, said
    return said.decode().replace("\r\n", "\n").split(_END)[:-1]


def piped(commands: Commands, environment: dict[str, str]) -> str:
    """What the commands print into a pipe."""
    ran = subprocess.run(_program([], commands), env=environment, check=True, capture_output=True, text=True)
    return ran.stdout


def _program(widths: Sequence[int], commands: Commands) -> list[str]:
    return [sys.executable, "-m", __name__, json.dumps(widths), json.dumps(commands)]


def _main(widths: Sequence[int], commands: Commands) -> None:
    from movie_assets.cli import movies

    for columns in widths or [0]:
        if columns:
            ioctl(sys.stdout, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        for words in commands:
            movies.main(words, standalone_mode=False)
        if columns is not None:
            print(end=_END, flush=True)


if __name__ == "__main__":
    _main(*map(json.loads, sys.argv[1:]))
