"""Parses one record of a CSV file: where it ends, and why it is not a row of its table."""

import re
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

MAX_RECORD = 1_000_000
"""Bytes up to the line end. A longer record means broken quotes, not a row."""

NUL = "a NUL byte"
NOT_UTF8 = "bytes that are not UTF-8"
LONE_RETURN = "a carriage return outside quotes"
UNCLOSED = "a quote that is never closed"
AFTER_QUOTE = "text after a closing quote"
TOO_LONG = f"longer than {MAX_RECORD:,} bytes"

# As in DuckDB, one space before a quoted cell and spaces after it are ignored; a quote within an unquoted cell is an
# ordinary character.
_QUOTED = rb' ?+"(?:[^"]++|"")*+" *+'
_CELL = rb"(?:" + _QUOTED + rb'|(?! ?")[^,\n]*+)'
_EACH_CELL = re.compile(rb"(?:\A|,)(" + _CELL + rb")")
_QUOTED_CELL = re.compile(_QUOTED)
_PLAIN_CELL = rb'(?: ?+"(?:[^"\0]++|"")*+" *+|(?! ?")[^,\n\r\0]*+)'

_WHOLE_CELLS = re.compile(rb"(?:" + _CELL + rb",)*+")
_QUOTED_TEXT = re.compile(rb'(?:[^"]++|"")*+')
_UNQUOTED_TEXT = re.compile(rb"[^,\n]*+")
_SPACES = re.compile(rb" *+")
_RETURNS = re.compile(rb"\r*+")


class Record(NamedTuple):
    """A record of a buffer: its body `[start, end)` without line end, and where the next one starts.

    `reason` is None for a row. An empty body is a blank line. `returns` counts the carriage returns of the line end.
    `wrong` is the start of the line where its quotes turned out to be invalid, if not its first.
    """

    start: int
    end: int
    following: int
    returns: int
    reason: str | None
    wrong: int = 0


class _Place(Enum):
    CELL_START, QUOTED, CLOSED, RETURNS, UNQUOTED = (auto() for _ in range(5))


class Quotes:
    """Follows a record's quotes a buffer at a time, for records of any length in constant memory."""

    def __init__(self) -> None:
        self._place = _Place.CELL_START

    def follow(self, buffer: bytes, at: int, stop: int, *, final: bool) -> tuple[bool | None, int]:
        """Whether the record's quotes are valid, and where it ends (newline or end of the file) or becomes invalid.

        None if `buffer[at:stop]` does not decide it: pass the bytes from the position again, with more after them.
        `final` says that the file ends at `stop`.
        """
        while True:
            match self._place:
                case _Place.CELL_START:
                    at = _end(_WHOLE_CELLS, buffer, at, stop)
                    if not final and buffer[at:stop] in (b"", b" "):
                        return None, at
                    quote = at + 1 if buffer[at : at + 2] == b' "' else at
                    quoted = quote < stop and buffer[quote] == 34
                    self._place, at = (_Place.QUOTED, quote + 1) if quoted else (_Place.UNQUOTED, at)
                case _Place.UNQUOTED:
                    at = _end(_UNQUOTED_TEXT, buffer, at, stop)
                    if at == stop or buffer[at] == 10:
                        return (True if at < stop or final else None), at
                    self._place, at = _Place.CELL_START, at + 1
                case _Place.QUOTED:
                    at = _end(_QUOTED_TEXT, buffer, at, stop)
                    if at == stop or (at + 1 == stop and not final):  # a quote here may be half of a doubled one
                        return (False if final else None), at
                    self._place, at = _Place.CLOSED, at + 1
                case _Place.CLOSED:
                    at = _end(_SPACES, buffer, at, stop)
                    if at == stop and not final:
                        return None, at
                    comma = at < stop and buffer[at] == 44
                    self._place, at = (_Place.CELL_START, at + 1) if comma else (_Place.RETURNS, at)
                case _Place.RETURNS:
                    at = _end(_RETURNS, buffer, at, stop)
                    if at == stop:
                        return (True if final else None), at
                    return buffer[at] == 10, at


def _end(pattern: re.Pattern[bytes], buffer: bytes, at: int, stop: int) -> int:
    """The end of the match of a pattern that matches everywhere."""
    found = pattern.match(buffer, at, stop)
    assert found
    return found.end()


def next_record(
    buffer: bytes, start: int, *, final: bool, width: int | None = None, line_only: bool = False
) -> Record | None:
    """The record at `start`, a row if it has `width` cells; None if there is none, or the buffer ends before it is
    decided.

    A record with invalid quotes is its first physical line only: the rest is parsed again. `line_only` says that its
    quotes are known to be invalid unless it ends with its line. `final` says that the file ends with the
    buffer.
    """
    if start >= len(buffer):
        return None
    window = start + MAX_RECORD + 1
    if width is not None and (row := _row(width).match(buffer, start, window)) and row.end(1) > start:
        return Record(start, row.end(1), row.end(), row.end() - row.end(1) - 1, _encoding_problem(row[1]))
    newline = buffer.find(b"\n", start)
    line = newline if newline >= 0 else len(buffer)
    following = min(line + 1, len(buffer))
    stop = following if line_only else len(buffer)
    right, at = Quotes().follow(buffer, start, stop, final=final and stop == len(buffer))
    if right:
        return _judged(buffer, start, at, width)
    if (newline < 0 and not final) or (right is None and not line_only):
        return None
    end = _body_end(buffer, start, line)
    reason = TOO_LONG if line - start > MAX_RECORD else AFTER_QUOTE if at < line else UNCLOSED
    return Record(start, end, following, line - end, reason, buffer.rfind(b"\n", start, at) + 1)


@cache
def _row(width: int) -> re.Pattern[bytes]:
    """The fast path: a record that is valid except, perhaps, its encoding and its line end."""
    return re.compile(b"(%b(?:,%b){%d})\r?\n" % (_PLAIN_CELL, _PLAIN_CELL, width - 1))


def _encoding_problem(body: bytes) -> str | None:
    try:
        body.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return None


def _judged(buffer: bytes, start: int, stop: int, width: int | None) -> Record:
    end = _body_end(buffer, start, stop)
    reason = None
    if end > start:
        reason = TOO_LONG if stop - start > MAX_RECORD else problem(buffer[start:end], width)
    return Record(start, end, min(stop + 1, len(buffer)), stop - end, reason)


def _body_end(buffer: bytes, start: int, stop: int) -> int:
    return start + len(buffer[start:stop].rstrip(b"\r"))


def problem(body: bytes, width: int | None) -> str | None:
    """Why a record with valid quotes is not a row; None if it is one."""
    if b"\0" in body:
        return NUL
    if encoding_problem := _encoding_problem(body):
        return encoding_problem
    if b"\r" in body and b"\r" in _unquoted(body):
        return LONE_RETURN
    if width is None:
        return None
    cells = len(_EACH_CELL.findall(body)) if b'"' in body else 1 + body.count(b",")
    return None if cells == width else wrong_width(cells, width)


def cells(body: bytes) -> list[bytes]:
    """The texts of the cells of a record with valid quotes."""
    return [
        cell.strip(b" ")[1:-1].replace(b'""', b'"') if _QUOTED_CELL.fullmatch(cell) else cell
        for cell in _EACH_CELL.findall(body)
    ]


def _unquoted(body: bytes) -> bytes:
    return b"".join(cell for cell in _EACH_CELL.findall(body) if not _QUOTED_CELL.fullmatch(cell))


def wrong_width(cells: int, width: int) -> str:
    return f"too {'few' if cells < width else 'many'} cells: {cells}, not {width}"
