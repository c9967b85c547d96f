"""The look-alike has the counts of the real file: plain SQL on the file, the rule engine has no part in it."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from movie_assets.movies.sample import write_golden

REAL = Path(__file__).parents[4] / "shared" / "data" / "imdb_movies_rating.csv"
RULES = files("movie_assets.movies").joinpath("imdb_movies_rating.dqdl").read_text()

TEXTS = (
    "poster_link series_title released_year certificate runtime genre overview director star1 star2 star3 star4 gross"
)
NUMBERS = {"imdb_rating": "DOUBLE", "meta_score": "BIGINT", "no_of_votes": "BIGINT"}
LENGTHS = {
    "poster_link": (108, 162),
    "series_title": (1, 69),
    "released_year": (1, 5),
    "certificate": (-1, 9),
    "runtime": (5, 8),
    "genre": (4, 30),
    "overview": (39, 314),
    "director": (6, 33),
    "star1": (3, 26),
    "star2": (3, 26),
    "star3": (3, 28),
    "star4": (3, 28),
    "gross": (-1, 12),
}


def values_of(column: str, nth: int) -> str:
    """The nth value list of the ruleset for a column, as an SQL list."""
    found: list[str] = re.findall(rf'ColumnValues "{column}" in \[(.*?)\]', RULES)
    return found[nth].replace('"', "'")


def repeated(column: str) -> str:
    return f"{column} IN (SELECT {column} FROM movies GROUP BY {column} HAVING count(*) > 1)"


FAILING = {
    **{f"IsComplete {column}": (f"{column} IS NULL", 0) for column in [*TEXTS.split(), "imdb_rating", "no_of_votes"]},
    **{
        f"ColumnLength {column}": (f"NOT (length({column}) > {low} AND length({column}) < {high})", 0)
        for column, (low, high) in LENGTHS.items()
    },
    "Uniqueness poster_link": (repeated("poster_link"), 0),
    "Uniqueness series_title": (repeated("series_title"), 2),
    "Uniqueness star3": (repeated("star3"), 191),
    "Uniqueness no_of_votes": (repeated("no_of_votes"), 2),
    "released_year in all": (f"released_year NOT IN ({values_of('released_year', 0)})", 0),
    "released_year in most": (f"released_year NOT IN ({values_of('released_year', 1)})", 98),
    "certificate in most": (f"certificate NOT IN ({values_of('certificate', 0)})", 67),
    "imdb_rating between": ("NOT (imdb_rating > 8.5 AND imdb_rating < 10.3)", 967),
    "Completeness meta_score": ("meta_score IS NULL", 157),
    "meta_score in most": (
        f"meta_score IS NULL OR CAST(meta_score AS VARCHAR) NOT IN ({values_of('meta_score', 0)})",
        249,
    ),
    "meta_score between": ("meta_score IS NULL OR NOT (meta_score > 27 AND meta_score < 101)", 157),
    "no_of_votes between": ("NOT (no_of_votes > 25087 AND no_of_votes < 2343111)", 0),
}


@pytest.fixture(scope="module", params=["look-alike", "real file"])
def movies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the file as the table `movies`: its 16 columns typed, blanks as the rules see them, `row`."""
    path = tmp_path_factory.mktemp("golden") / "golden.csv"
    if request.param == "look-alike":
        write_golden(path)
    elif REAL.exists():
        path = REAL
    else:
        pytest.skip(f"the real file is not at {REAL}")
    cells = [f"coalesce({name}, '') AS {name}" for name in TEXTS.split()]
    cells += [f"CAST({name} AS {kind}) AS {name}" for name, kind in NUMBERS.items()]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE texts AS FROM read_csv(?, header=true, all_varchar=true)", [str(path)])
        connection.execute(f"CREATE TABLE movies AS SELECT rowid AS row, {', '.join(cells)} FROM texts")
        yield connection


def one(movies: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = movies.execute(sql).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("rule", FAILING)
def test_so_many_rows_fail_the_rule(movies: duckdb.DuckDBPyConnection, rule: str) -> None:
    condition, expected = FAILING[rule]
    assert one(movies, f"SELECT count(*) FROM movies WHERE {condition}") == expected


def test_all_row_rules_are_looked_at() -> None:
    row_rules = re.findall(r"^    (?!RowCount|StandardDeviation)\w+", RULES, flags=re.MULTILINE)
    assert len(FAILING) == len(row_rules) == 40


def test_twenty_rows_keep_every_rule(movies: duckdb.DuckDBPyConnection) -> None:
    broken = " OR ".join(f"({condition})" for condition, _ in FAILING.values())
    kept = movies.execute(f"SELECT row FROM movies WHERE NOT ({broken}) ORDER BY row").fetchall()
    assert [row for (row,) in kept] == [0, 1, 2, 5, 7, 8, 9, *range(11, 15), *range(17, 20), 21, 22, 23, 27, 28, 30]


METRICS = {
    "rows": ("count(*)", 1000),
    "blank certificates": ("count_if(certificate = '')", 101),
    "blank gross": ("count_if(gross = '')", 169),
    "years that are none": ("count_if(released_year = 'PG')", 1),
    "votes spread": ("stddev_pop(no_of_votes) BETWEEN 310848.54 AND 343569.42", True),
    "scores spread": ("stddev_pop(meta_score) BETWEEN 11.76 AND 12.98", True),
    "scores in their set, nulls counted": (f"count_if(meta_score::VARCHAR IN ({values_of('meta_score', 0)}))", 751),
    "certificates in their set": ("count_if(certificate IN ('U','A','UA','R','','PG-13','PG')) / 1000", 0.933),
}


@pytest.mark.parametrize("metric", METRICS)
def test_the_file_measures(movies: duckdb.DuckDBPyConnection, metric: str) -> None:
    expression, expected = METRICS[metric]
    assert one(movies, f"SELECT {expression} FROM movies") == expected


def test_the_look_alike_is_the_same_every_time(tmp_path: Path) -> None:
    write_golden(tmp_path / "a.csv")
    write_golden(tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.csv", "b.csv"]
