"""Typical errors of daily files, by name, put into a given share of the rows."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import numpy as np
import polars as pl

from movie_assets.errors import PipelineError, nearest
from movie_assets.movies.sample.draws import Draws, Numbers
from movie_assets.movies.sample.films import poster_links, words

DIRT: Mapping[str, float] = MappingProxyType(
    {
        "blank_title": 0.005,
        "blank_meta_score": 0.005,
        "year_not_a_year": 0.005,
        "rating_out_of_range": 0.005,
        "text_in_number": 0.005,
        "number_too_large": 0.005,
        "duplicate_link": 0.005,
        "over_long_genre": 0.003,
        "ragged_line": 0.003,
        "quoted_newline": 0.004,
        "non_ascii_name": 0.005,
        "bad_utf8": 0.0,
        "nul_byte": 0.0,
    }
)
"""Each kind of dirt and its default share of rows: 5 % in total. A row has at most one kind."""

# A frame holds only valid text, so dirt that breaks a line or its encoding is marked, and inserted on writing.
_EXTRA_CELL, _MISSING_CELL, _BAD_BYTE, _NUL = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKS: Mapping[str, tuple[tuple[str, bytes], ...]] = {
    "ragged_line": ((_EXTRA_CELL, b","), (_MISSING_CELL + ",", b"")),
    "bad_utf8": ((_BAD_BYTE, b"\xe9"),),
    "nul_byte": ((_NUL, b"\x00"),),
}
_BLOCK = np.uint64(1000)
_SLOTS = 1_000_000


def rates(dirt: Mapping[str, float] | None) -> dict[str, float]:
    """The share of rows of each kind of dirt, in the order of DIRT (the default for None); kinds not named are 0.

    Raises:
        PipelineError: a kind is unknown, or the shares are not between 0 and 1 or more than 1 together.
    """
    chosen = DIRT if dirt is None else dirt
    for kind, share in chosen.items():
        if kind not in DIRT:
            near = nearest(kind, DIRT)
            hint = f"Did you mean {near!r}?" if near else f"Known are {', '.join(DIRT)}."
            raise PipelineError(f"{kind!r} is not a kind of dirt.", hint)
        if not 0 <= share <= 1:
            raise PipelineError(f"The share of {kind!r} is {share}.", "A share of rows is between 0 and 1.")
    total = sum(chosen.values())
    if total > 1 + 1e-9:
        raise PipelineError(f"The shares of dirt add up to {total:g}.", "A row has one kind at most: 1 is all rows.")
    return {kind: chosen.get(kind, 0.0) for kind in DIRT}


def kinds_of_rows(draws: Draws, day: date, shares: Mapping[str, float]) -> pl.Series:
    """The kind of dirt of each film on the day, null for most; shares hold closely for any run of films."""
    bounds = np.cumsum(list(shares.values())) * _SLOTS
    slots = draws.spread(f"dirt of {day}", _SLOTS, 3**0.5 - 1)
    found = np.searchsorted(bounds, slots.astype(np.float64), side="right")
    kinds = pl.Series([*shares, None], dtype=pl.String).gather(pl.Series(found))
    # The first film of a block keeps its link, which the duplicates copy.
    lender = pl.Series(draws.films % _BLOCK == 0)
    return pl.select(pl.when(lender & (kinds == "duplicate_link")).then(None).otherwise(kinds)).to_series()


def soil(frame: pl.DataFrame, kinds: pl.Series, draws: Draws) -> pl.DataFrame:
    """The films with dirt in their cells; dirt that breaks lines is only marked, see `break_lines`."""
    if kinds.null_count() == len(kinds):
        return frame

    def some(*texts: str) -> pl.Series:
        return draws.pick("dirty text", texts)

    third = pl.lit(pl.Series(draws.below("dirty column", 3)))
    changes: dict[str, dict[str, pl.Expr | pl.Series | None]] = {
        "blank_title": {"Series_Title": None},
        "blank_meta_score": {"Meta_score": None},
        "year_not_a_year": {"Released_Year": some("TBA", "19x4", "soon", "n.d.", "MCM")},
        "rating_out_of_range": {"IMDB_Rating": some("11.5", "-1", "10.4", "99")},
        "number_too_large": {"No_of_Votes": some("99999999999", "92233720368547758080", "1e400")},
        "over_long_genre": {"Genre": pl.lit(", ".join(words()["genres"] * 2))},
        "quoted_newline": {"Overview": pl.col("Overview").str.replace(" ", "\n", literal=True, n=1)},
        "non_ascii_name": {name: draws.pick(name, words()["names_beyond_latin1"]) for name in ("Director", "Star1")},
        "ragged_line": {
            "Star4": pl.col("Star4") + some(f"{_EXTRA_CELL}junior", _MISSING_CELL),
            # Not empty, because some readers ignore an extra empty cell at the end as a stray comma.
            "Gross": pl.col("Gross").fill_null("7,120,400"),
        },
        "bad_utf8": {"Director": pl.col("Director") + pl.lit(f" Caf{_BAD_BYTE}")},
        "nul_byte": {"Overview": pl.col("Overview") + pl.lit(_NUL)},
        "duplicate_link": {"Poster_Link": _lent_links(draws, kinds)},
    }
    text_in_number = {"IMDB_Rating": "eight", "Meta_score": "n/a", "No_of_Votes": "many"}
    for number, (column, text) in enumerate(text_in_number.items()):
        frame = _replace(frame, (pl.lit(kinds) == "text_in_number") & (third == number), column, pl.lit(text))
    present = set(kinds.drop_nulls().unique())
    for kind in present & changes.keys():
        for column, value in changes[kind].items():
            frame = _replace(frame, pl.lit(kinds) == kind, column, value)
    return frame


def _replace(frame: pl.DataFrame, where: pl.Expr, column: str, value: pl.Expr | pl.Series | None) -> pl.DataFrame:
    return frame.with_columns(pl.when(where).then(value).otherwise(pl.col(column)).alias(column))


def _lent_links(draws: Draws, kinds: pl.Series) -> pl.Series:
    takers = (kinds == "duplicate_link").fill_null(False).to_numpy()
    lenders: Numbers = draws.films[takers] // _BLOCK * _BLOCK
    links = pl.repeat(None, len(kinds), dtype=pl.String, eager=True)
    return links.scatter(pl.Series(np.flatnonzero(takers)), poster_links(Draws(lenders, draws.seed)))


def break_lines(lines: bytes, kinds: pl.Series) -> bytes:
    """The CSV text with its marks replaced by the stray commas and bytes."""
    for kind in _MARKS.keys() & set(kinds.drop_nulls().unique()):
        for mark, broken in _MARKS[kind]:
            lines = lines.replace(mark.encode(), broken)
    return lines
