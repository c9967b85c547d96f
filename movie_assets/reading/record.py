"""One record of a CSV file, exactly: where it ends, and why it is not a row of its table."""

import re
from functools import cache
from typing import NamedTuple

MAX_RECORD = 1_000_000
"""Bytes. A longer record is a file gone wrong, not a row."""

NUL = "a NUL byte"
NOT_UTF8 = "bytes that are not UTF-8"
LONE_RETURN = "a carriage return outside quotes"
UNCLOSED = "a quote that is never closed"
AFTER_QUOTE = "text after a closing quote"
TOO_LONG = f"longer than {MAX_RECORD:,} bytes"

# One space before a quoted cell and spaces behind it belong to nothing, as DuckDB has it; a quote within an unquoted
# cell is a character like any other.
_QUOTED = rb' ?+"(?:[^"]++|"")*+" *+'
_CELL = rb"(?:" + _QUOTED + rb'|(?! ?")[^,\n]*+)'
_CELLS = re.compile(_CELL + rb"(?:," + _CELL + rb")*+")
_EACH_CELL = re.compile(rb"(?:\A|,)" + _CELL)
_QUOTED_CELL = re.compile(rb"(\A|,)" + _QUOTED)
_PLAIN_CELL = rb'(?: ?+"(?:[^"\0]++|"")*+" *+|(?! ?")[^,\n\r\0]*+)'


class Record(NamedTuple):
    """A record of a buffer: its body `[start, end)` without line end, and where the next one starts.

    `reason` is None for a row. An empty body is a blank line. `returns` counts the carriage returns of the line end.
    """

    start: int
    end: int
    following: int
    returns: int
    reason: str | None


def next_record(buffer: bytes, start: int, *, final: bool, width: int | None = None) -> Record | None:
    """The record at `start`, a row if it has `width` cells; None when there is none, or the buffer
    ends before it is decided.

    A record whose quotes are wrong is its first physical line only: what follows gets another chance. `final` says that
    the file ends with the buffer. Of a line longer than `MAX_RECORD` the record is what the buffer holds of it.
    """
    if start >= len(buffer):
        return None
    window = min(len(buffer), start + MAX_RECORD + 1)
    if width is not None and (row := _row(width).match(buffer, start, window)) and row.end(1) > start:
        return Record(start, row.end(1), row.end(), row.end() - row.end(1) - 1, _encoding_problem(row[1]))
    at_end = final and window == len(buffer)
    over = len(buffer) - start > MAX_RECORD
    newline = buffer.find(b"\n", start, window)
    line = newline if newline >= 0 else window
    if newline < 0 and not at_end:
        return _first_line(buffer, start, _line_end(buffer, window), TOO_LONG) if over else None
    if buffer.find(b'"', start, line) < 0:
        return _judged(buffer, start, line, width)
    match = _CELLS.match(buffer, start, window)
    end = match.end() if match else start
    stop = end
    while buffer[stop : stop + 1] == b"\r" and stop < window:
        stop += 1
    if stop == window:
        if at_end:
            return _judged(buffer, start, stop, width)
        return _first_line(buffer, start, line, UNCLOSED) if over else None
    if buffer[stop] == 10:
        return _judged(buffer, start, stop, width)
    if match is None or buffer[end] == 44:  # the next cell opens a quote that the window does not close
        return _first_line(buffer, start, line, UNCLOSED) if at_end or over else None
    return _first_line(buffer, start, line, AFTER_QUOTE if stop < line else UNCLOSED)


@cache
def _row(width: int) -> re.Pattern[bytes]:
    """A record with nothing wrong in it but its encoding, perhaps, and its line end: what most of them are."""
    return re.compile(b"(%b(?:,%b){%d})\r?\n" % (_PLAIN_CELL, _PLAIN_CELL, width - 1))


def _encoding_problem(body: bytes) -> str | None:
    try:
        body.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return None


def _line_end(buffer: bytes, start: int) -> int:
    newline = buffer.find(b"\n", start)
    return newline if newline >= 0 else len(buffer)


def _first_line(buffer: bytes, start: int, line: int, reason: str) -> Record:
    end = _body_end(buffer, start, line)
    return Record(start, end, min(line + 1, len(buffer)), line - end, reason)


def _judged(buffer: bytes, start: int, stop: int, width: int | None) -> Record:
    end = _body_end(buffer, start, stop)
    reason = problem(buffer[start:end], width) if end > start else None
    return Record(start, end, min(stop + 1, len(buffer)), stop - end, reason)


def _body_end(buffer: bytes, start: int, stop: int) -> int:
    while stop > start and buffer[stop - 1] == 13:
        stop -= 1
    return stop


def problem(body: bytes, width: int | None) -> str | None:
    """Why a record whose quotes are right is not a row; None if it is one."""
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


def _unquoted(body: bytes) -> bytes:
    return b"".join(cell for cell in _EACH_CELL.findall(body) if not _QUOTED_CELL.fullmatch(cell))


def wrong_width(cells: int, width: int) -> str:
    return f"too {'few' if cells < width else 'many'} cells: {cells}, not {width}"
