"""One pass over a CSV file: where each record starts, and which records are not rows of its table.

It is independent of the reader that loads the rows, so that each count checks the other.
"""

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from movie_assets.reading.header import Header, UnreadableFileError
from movie_assets.reading.plain_records import Ints, plain_records, special_bytes
from movie_assets.reading.record import MAX_RECORD, TOO_LONG, Quotes, next_record

BLOCK = 1 << 18
"""Bytes per block: its arrays fit the processor's cache."""

MAX_BLANKS = 500_000
"""Blank lines that the engine may read: it takes a run of 2 MB of them for one endless line."""

_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is not a row: its physical line, its bytes in the file, and why."""

    line: int
    offset: int
    size: int
    reason: str


@dataclass(slots=True)
class Scan:
    """The result of a pass. Row `i` starts at physical line `i + shift`, with the last of `shifts` at or before it."""

    rows: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    shifts: list[Ints] = field(default_factory=list)
    """Arrays of two rows: the first row of a shift, and the shift."""
    returns: set[int] = field(default_factory=set)
    blanks: int = 0
    copied: bool = False
    rewritten: bool = False

    @property
    def plain(self) -> bool:
        """Whether the engine can read the file as it is: all line ends are alike, and lines are not mostly blank."""
        alike = self.returns <= {0} or self.returns == {1}
        return self.rewritten or (alike and self.blanks <= MAX_BLANKS)

    def all_shifts(self) -> Ints:
        """The first row of each shift, and the shift: two rows, in order."""
        return np.concatenate([np.empty((2, 0), np.int64), *self.shifts], axis=1)


@dataclass(frozen=True, slots=True)
class _Block:
    """Bytes of the file, and the positions of commas, quotes and newlines."""

    data: bytes
    special: Ints


_NOTHING = _Block(b"", np.empty(0, np.int64))


def scan(path: Path, header: Header, *, limit: int, copy: Path, rewrite: bool = False) -> Scan:
    """Scan every record after the header; rejects the file at more than `limit` unreadable ones.

    If there are unreadable records, `copy` becomes a file of a header and the rows only; with `rewrite` always, and
    each line ends with a newline only.

    Raises: UnreadableFileError; OSError.
    """
    scanner = _Scanner(path, header, limit, copy, rewriting=rewrite)
    try:
        if rewrite:
            scanner.begin_copy()
        done = False
        while not done:  # more than once if a long record is skipped
            with closing(_blocks(path, scanner.offset)) as blocks:
                done = all(map(scanner.take, blocks))
        scanner.finish()
    finally:
        scanner.close()
    return scanner.found


def _blocks(path: Path, offset: int) -> Generator[_Block, None, None]:
    """The blocks of a file from an offset on; a thread prepares a few ahead."""
    with path.open("rb", buffering=0) as file, ThreadPoolExecutor(1) as ahead:
        file.seek(offset)
        waiting: deque[Future[_Block]] = deque(ahead.submit(_next_block, file) for _ in range(_AHEAD))
        while (block := waiting.popleft().result()).data:
            waiting.append(ahead.submit(_next_block, file))
            yield block


def _next_block(file: BinaryIO) -> _Block:
    data = file.read(BLOCK)
    return _Block(data, special_bytes(data))


def _follow(path: Path, start: int) -> tuple[bool, int, int]:
    """Whether the quotes of a record of any length are valid; its end, or the start of the line where they become
    invalid; the newlines within it.
    """
    quotes, rest, at, line, newlines = Quotes(), b"", start, start, 0
    with path.open("rb") as file:
        file.seek(start)
        while True:
            data = file.read(BLOCK)
            buffer = rest + data
            right, used = quotes.follow(buffer, 0, len(buffer), final=not data)
            newlines += buffer.count(b"\n", 0, used)
            if (newline := buffer.rfind(b"\n", 0, used)) >= 0:
                line = at + newline + 1
            at, rest = at + used, buffer[used:]
            if right is not None:
                return right, at if right else line, newlines


def _line_end(path: Path, start: int) -> int:
    """The end of a line of any length: its newline, or the end of the file."""
    at = start
    with path.open("rb") as file:
        file.seek(start)
        while data := file.read(BLOCK):
            if (newline := data.find(b"\n")) >= 0:
                return at + newline
            at += len(data)
    return at


class _Scanner:
    def __init__(self, path: Path, header: Header, limit: int, copy: Path, *, rewriting: bool) -> None:
        self.path, self.limit, self.copy, self.rewriting = path, limit, copy, rewriting
        self.width = len(header.names)
        self.found = Scan(returns=set(header.returns), rewritten=rewriting)
        self.sink: BinaryIO | None = None
        self.rest = _NOTHING
        self.offset = header.offset
        self.line = header.line
        self.shift: int | None = None
        self.wrong = 0
        """The start of a line in which a record's open quotes became invalid. A record that begins before it has the
        same quotes open and becomes invalid there too, so it is read no further than its own line. This bounds the
        passes over a file, however many quotes it opens."""

    def take(self, block: _Block) -> bool:
        """Scan one more block; undecided bytes wait for the next. False: go on at `offset` instead."""
        if self.rest.data:
            joined = np.concatenate((self.rest.special, block.special + len(self.rest.data)))
            block = _Block(self.rest.data + block.data, joined)
        used = self._plain_records(block) or self._step(block.data, final=False)
        if not used and len(block.data) > MAX_RECORD:
            self.rest = _NOTHING
            self._pass_long()
            return False
        self.offset += used
        self.rest = _Block(block.data[used:], block.special[np.searchsorted(block.special, used) :] - used)
        return True

    def finish(self) -> None:
        """Scan the rest at the end of the file."""
        self.offset += self._step(self.rest.data, final=True)

    def close(self) -> None:
        if self.sink:
            self.sink.close()

    def begin_copy(self) -> None:
        """Begin the copy with everything before the current block, which had no unreadable records."""
        if self.sink:
            return
        self.found.copied = True
        self.sink = self.copy.open("wb")
        if self.rewriting:
            self.sink.write(b"," * (self.width - 1) + b"header\n")
            return
        with self.path.open("rb") as source:
            left = self.offset
            while left and (piece := source.read(min(left, 1 << 20))):
                self.sink.write(piece)
                left -= len(piece)

    def _plain_records(self, block: _Block) -> int:
        """Take the complete records of a block at once; returns their bytes, 0 if there are none or one isn't plain."""
        seen = plain_records(block.data, block.special, self.width)
        if seen is None:
            return 0
        lines = self.line + seen.lines
        for i in np.flatnonzero(seen.broken).tolist():
            offset = self.offset + int(seen.starts[i])
            self._keep_aside(int(lines[i]), offset, int(seen.sizes[i]), seen.reason(i, self.width))
        blank = seen.sizes == 0
        dropped = seen.broken | blank
        self.found.blanks += int(np.count_nonzero(blank))
        self._number(lines[~dropped])
        self.found.returns.update(np.unique(seen.returns).tolist())
        self.line += seen.newlines
        if self.sink:
            self.sink.write(seen.rows(block.data, dropped, rewriting=self.rewriting))
        return seen.used

    def _step(self, data: bytes, *, final: bool) -> int:
        """Take the records of a block one by one; returns the number of decided bytes."""
        position, lines, rows = 0, [], []
        while record := next_record(
            data, position, final=final, width=self.width, line_only=self.offset + position < self.wrong
        ):
            size = record.end - record.start
            if record.reason:
                self._keep_aside(self.line, self.offset + position, size, record.reason)
                self.wrong = max(self.wrong, self.offset + record.wrong)
            elif record.end < record.following:
                self.found.returns.add(record.returns)
            if size and not record.reason:
                lines.append(self.line)
                body = data[record.start : record.end]
                rows.append(body + b"\n" if self.rewriting else data[record.start : record.following])
            self.found.blanks += not size
            self.line += data.count(b"\n", position, record.following)
            position = record.following
        self._number(np.array(lines, np.int64))
        if self.sink:
            self.sink.writelines(rows)
        return position

    def _keep_aside(self, line: int, offset: int, size: int, reason: str) -> None:
        found = self.found.unreadable
        found.append(Unreadable(line, offset, size, reason))
        if len(found) > self.limit:
            shown = "; ".join(f"line {one.line}: {one.reason}" for one in found[:3])
            raise UnreadableFileError(
                f"More than {self.limit:,} lines of {self.path} are not rows of this table ({shown}).",
                "Check the file's delimiter, quotes and encoding, or raise the limit of unreadable lines.",
            )
        self.begin_copy()

    def _pass_long(self) -> None:
        """Skip the record at `offset`, too long for memory: all of it, or its first line if its quotes are invalid.

        Invalid quotes are remembered: the next scan of the record takes its first line.
        """
        if self.offset < self.wrong:
            end, newlines = _line_end(self.path, self.offset), 0
        else:
            right, end, newlines = _follow(self.path, self.offset)
            if not right:
                self.wrong = max(end, self.offset + 1)
                return
        self._keep_aside(self.line, self.offset, end - self.offset, TOO_LONG)
        self.offset, self.line = end + 1, self.line + newlines + 1

    def _number(self, lines: Ints) -> None:
        """Record where the shift between row number and line number changes."""
        if not len(lines):
            return
        shifts = lines - np.arange(self.found.rows, self.found.rows + len(lines))
        if shifts[0] != self.shift or shifts[-1] != self.shift:
            before = shifts[0] - 1 if self.shift is None else self.shift
            at = np.flatnonzero(np.diff(shifts, prepend=before))
            self.found.shifts.append(np.stack((at + self.found.rows, shifts[at])))
        self.shift = int(shifts[-1])
        self.found.rows += len(lines)
