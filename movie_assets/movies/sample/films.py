"""Fictional films: each has a number and keeps its identity while its votes and rating change from day to day."""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import combinations
from math import prod

import numpy as np
import polars as pl
import pyarrow

from movie_assets.movies.sample.draws import Draws, Numbers, digits, take

HEADER = (
    "Poster_Link",
    "Series_Title",
    "Released_Year",
    "Certificate",
    "Runtime",
    "Genre",
    "IMDB_Rating",
    "Overview",
    "Meta_score",
    "Director",
    "Star1",
    "Star2",
    "Star3",
    "Star4",
    "No_of_Votes",
    "Gross",
)

VOTES_FROM, VOTE_SLOTS = 25_088, 1_100_000
EPOCH = date(2000, 1, 1)
"""The day from which votes grow; before it they are constant."""

_YEARS = [str(year) for year in [*range(1984, 2021)] * 3 + [1940, 1948, 1951, *range(1953, 1958), 1959, 1960, 1962]]
_CERTIFICATES = ["U"] * 27 + ["A"] * 22 + ["UA"] * 19 + ["R"] * 16 + ["PG-13"] * 5 + ["PG"] * 4 + [None] * 7
_TENTHS = [f"{tenths / 10:g}" for tenths in range(101)]
_BASE_TENTHS = [tenths for tenths in range(87, 98) for _ in range((98 - tenths) ** 2)]
_PADDED = [f"{number:03d}" for number in range(1000)]
_PLAIN = [str(number) for number in range(1000)]
_POSTER_SIZES = ["UX67_CR0"] * 8 + [f"UY98_CR{offset}" for offset in range(4)]
_LINK_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789NQ", dtype=np.uint8)


@cache
def words() -> dict[str, list[str]]:
    """The word lists that titles, names and stories are combined from."""
    text = files("movie_assets.movies.sample").joinpath("words.json").read_text(encoding="utf-8")
    return {kind: list(entries) for kind, entries in json.loads(text).items()}


@cache
def _genres() -> Sequence[str]:
    # About 200 combinations, as in real data, and drama in most of them.
    kinds = words()["genres"]
    pairs = [pair for pair in combinations(kinds, 2) if {"Drama", "Crime", "Adventure"} & set(pair)]
    triples = [triple for triple in combinations(kinds, 3) if "Drama" in triple][::2]
    joined = [*kinds, *(", ".join(some) for some in [*pairs * 2, *triples])]
    return [some for some in joined if 4 < len(some) < 30]


@cache
def _meta_scores() -> Sequence[str]:
    """A thousand scores with the standard deviation of real data (12.4), fewest at the extremes."""
    values = [61, 62, *range(64, 98), 100]
    weights = np.array([1 + 1.9 * ((value - 79.5) / 20) ** 4 for value in values])
    bounds = np.cumsum(weights) / weights.sum() * 1000
    return [str(values[index]) for index in np.searchsorted(bounds, np.arange(1000) + 0.5)]


def films(numbers: Numbers, day: date, seed: int) -> pl.DataFrame:
    """The films of these numbers on a day: the 16 columns as text, blank cells null.

    Every film complies with the row rules of the movies ruleset. Poster links are all different; so are titles and
    third stars up to ten million films, and votes up to 1.1 million.
    """
    draws = Draws(numbers, seed)
    runtime = 70 + draws.below("runtime", 60) + draws.below("more runtime", 60)
    columns = {
        "Poster_Link": poster_links(draws),
        "Series_Title": _titles(draws),
        "Released_Year": draws.pick("year", _YEARS),
        "Certificate": draws.pick("certificate", _CERTIFICATES),
        "Runtime": take([f"{minutes} min" for minutes in range(200)], runtime),
        "Genre": draws.pick("genre", _genres()),
        "IMDB_Rating": take(_TENTHS, _rating_tenths(draws, day)),
        "Overview": _overviews(draws),
        "Meta_score": take(_meta_scores(), draws.spread("meta", 1000, 5**0.5 / 2 - 0.5)),
        "Director": _people(draws, "director", 2500),
        "Star1": _people(draws, "star1", 6000),
        "Star2": _people(draws, "star2", 20_000),
        "Star3": _name(*digits(draws.spread("star3", prod(_name_sizes()), 11**0.5 - 3), _name_sizes())),
        "Star4": _people(draws, "star4", 90_000),
        "No_of_Votes": pl.Series(votes(draws, day)).cast(pl.String),
        "Gross": _gross(draws),
    }
    return pl.DataFrame(columns)


