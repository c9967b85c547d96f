import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from movie_assets.errors import PipelineError
from movie_assets.movies.sample import SampleReport, write_sample
from movie_assets.movies.sample.films import HEADER, VOTE_SLOTS
from movie_assets_tests.movies.sample.test_golden import FAILING

DAY = date(2024, 3, 24)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def column(path: Path, name: str) -> list[str]:
    return [row[name] for row in read(path)]


def test_a_clean_sample_has_the_shape_of_the_field(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    assert write_sample(path, 200, DAY, dirt={}) == SampleReport(rows=200, lines=201, dirt={})
    lines = path.read_bytes().split(b"\r\n")
    assert lines[0].decode() == ",".join(HEADER)
    assert len(lines) == 202
    assert lines[-1] == b""
    assert all(line.startswith(b'"https://posters.movies.example/images/M/MV5B') for line in lines[1:-1])
    assert b'""' in b"".join(lines)
    rows = read(path)
    assert all(None not in row and row["Runtime"].endswith(" min") for row in rows)
    assert {len(row["Gross"].split(",")) for row in rows} == {1, 3}


@pytest.mark.slow
def test_a_clean_sample_keeps_every_rule_of_a_row(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    write_sample(path, 60_000, DAY, dirt={})
    numbers = {"imdb_rating": "DOUBLE", "meta_score": "BIGINT", "no_of_votes": "BIGINT"}
    cells = [
        f"CAST({name} AS {numbers[name]}) AS {name}" if name in numbers else f"coalesce({name}, '') AS {name}"
        for name in map(str.lower, HEADER)
    ]
    counts = ", ".join(f"count_if({condition})" for condition, _ in FAILING.values())
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE texts AS FROM read_csv(?, header=true, all_varchar=true)", [str(path)])
        connection.execute(f"CREATE TABLE movies AS SELECT {', '.join(cells)} FROM texts")
        failed = connection.execute(f"SELECT {counts} FROM movies").fetchone()
        spread = connection.execute("SELECT stddev_pop(no_of_votes), stddev_pop(meta_score) FROM movies").fetchone()
    assert failed == (0,) * len(FAILING)
    assert spread is not None
    assert 310848.53 < spread[0] < 343569.43
    assert 11.75 < spread[1] < 12.99


def test_the_same_arguments_write_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in [("a", 7), ("b", 7), ("c", 8)]:
        write_sample(tmp_path / name, 300, DAY, seed=seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert not set(column(tmp_path / "a", "Overview")) & set(column(tmp_path / "c", "Overview"))


@pytest.mark.slow
def test_a_film_is_the_same_in_a_longer_file(tmp_path: Path) -> None:
    write_sample(tmp_path / "short", 100, DAY, dirt={})
    write_sample(tmp_path / "long", 50_100, DAY, dirt={})
    assert read(tmp_path / "short") == read(tmp_path / "long")[:100]


def test_films_keep_their_identity_while_votes_grow_and_ratings_move(tmp_path: Path) -> None:
    days = [date(2024, 3, 24), date(2024, 3, 25), date(2024, 4, 24)]
    for day in days:
        write_sample(tmp_path / str(day), 500, day, dirt={})
    files = [read(tmp_path / str(day)) for day in days]
    moving = {"IMDB_Rating", "No_of_Votes"}
    for name in HEADER:
        same = all(a[name] == b[name] for a, b in zip(files[0], files[2], strict=True))
        assert same == (name not in moving)
    for earlier, later in pairwise(files):
        assert all(int(a["No_of_Votes"]) < int(b["No_of_Votes"]) for a, b in zip(earlier, later, strict=True))
    shifts = [float(a["IMDB_Rating"]) - float(b["IMDB_Rating"]) for a, b in zip(files[0], files[2], strict=True)]
    assert max(map(abs, shifts)) < 0.21


@pytest.mark.slow
def test_votes_stay_different_on_a_day_far_off(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    write_sample(path, 100_000, date(2099, 12, 31), dirt={})
    votes = [int(votes) for votes in column(path, "No_of_Votes")]
    assert len(set(votes)) == 100_000 < VOTE_SLOTS
    assert max(votes) < 2_343_111


def test_no_rows_are_a_header(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "movies.csv"
    assert write_sample(path, 0) == SampleReport(rows=0, lines=1, dirt={})
    assert path.read_text().splitlines() == [",".join(HEADER)]


def test_a_sample_that_fails_leaves_the_earlier_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    write_sample(path, 10)
    before = path.read_bytes()
    with pytest.raises(PipelineError, match="can't have -1 rows"):
        write_sample(path, -1)
    with pytest.raises(AttributeError):
        write_sample(path, 10, "2024-03-24")  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PipelineError, match=r"could not be written to .*file/movies.csv: File exists"):
        write_sample(tmp_path / "file" / "movies.csv", 10)
