"""A strict CSV read one byte at a time: slow, plain, and written without a look at the product's reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from movie_assets.reading.reader import HeaderMatch


def every_column(header: Sequence[str]) -> HeaderMatch:
    return HeaderMatch({name: place for place, name in enumerate(header)})


@dataclass
class Reading:
    """Rows as (physical line, cells); what is not a row as (physical line, bytes)."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    unreadable: list[tuple[int, bytes]] = field(default_factory=list)


def read(data: bytes, width: int, *, line: int = 2, limit: int = 1_000_000) -> Reading:
    """The records of the bytes behind a header of `width` cells; one of more than `limit` bytes is not a row."""
    reading, start = Reading(), 0
    while start < len(data):
        cells, end = _record(data, start)
        if cells is None:  # its quotes are wrong: one physical line, and on with the next
            newline = data.find(b"\n", start)
            end = len(data) if newline < 0 else newline
        body = data[start:end].rstrip(b"\r")
        if body:
            texts = _texts(cells, width, body) if end - start <= limit else None
            if texts is None:
                reading.unreadable.append((line, body))
            else:
                reading.rows.append((line, texts))
        line += data[start : end + 1].count(b"\n")
        start = end + 1
    return reading


def _record(data: bytes, start: int) -> tuple[list[tuple[bytes, bool]] | None, int]:
    """The cells (and whether each is quoted) of a record, None where its quotes are wrong; where its newline is."""
    cells: list[tuple[bytes, bool]] = []
    at = start
    while True:
        quote = at + 1 if data[at : at + 2] == b' "' else at
        quoted = data[quote : quote + 1] == b'"'
        if quoted:
            cell, after = _quoted(data, quote + 1)
            if after is None:
                return None, at
            at = after
            while data[at : at + 1] == b" ":
                at += 1
            ending = at
            while data[ending : ending + 1] == b"\r":
                ending += 1
            if data[ending : ending + 1] in (b"\n", b""):
                at = ending
        else:
            cell = bytearray()
            while data[at : at + 1] not in (b",", b"\n", b""):
                cell += data[at : at + 1]
                at += 1
        here = data[at : at + 1]
        if here in (b"\n", b"") and not quoted:
            cell = cell.rstrip(b"\r")
        cells.append((bytes(cell), quoted))
        if here in (b"\n", b""):
            return cells, at
        if here != b",":
            return None, at
        at += 1


def _quoted(data: bytes, at: int) -> tuple[bytearray, int | None]:
    """The text of a quoted cell, and the place behind its closing quote; None when there is none."""
    cell = bytearray()
    while at < len(data):
        if data[at : at + 2] == b'""':
            cell += b'"'
            at += 2
        elif data[at : at + 1] == b'"':
            return cell, at + 1
        else:
            cell += data[at : at + 1]
            at += 1
    return cell, None


def _texts(cells: list[tuple[bytes, bool]] | None, width: int, body: bytes) -> list[str] | None:
    if cells is None or len(cells) != width or b"\0" in body:
        return None
    if any(b"\r" in cell for cell, quoted in cells if not quoted):
        return None
    try:
        return [cell.decode() for cell, _ in cells]
    except UnicodeDecodeError:
        return None
