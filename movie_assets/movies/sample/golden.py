"""A thousand films that the movies ruleset judges exactly as the file it was learnt from."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl

from movie_assets.movies.sample.draws import Draws
from movie_assets.movies.sample.films import HEADER, films
from movie_assets.movies.sample.writer import FIRST_DAY, render, replacing

_ROWS = 1000
_SEED = 43

# By rating. 33 films are above 8.5; of these, 13 fail another rule and 20 fail none.
_HIGH_TENTHS = [93, 92, 91, *[90] * 3, *[89] * 3, *[88] * 6, *[87] * 8, *[86] * 10]
_LOW_TENTHS = range(85, 75, -1)
_HIGH = len(_HIGH_TENTHS)
_OLD_YEAR_ROWS, _CERTIFICATE_ROWS, _STAR_ROWS = (3, 4, 6), (10, 15), (16, 20)
_BLANK_SCORE_ROWS, _RARE_SCORE_ROWS, _TITLE_ROW, _VOTES_ROW = (24, 25), (26, 29), 31, 32

_RARE_YEARS = [*range(1920, 1923), *range(1924, 1929), *range(1930, 1940), *range(1941, 1948), 1949, 1950, 1952]
_RARE_YEARS += [1958, 1961, 1965, 1969, 1970, 1977, 1981, 1983]
_RARE_CERTIFICATES = ["Passed"] * 33 + ["Approved"] * 13 + ["G"] * 11 + ["TV-PG"] * 4 + ["GP"] * 3
_RARE_CERTIFICATES += ["TV-14", "TV-MA", "U/A"]
_COMMON_SCORES = [61, 62, *range(64, 98), 100]
_RARE_SCORES = [28, 33, 36, 40, *range(44, 61), 63, 98, 99]
_SHARED_BY = [5, *[4] * 7, *[3] * 10, *[2] * 64]
"""The number of films of each shared third star: 191 in total."""

Cells: TypeAlias = dict[int, str | None]


def write_golden(path: str | Path) -> None:
    """Write the look-alike: 20 of 1,000 rows pass every rule, and 39 of the 43 rules pass (41 with nulls ignored).

    Failing rows: rating 967, meta score not in its set 249 (157 of them blank), third star 191, year not in its short
    set 98, certificate 67, title and votes 2 each. Always the same bytes.

    Raises:
        PipelineError: the path can't be written.
    """
    with replacing(Path(path)) as file:
        file.write(render(pl.DataFrame([pl.Series([name]) for name in HEADER])))
        file.write(render(_films()))


def _films() -> pl.DataFrame:
    draws = Draws(np.arange(_ROWS, dtype=np.uint64), _SEED)
    frame = films(draws.films, FIRST_DAY, _SEED)
    frame = frame.with_columns(pl.col("Certificate").fill_null("U"), pl.col("Gross").forward_fill().backward_fill())
    changes = {
        "IMDB_Rating": _ratings(),
        "Released_Year": _years(draws),
        "Certificate": _certificates(draws),
        "Meta_score": _meta_scores(draws),
        "Star3": _third_stars(draws, frame["Star3"]),
        "Series_Title": {_TITLE_ROW: frame["Series_Title"][650]},
        "No_of_Votes": {_VOTES_ROW: frame["No_of_Votes"][400]},
        "Gross": dict.fromkeys(_by_lot(draws, "gross", 169)),
    }
    for column, cells in changes.items():
        frame = frame.with_columns(frame[column].scatter(list(cells), pl.Series(cells.values(), dtype=pl.String)))
    return frame


def _by_lot(draws: Draws, name: str, count: int, first: tuple[int, ...] = ()) -> list[int]:
    """A number of rows: the given ones of the high-rated, then random ones of the low-rated."""
    order = np.argsort(draws.bits(f"lot {name}")[_HIGH:], kind="stable") + _HIGH
    return [*first, *order[: count - len(first)].tolist()]


def _ratings() -> Cells:
    low = _ROWS - _HIGH
    tenths = [*_HIGH_TENTHS, *(_LOW_TENTHS[row * len(_LOW_TENTHS) // low] for row in range(low))]
    return {row: f"{number / 10:g}" for row, number in enumerate(tenths)}


def _years(draws: Draws) -> Cells:
    rows = _by_lot(draws, "years", 98, _OLD_YEAR_ROWS)
    years = {row: str(_RARE_YEARS[place % len(_RARE_YEARS)]) for place, row in enumerate(rows)}
    return {**years, rows[-1]: "PG"}


def _certificates(draws: Draws) -> Cells:
    rows = _by_lot(draws, "certificates", 67 + 101, _CERTIFICATE_ROWS)
    return dict(zip(rows, [*_RARE_CERTIFICATES, *[None] * 101], strict=True))


def _meta_scores(draws: Draws) -> Cells:
    # The mean of two throws lies near the middle; with the rare scores the spread is that of real data.
    throws = draws.below("score", 37) + draws.below("another score", 37)
    scores: Cells = {row: str(_COMMON_SCORES[throw // 2]) for row, throw in enumerate(throws.tolist())}
    lot = _by_lot(draws, "scores", 155 + 90)
    blank, rare = [*_BLANK_SCORE_ROWS, *lot[:155]], [*_RARE_SCORE_ROWS, *lot[155:]]
    scores |= dict.fromkeys(blank)
    return scores | {row: str(_RARE_SCORES[place % len(_RARE_SCORES)]) for place, row in enumerate(rare)}


def _third_stars(draws: Draws, names: pl.Series) -> Cells:
    rows = iter(_by_lot(draws, "stars", sum(_SHARED_BY), _STAR_ROWS))
    groups = [[next(rows) for _ in range(size)] for size in _SHARED_BY]
    return {row: names[group[0]] for group in groups for row in group}
