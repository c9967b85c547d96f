"""All output to terminals and pipes."""

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
"""The width without a terminal: a program that reads gets nothing folded or cut."""

_GAP = 2
_NARROWEST, _WORD = 12, 24
"""The narrowest readable column of text, and the longest word that is not folded, in characters."""


class Terminal(Console):
    """A console without markup that escapes characters which a terminal obeys or hides.

    A closed pipe is not an error: the command goes on, and its output is dropped.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)
        if not self.is_terminal:
            self.width = UNLIMITED
        if self.no_color:  # NO_COLOR; rich alone would keep bold
            self._color_system = None
        with suppress(AttributeError):  # also escapes letters that the encoding lacks
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
    """A column of a listing: its heading and the format of its cells.

    A number is right-aligned and never folded. The middle of a text longer than `most` is cut out.
    """

    heading: str
    number: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    cells: Sequence[str | None]
    style: str | None


class Listing:
    """Rows under headings. If the terminal is too narrow for a table, each cell gets a line: `heading: cell`."""

    def __init__(self, *columns: ListColumn | str) -> None:
        self.columns = [column if isinstance(column, ListColumn) else ListColumn(column) for column in columns]
        self.rows: list[Row] = []

    def add(self, *cells: str | None, style: str | None = None) -> None:
        """Add a row; a cell of None repeats that of the row above and is not shown."""
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
        """The width of each column; None if the terminal is too narrow."""
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
        # Spare width goes first to the columns that lack least, so that most fit.
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
    """The text; the middle of a longer one is cut out."""
    if length is None or len(text) <= length or not any(map(str.isalpha, text)):
        return text
    tail = length // 3
    return f"{text[: length - tail - 3]}...{text[-tail:]}"
