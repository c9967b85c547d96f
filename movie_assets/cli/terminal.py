"""The one place where text leaves for a terminal or a pipe."""

import os
import sys
from contextlib import suppress
from typing import Any

from rich.console import Console
from rich.text import Text

from movie_assets.visible import visible

UNLIMITED = 1_000_000
"""Columns of text where there is no terminal to ask: nothing is folded for a program that reads."""


class Terminal(Console):
    """Where people read: brackets and colons are no markup, and what a terminal would obey or hide is escaped.

    A reader who has gone is no error: the command goes on, and what it prints is dropped.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)
        if not self.is_terminal:
            self.width = UNLIMITED
        with suppress(AttributeError):  # a letter that the encoding lacks is escaped as well
            self.file.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text, keep="\n\t"), **options)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (sys.stderr if self.stderr else sys.stdout).fileno())
        os.close(nowhere)