def votes(draws: Draws, day: date) -> Numbers:
    """The votes by that day: more for popular films, never fewer than the day before, all different."""
    days = np.uint64(max(0, (day - EPOCH).days))
    slot = draws.spread("votes", VOTE_SLOTS, 2**0.5 - 1)
    # Strictly increasing with the slot, so that different slots stay different.
    return VOTES_FROM + slot + slot * days * np.uint64(19) // np.uint64(10_000_000) + days * np.uint64(11)


def _rating_tenths(draws: Draws, day: date) -> Numbers:
    base = np.array(_BASE_TENTHS, dtype=np.uint64)[draws.below("rating", len(_BASE_TENTHS))]
    return base + draws.below(f"rating in week {day.toordinal() // 7}", 3) - np.uint64(1)


def poster_links(draws: Draws) -> pl.Series:
    """Addresses in the format of real data, on a host that can't exist."""
    random = np.column_stack([draws.bits(f"link {part}") for part in range(9)])
    letters = _LINK_LETTERS[random.view(np.uint8) & 63]
    ends = np.arange(len(letters) + 1, dtype=np.int32) * 72
    buffers = [None, pyarrow.py_buffer(ends.data), pyarrow.py_buffer(letters.data)]
    long = pl.Series(pyarrow.Array.from_buffers(pyarrow.string(), len(letters), buffers))
    short = pl.Series(draws.below("link size", 3) > 0)
    size = draws.pick("poster size", _POSTER_SIZES)
    link = pl.format(
        "https://posters.movies.example/images/M/MV5B{}@._V1_{},0,67,98_AL_.jpg",
        pl.when(pl.col("short")).then(pl.col("id").str.head(40)).otherwise(pl.col("id")),
        pl.col("size"),
    )
    return pl.select(id=long, short=short, size=size).select(link.alias("Poster_Link")).to_series()


def _titles(draws: Draws) -> pl.Series:
    lists = [words()[kind] for kind in ("title_adjectives", "place_starts", "title_nouns", "place_ends")]
    sizes = [len(entries) for entries in lists]
    parts = digits(draws.spread("title", prod(sizes), 7**0.5 - 2), sizes)
    adjective, start, noun, end = (take(entries, part) for entries, part in zip(lists, parts, strict=True))
    table = pl.select(a=adjective, n=noun, p=start + end, pattern=pl.Series(draws.below("pattern", 5)))
    shapes = ["The {} {} of {}", "{} {} at {}", "{}, the {} of {}", "One {} {} in {}"]
    title = pl.format("{}: {} {}", "p", "a", "n")
    for number, shape in enumerate(shapes):
        title = pl.when(pl.col("pattern") == number).then(pl.format(shape, "a", "n", "p")).otherwise(title)
    return table.select(title.alias("Series_Title")).to_series()


def _overviews(draws: Draws) -> pl.Series:
    parts = {kind: draws.pick(kind, words()[kind]) for kind in ("heroes", "deeds", "matters", "turns")}
    place = draws.pick("place", words()["place_starts"]) + draws.pick("end", words()["place_ends"])
    quoted = pl.Series(draws.below("quoted", 35) == 0)
    friend = _people(draws, "friend", 1_000_000)
    table = pl.DataFrame({**parts, "place": place, "friend": friend, "quoted": quoted})
    story = pl.format("{} {} {} in {} {}", "heroes", "deeds", "matters", "place", "turns")
    called, together = pl.format(', and calls it "{}".', "friend"), pl.format(", with {}.", "friend")
    overview = story + pl.when("quoted").then(called).otherwise(together)
    return table.select(overview.alias("Overview")).to_series()


def _name_sizes() -> list[int]:
    return [len(words()[kind]) for kind in ("first_names", "surname_starts", "surname_ends", "surname_middles")]


def _people(draws: Draws, role: str, crowd: int) -> pl.Series:
    """A person from a crowd; half of the films go to a tenth of it."""
    several = draws.below(f"{role} known", 2) == 0
    number = draws.below(role, crowd) // np.where(several, np.uint64(10), np.uint64(1))
    everybody = Draws(number, draws.seed)
    return _name(*(everybody.below(f"name {part}", size) for part, size in enumerate(_name_sizes())))


def _name(first: Numbers, start: Numbers, end: Numbers, middle: Numbers) -> pl.Series:
    lists = words()
    given = take([f"{name} " for name in lists["first_names"]], first)
    opening = given + take(lists["surname_starts"], start)
    return opening + take(lists["surname_middles"], middle) + take(lists["surname_ends"], end)


def _gross(draws: Draws) -> pl.Series:
    millions = draws.pick("millions", [*[None] * 170, *_PLAIN[1:400], *_PLAIN[1:60] * 7])
    return millions + "," + draws.pick("thousands", _PADDED) + "," + draws.pick("dollars", _PADDED)
