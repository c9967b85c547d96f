"""The one place where text leaves for a terminal or a pipe."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from movie_assets.visible import visible

UNLIMITED = 1_000_000
"""Columns of text where there is no terminal to ask: nothing is folded or left out for a program that reads."""

_GAP = 2
_NARROWEST, _WORD = 12, 24
"""Characters in which a text can still be read as a column, and of the longest word that is not folded."""


class Terminal(Console):
    """Where people read: brackets and colons are no markup, and what a terminal would obey or hide is escaped.

    A reader who has gone is no error: the command goes on, and what it prints is dropped.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)
        if not self.is_terminal:
            self.width = UNLIMITED
        if self.no_color:  # NO_COLOR; rich alone would keep bold
            self._color_system = None
        with suppress(AttributeError):  # a letter that the encoding lacks is escaped as well
            self.file.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text, keep="\n\t"), **options)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (sys.stderr if self.stderr else sys.stdout).fileno())
        os.close(nowhere)


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A heading and how its cells are shown.

    A number stands to the right and is never folded. Of a text longer than `most` its beginning and end are shown.
    """

    heading: str
    number: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    cells: Sequence[str | None]
    style: str | None


class Listing:
    """Rows under headings. Where the terminal is too narrow for a table, each cell has a line: `heading: cell`."""

    def __init__(self, *columns: ListColumn | str) -> None:
        self.columns = [column if isinstance(column, ListColumn) else ListColumn(column) for column in columns]
        self.rows: list[Row] = []

    def add(self, *cells: str | None, style: str | None = None) -> None:
        """Add a row; a cell that is None is that of the row above, and not shown again."""
        shown = [
            None if cell is None else short(visible(cell), column.most)
            for column, cell in zip(self.columns, cells, strict=True)
        ]
        self.rows.append(Row(shown, style))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        widths = self._widths(options.max_width)
        if widths is None:
            yield from self._lines()
        else:
            yield from self._table(console, widths)

    def _widths(self, room: int) -> list[int] | None:
        """The width of each column, None where there is no room for them."""
        wanted, least = [], []
        for at, column in enumerate(self.columns):
            heading, cells = visible(column.heading), [row.cells[at] or "" for row in self.rows]
            word = max((cell_len(word) for text in (heading, *cells) for word in text.split()), default=1)
            whole = max(map(cell_len, cells), default=0)
            wanted.append(max(whole, cell_len(heading), 1))
            least.append(max(whole, word) if column.number else min(wanted[-1], max(_NARROWEST, min(word, _WORD))))
        spare = room - _GAP * (len(wanted) - 1) - sum(least)
        if spare < 0:
            return None
        # What is to spare goes to the columns that lack least first: so most of them are whole.
        widths = list(least)
        lacking = sorted(range(len(wanted)), key=lambda at: wanted[at] - least[at])
        for done, at in enumerate(lacking):
            more = min(wanted[at] - least[at], spare // (len(lacking) - done))
            widths[at] += more
            spare -= more
        return widths

    def _table(self, console: Console, widths: Sequence[int]) -> Iterator[Text]:
        headings = Row([visible(column.heading) for column in self.columns], "bold")
        for row in (headings, *self.rows):
            folded = [
                Text(cell or "").wrap(console, width, overflow="fold")
                for cell, width in zip(row.cells, widths, strict=True)
            ]
            for pieces in zip_longest(*folded):
                line = Text(style=row.style or "")
                for column, piece, width in zip(self.columns, pieces, widths, strict=True):
                    shown = Text() if piece is None else piece.copy()
                    shown.align("right" if column.number else "left", width)
                    line.append_text(shown).append(" " * _GAP)
                line.rstrip()
                yield line

    def _lines(self) -> Iterator[Text]:
        for number, row in enumerate(self.rows):
            if number and row.cells[:1] != [None]:
                yield Text()
            for column, cell in zip(self.columns, row.cells, strict=True):
                if cell is not None:
                    heading = (f"{visible(column.heading)}: ", "bold")
                    yield Text.assemble(heading, cell, style=row.style or "")
        if self.rows:
            yield Text()


def short(text: str, length: int | None) -> str:
    """The text, or of a longer one its beginning and end; a number is whole."""
    if length is None or len(text) <= length or not any(map(str.isalpha, text)):
        return text
    tail = length // 3
    return f"{text[: length - tail - 3]}...{text[-tail:]}"
