"""What every warehouse has to do, whatever it lies on."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from movie_assets.errors import EvaluationReplacedError, LakeError, LoadError
from movie_assets.lake import Lake
from movie_assets.warehouse import LoadReport, Warehouse, open_warehouse
from movie_assets_tests.support.accepted import Film, accept, films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, BY_YEAR_AND_GENRE, CONTRACT, FEED, LOAD_AUDIT, TABLE

OTHER_DAY = date(2024, 3, 25)


def load(warehouse: Warehouse, lake: Lake, rows: list[Film], day: date = DAY, run: str = "r1") -> LoadReport:
    return warehouse.load_day(accept(lake, rows, day=day, evaluation_id=f"e-{run}"), lake, run_id=run)


def titles(warehouse: Warehouse, day: date = DAY) -> list[str | None]:
    sql = f"SELECT series_title FROM {TABLE} WHERE ingest_date = '{day}' ORDER BY series_title"
    return warehouse.query(sql)["series_title"].to_pylist()


def test_loaded_rows_are_the_files_with_day_and_run(warehouse: Warehouse, lake: Lake) -> None:
    row = {"series_title": "Ängste", "imdb_rating": Decimal("8.70"), "meta_score": 90, "gross": "1,000"}
    assert load(warehouse, lake, [row]) == LoadReport(rows_loaded=1, rows_replaced=0)
    found = warehouse.query(f"SELECT * FROM {TABLE}").to_pylist()[0]
    assert {name: found[name] for name in row} == row
    assert (found["ingest_date"], found["run_id"], found["genre"]) == (DAY, "r1", "Drama")
    assert len(found) == 18
    audit = warehouse.query(f"SELECT * FROM {LOAD_AUDIT}").to_pylist()
    loaded_at = audit[0].pop("loaded_at")
    assert abs(datetime.now(UTC).replace(tzinfo=None) - loaded_at) < timedelta(minutes=5)
    assert audit == [
        {
            "run_id": "r1",
            "ingest_date": DAY,
            "evaluation_id": "e-r1",
            "source": "e-r1.parquet",
            "rows_loaded": 1,
        }
    ]


@pytest.mark.slow
@pytest.mark.parametrize("again", [3, 2, 5, 0], ids=["same", "fewer", "more", "none"])
def test_loading_again_replaces_exactly_the_day(warehouse: Warehouse, lake: Lake, again: int) -> None:
    load(warehouse, lake, films(3))
    load(warehouse, lake, films(4), OTHER_DAY)
    assert load(warehouse, lake, films(again), run="r2") == LoadReport(again, rows_replaced=3)
    assert titles(warehouse) == [f"Film {number}" for number in range(again)]
    assert len(titles(warehouse, OTHER_DAY)) == 4
    assert warehouse.loaded() == {DAY: again, OTHER_DAY: 4}
    runs = warehouse.query(f"SELECT run_id, rows_loaded FROM {LOAD_AUDIT} ORDER BY ingest_date").to_pylist()
    assert runs == [{"run_id": "r2", "rows_loaded": again}, {"run_id": "r1", "rows_loaded": 4}]


def test_a_day_of_several_files(warehouse: Warehouse, lake: Lake) -> None:
    assert warehouse.load_day(accept(lake, films(2), films(3)), lake, run_id="r").rows_loaded == 5
    assert warehouse.loaded() == {DAY: 5}


def test_a_day_without_files_is_loaded_with_no_rows(warehouse: Warehouse, lake: Lake) -> None:
    load(warehouse, lake, films(2))
    assert warehouse.load_day(accept(lake), lake, run_id="r") == LoadReport(0, 2)
    assert warehouse.loaded() == {DAY: 0}


@pytest.mark.parametrize("expected", [2, 4], ids=["too many rows", "too few rows"])
def test_another_count_than_expected_changes_nothing(warehouse: Warehouse, lake: Lake, expected: int) -> None:
    load(warehouse, lake, films(1))
    report = replace(accept(lake, films(3)), accepted=expected)
    with pytest.raises(LoadError, match=rf"hold 3 rows, its report says {expected} were accepted") as caught:
        warehouse.load_day(report, lake, run_id="r2")
    assert caught.value.hint == "judge the day again: movies run --day 2024-03-24"
    assert titles(warehouse) == ["Film 0"]
    assert warehouse.query(f"SELECT run_id FROM {LOAD_AUDIT}").to_pylist() == [{"run_id": "r1"}]


def test_files_of_other_columns_are_refused(warehouse: Warehouse, lake: Lake) -> None:
    load(warehouse, lake, films(1))

    def changed(table: pa.Table) -> pa.Table:
        votes = table.schema.get_field_index("no_of_votes")
        return table.set_column(votes, "no_of_votes", table["no_of_votes"].cast(pa.int64())).drop_columns(["gross"])

    with pytest.raises(LoadError, match=r"gross missing; no_of_votes is (BIGINT, not INTEGER|int64, not int32)"):
        warehouse.load_day(accept(lake, films(2), change=changed), lake, run_id="r2")
    assert titles(warehouse) == ["Film 0"]


def test_missing_files_change_nothing(warehouse: Warehouse, lake: Lake) -> None:
    load(warehouse, lake, films(1))
    lost = replace(accept(lake, films(2)), files={"validated": ("gone.parquet",)})
    with pytest.raises(LakeError, match=r"gone\.parquet is missing, though the day's report names it"):
        warehouse.load_day(lost, lake, run_id="r")
    replaced = replace(lost, evaluation_id="earlier")
    with pytest.raises(
        EvaluationReplacedError, match="earlier of 2024-03-24 has been replaced by e; its files are gone"
    ):
        warehouse.load_day(replaced, lake, run_id="r")
    assert titles(warehouse) == ["Film 0"]


@pytest.mark.slow
def test_concurrent_loads_of_a_day_leave_one_copy(warehouse: Warehouse, lake: Lake) -> None:
    report = accept(lake, films(50))
    with ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(warehouse.load_day, report, lake, run_id=f"r{number}") for number in range(4)]
    assert sorted(done.result().rows_replaced for done in loads) == [0, 50, 50, 50]
    assert warehouse.loaded() == {DAY: 50}


def test_the_aggregate_counts_a_film_in_each_of_its_genres(warehouse: Warehouse, lake: Lake) -> None:
    rows: list[Film] = [
        {"released_year": "1999", "genre": "Crime, Drama", "imdb_rating": Decimal("8.00"), "no_of_votes": 2**31 - 1},
        {"released_year": "1999", "genre": "Drama", "imdb_rating": Decimal("7.00"), "no_of_votes": 2**31 - 1},
        {"released_year": "2001", "genre": "Drama, Drama", "imdb_rating": Decimal("6.50"), "no_of_votes": 5},
        {"released_year": "2001", "genre": "", "imdb_rating": Decimal("6.50"), "no_of_votes": 5},
    ]
    load(warehouse, lake, rows)
    assert warehouse.refresh(BY_YEAR_AND_GENRE, DAY) == 3
    found = warehouse.query(f"SELECT * FROM {AGGREGATE_TABLE} ORDER BY released_year, genre").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (DAY, "1999", "Crime", 1, 8.0, 2**31 - 1),
        (DAY, "1999", "Drama", 2, 7.5, 2 * (2**31 - 1)),
        (DAY, "2001", "Drama", 1, 6.5, 5),
    ]


@pytest.mark.slow
def test_the_aggregate_replaces_exactly_the_day(warehouse: Warehouse, lake: Lake) -> None:
    load(warehouse, lake, films(2, genre="Drama"))
    load(warehouse, lake, films(3, genre="Crime"), OTHER_DAY)
    assert [warehouse.refresh(BY_YEAR_AND_GENRE, day) for day in (DAY, OTHER_DAY, DAY)] == [1, 1, 1]
    load(warehouse, lake, films(1, genre="Western"), run="r2")
    warehouse.refresh(BY_YEAR_AND_GENRE, DAY)
    found = warehouse.query(f"SELECT genre, movies FROM {AGGREGATE_TABLE} ORDER BY ingest_date").to_pylist()
    assert found == [{"genre": "Western", "movies": 1}, {"genre": "Crime", "movies": 3}]


def test_an_aggregate_of_a_day_never_loaded_is_empty(warehouse: Warehouse) -> None:
    assert warehouse.refresh(BY_YEAR_AND_GENRE, DAY) == 0


def test_a_warehouse_never_loaded(warehouse: Warehouse, tmp_path: Path) -> None:
    assert warehouse.loaded() == {}
    with pytest.raises(LoadError, match=r"There is no warehouse at .* yet|_rating\" does not exist") as caught:
        warehouse.query(f"SELECT * FROM {TABLE}")
    assert caught.value.hint == "run a day first: movies run --day DAY"
    assert not (tmp_path / "house").exists()


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM movies.nowhere", "nowhere\"? does not exist|no table 'nowhere'"),
        ("SELECT 1 1", "syntax error"),
        (f"DELETE FROM {TABLE}", "read-only"),
    ],
    ids=["unknown table", "not SQL", "a change"],
)
def test_queries_that_cannot_run(warehouse: Warehouse, lake: Lake, sql: str, message: str) -> None:
    load(warehouse, lake, films(1))
    with pytest.raises(LoadError, match=message):
        warehouse.query(sql)
    assert warehouse.loaded() == {DAY: 1}


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "SELECT 1; SELECT 2",
        f"SELECT 1; DELETE FROM {TABLE}",
        "COMMIT",
        f"COPY {TABLE} TO 'made'",
        f"COPY {TABLE} FROM 'given.csv'",
        "CREATE TEMP TABLE made AS SELECT 1",
        "SET search_path TO movies",
        "CALL made()",
        "UNLOAD ('SELECT 1') TO 's3://bucket/made'",
    ],
)
def test_a_query_is_one_select_statement(warehouse: Warehouse, lake: Lake, sql: str) -> None:
    load(warehouse, lake, films(1))
    with pytest.raises(LoadError, match=r"a query is read-only, one SELECT|syntax error at or near \"UNLOAD\"") as said:
        warehouse.query(sql)
    assert "\n" not in str(said.value)
    assert warehouse.query(f"  SELECT count(*) AS n FROM {TABLE}; ").to_pylist() == [{"n": 1}]


def test_the_evaluation_of_each_loaded_day_is_known(warehouse: Warehouse, lake: Lake) -> None:
    assert warehouse.evaluations() == {}
    load(warehouse, lake, films(2), run="r1")
    load(warehouse, lake, films(1), run="r2")
    load(warehouse, lake, [], OTHER_DAY, run="r3")
    assert warehouse.evaluations() == {DAY: "e-r2", OTHER_DAY: "e-r3"}


def test_answers_have_types_with_and_without_rows(warehouse: Warehouse, lake: Lake) -> None:
    load(warehouse, lake, films(1, meta_score=None))
    asked = f"SELECT series_title, meta_score, ingest_date, imdb_rating FROM {TABLE}"
    full, empty = warehouse.query(asked), warehouse.query(f"{asked} WHERE series_title = 'nobody'")
    assert full.to_pylist() == [
        {"series_title": "Film 0", "meta_score": None, "ingest_date": DAY, "imdb_rating": Decimal("7.50")}
    ]
    assert empty.num_rows == 0
    assert empty.schema.types[:3] == full.schema.types[:3] == [pa.string(), pa.int32(), pa.date32()]
    assert all(pa.types.is_decimal(found.schema.types[3]) for found in (full, empty))


def test_columns_are_what_a_load_makes_of_the_contract(warehouse: Warehouse, lake: Lake, tmp_path: Path) -> None:
    assert warehouse.columns() == {}
    assert not (tmp_path / "house").exists()
    load(warehouse, lake, films(1))
    assert warehouse.columns() == warehouse.columns_wanted()
    names = [*CONTRACT.names, "ingest_date", "run_id"]
    assert list(warehouse.columns()) == list(warehouse.columns_wanted()) == names
    types = warehouse.columns()
    assert (types["imdb_rating"], types["no_of_votes"], types["ingest_date"]) == ("DECIMAL(10,2)", "INTEGER", "DATE")


def test_a_warehouse_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(LoadError, match="No warehouse adapter for postgres://") as caught:
        open_warehouse("postgres://user:planted@x", FEED)
    assert "planted" not in str(caught.value)
