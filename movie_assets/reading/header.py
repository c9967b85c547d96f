"""The first record of a landed file: the names of its columns, or why the file is not a CSV."""

import re
from dataclasses import dataclass
from pathlib import Path

from movie_assets.errors import PipelineError
from movie_assets.reading.record import LONE_RETURN, MAX_RECORD, NUL, TOO_LONG, cells, next_record

MAX_NAME = 1_000
"""Characters of a column's name. A longer name means a broken file."""

_BOM = b"\xef\xbb\xbf"
_BLANK_LINES = re.compile(rb"(?:\r*+\n)*+")

_KINDS = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"\xff\xfe\0\0": "UTF-32 text",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


MAX_COLUMNS = 3_000
"""Of a file: DuckDB needs a third of a megabyte for each, and Redshift's tables have at most 1,600."""


class EmptyFileError(PipelineError):
    """The file has no header: it is empty or has only blank lines."""


class UnreadableFileError(PipelineError):
    """The file is not a CSV of UTF-8 text, or too many of its lines are not."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, and where the records after them begin."""

    names: tuple[str, ...]
    offset: int
    line: int
    """The physical line of the file that begins at `offset`, counted from 1."""
    returns: frozenset[int]
    """The numbers of carriage returns in the line ends so far; empty if the file ends with the header."""
    plain: bool
    """Whether the header is the file's first line, and only that."""


def read_header(path: Path) -> Header:
    """The header of a file: its first non-blank line, which may continue within quotes.

    Raises: EmptyFileError, UnreadableFileError.
    """
    try:
        with path.open("rb") as file:
            head = file.read(MAX_RECORD + 4)
            final = not file.read(1)
    except OSError as error:
        raise UnreadableFileError(f"Can't read {path}: {error.strerror or error}.") from error
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            raise _refusal(path, f"seems to be {kind}")
    first = len(_BOM) if head.startswith(_BOM) else 0
    blank = _BLANK_LINES.match(head, first)
    position = blank.end() if blank else first
    record = next_record(head, position, final=final)
    body = head[position : record.end] if record else b""
    if record and record.reason:
        raise _refusal(path, _what_it_is(body, record.reason))
    if not body:
        raise _no_header(path, head[position:], final=final)
    assert record
    lines = [*head[first:position].split(b"\n")[:-1], head[record.end : record.following].removesuffix(b"\n")]
    returns = frozenset(len(line) for line in lines) if record.end < record.following else frozenset()
    newlines = head.count(b"\n", first, record.following)
    plain = position == first and b"\n" not in body
    return Header(_names(path, body), record.following, 1 + newlines, returns, plain)


def _names(path: Path, body: bytes) -> tuple[str, ...]:
    names = tuple(cell.decode() for cell in cells(body))
    if len(names) > MAX_COLUMNS:
        raise _refusal(path, f"has {len(names):,} columns, more than {MAX_COLUMNS:,}")
    for place, name in enumerate(names, 1):
        if len(name) > MAX_NAME:
            raise _refusal(path, f"has a name of {len(name):,} characters in cell {place} of its header")
    return names


def _no_header(path: Path, rest: bytes, *, final: bool) -> PipelineError:
    if final:
        return EmptyFileError(f"{path} is empty: it has no header.", "A CSV starts with the names of its columns.")
    if not rest.strip():
        return _refusal(path, f"has no header within its first {MAX_RECORD:,} bytes")
    if b"\n" in rest:
        return _refusal(path, f"has a quote in its header that is not closed within {MAX_RECORD:,} bytes")
    return _refusal(path, _what_it_is(rest, TOO_LONG))


def _what_it_is(header: bytes, reason: str) -> str:
    if reason == NUL:
        every_other = not any(header[0::2]) or not any(header[1::2])
        return "seems to be UTF-16 text" if every_other else "seems to be a binary file"
    if reason == LONE_RETURN:
        return "ends its lines in carriage returns alone"
    if sum(byte < 32 and byte not in b"\t\r\n" for byte in header[:1000]) > 4:
        return "seems to be a binary file"
    return f"has a header that can't be read: it is {reason}" if reason == TOO_LONG else f"has {reason} in its header"


def _refusal(path: Path, what: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} {what}.",
        "Save it as a CSV: UTF-8 text, commas between cells, a newline after each record.",
    )
