"""Finds the records of a block of bytes all at once, if its quotes and line ends are plain."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from movie_assets.reading.record import MAX_RECORD, NUL, wrong_width

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_COMMA, _NEWLINE, _QUOTE, _RETURN = 44, 10, 34, 13


def special_bytes(data: bytes) -> Ints:
    """The positions of commas, quotes and newlines."""
    codes = np.frombuffer(data, np.uint8)
    found = codes == _COMMA
    found |= codes == _QUOTE
    found |= codes == _NEWLINE
    return np.flatnonzero(found)


@dataclass(frozen=True, slots=True)
class PlainRecords:
    """The complete records at the start of a block, including blank lines; every array has one entry per record."""

    used: int
    newlines: int
    starts: Ints
    ends: Ints
    """The positions of their newlines."""
    returns: Ints
    """The numbers of carriage returns before them."""
    lines: Ints
    """The numbers of newlines before each record, including those within quotes."""
    cells: npt.NDArray[np.int32]
    nuls: Bools
    broken: Bools

    @property
    def sizes(self) -> Ints:
        return self.ends - self.starts - self.returns

    def reason(self, record: int, width: int) -> str:
        return NUL if self.nuls[record] else wrong_width(int(self.cells[record]), width)

    def rows(self, data: bytes, dropped: Bools, *, rewriting: bool) -> bytes:
        """The bytes of the records that are not dropped; `rewriting` leaves out the carriage returns of line ends."""
        if not rewriting and not dropped.any():
            return data[: self.used]
        kept = np.repeat(~dropped, self.ends - self.starts + 1)
        if rewriting:
            kept[self.ends[self.returns == 1] - 1] = False
        return np.frombuffer(data, np.uint8, self.used)[kept].tobytes()


def plain_records(data: bytes, special: Ints, width: int) -> PlainRecords | None:
    """The records that end within `data`, which starts with one.

    None if there is none, or if quotes, carriage returns, invalid UTF-8 or the length of a record need a check record
    by record.
    """
    codes = np.frombuffer(data, np.uint8)
    kinds = codes[special]
    outside = (np.cumsum(kinds == _QUOTE, dtype=np.int32) & 1) == 0
    last = np.flatnonzero((kinds == _NEWLINE) & outside)
    if not len(last):
        return None
    whole = int(last[-1]) + 1
    special, kinds, outside = special[:whole], kinds[:whole], outside[:whole]
    ends = special[last]
    used = int(ends[-1]) + 1
    starts = np.concatenate(([0], ends[:-1] + 1))
    if int((ends - starts).max()) > MAX_RECORD or not _quotes_are_plain(codes, special, kinds):
        return None
    data = data[:used]
    returns = np.zeros_like(ends)
    if b"\r" in data:
        outer = _outer_returns(codes[:used], special, outside)
        if outer is None:
            return None
        returns[ends.searchsorted(outer)] = 1
    if not _is_utf8(data):
        return None
    commas = np.cumsum((kinds == _COMMA) & outside, dtype=np.int32)[last]
    cells = np.diff(commas, prepend=np.int32(0)) + 1
    newlines = np.flatnonzero(kinds == _NEWLINE)
    lines = np.concatenate(([0], newlines.searchsorted(last[:-1]) + 1))
    nuls = np.zeros(len(ends), np.bool_)
    if b"\0" in data:
        nuls[ends.searchsorted(np.flatnonzero(codes[:used] == 0))] = True
    broken = ((cells != width) | nuls) & (ends - starts > returns)
    return PlainRecords(used, len(newlines), starts, ends, returns, lines, cells, nuls, broken)


def _quotes_are_plain(codes: Bytes, special: Ints, kinds: Bytes) -> bool:
    """Whether each opening quote starts a cell, or doubles the one before, and each closing one ends a cell."""
    quotes = np.flatnonzero(kinds == _QUOTE)
    touching = np.diff(special, prepend=-1) == 1  # the byte before is special too, or does not exist
    closing = quotes[1::2]
    loose = closing[~touching[closing + 1]]
    return bool(touching[quotes[0::2]].all() and (codes[special[loose] + 1] == _RETURN).all())


def _outer_returns(codes: Bytes, special: Ints, outside: Bools) -> Ints | None:
    """The positions of carriage returns outside quotes; None if one of them is not the only one before a newline."""
    at = np.flatnonzero(codes == _RETURN)
    after = special.searchsorted(at)
    outer = (after == 0) | outside[after - 1]
    at, after = at[outer], after[outer]
    return at if bool(((special[after] == at + 1) & (codes[special[after]] == _NEWLINE)).all()) else None


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
