"""What is Redshift's own: its COPY, its tables, its addresses."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from movie_assets.errors import LoadError
from movie_assets.lake.local import LocalLake
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.accepted import Film, accept, films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, BY_YEAR_AND_GENRE, TABLE
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.warehouses import emptied, on_redshift, run
from movie_assets_tests.warehouse.test_contract import load, titles


@pytest.fixture
def warehouse(redshift: RedshiftStandIn) -> RedshiftWarehouse:
    return on_redshift(emptied(redshift))


def test_a_load_leaves_the_lake_as_it_is(warehouse: RedshiftWarehouse, lake: S3Lake) -> None:
    report = accept(lake, films(2))
    before = lake.objects.listing("")
    warehouse.load_day(report, lake, run_id="r")
    assert lake.objects.listing("") == before


def test_columns_in_another_order_are_refused(warehouse: RedshiftWarehouse, lake: S3Lake) -> None:
    """COPY would put each into the one that stands in its place."""
    report = accept(lake, films(1), change=lambda table: table.select([1, 0, *range(2, table.num_columns)]))
    with pytest.raises(LoadError, match="other columns than the contract: they stand in another order") as caught:
        warehouse.load_day(report, lake, run_id="r")
    assert caught.value.hint == f"judge the day again: movies run --day {DAY}"


@pytest.mark.parametrize("damage", [lambda whole: whole[:-20], lambda whole: b"PAR1" * 2, lambda whole: b"text " * 99])
def test_a_damaged_file_is_named(
    warehouse: RedshiftWarehouse, lake: S3Lake, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    report = accept(lake, films(3))
    [stored] = lake.stored(report, "validated")
    lake.objects.put(stored.key, damage(lake.objects.end(stored, stored.size)))
    with pytest.raises(LoadError, match=rf"Can't load {lake.objects.uri(stored.key)}: it is not Parquet, or damaged"):
        warehouse.load_day(report, lake, run_id="r")


def test_another_object_whose_key_begins_so_is_noticed(warehouse: RedshiftWarehouse, lake: S3Lake) -> None:
    load(warehouse, lake, films(4))
    report = accept(lake, films(2))
    [stored] = lake.stored(report, "validated")
    lake.objects.put(f"{stored.key}.copy", lake.objects.end(stored, stored.size))
    with pytest.raises(
        LoadError, match=rf"Can't load {DAY}: 4 rows arrived of s3://.*/e\.parquet, which hold 2"
    ) as said:
        warehouse.load_day(report, lake, run_id="r2")
    assert "remove the others" in (said.value.hint or "")
    assert warehouse.query(f"SELECT DISTINCT run_id FROM {TABLE}").to_pylist() == [{"run_id": "r1"}]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (films(1, star1="é" * 101), r"COPY: The length of the data column star1 is longer .* Data: 202"),
        (films(1, series_title=None), r"COPY: Missing data for not-null field series_title"),
    ],
    ids=["too many bytes", "null"],
)
def test_rows_that_do_not_fit_leave_the_day(
    warehouse: RedshiftWarehouse, lake: S3Lake, rows: list[Film], reason: str
) -> None:
    load(warehouse, lake, films(2))

    def nullable(table: pa.Table) -> pa.Table:
        return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))

    with pytest.raises(LoadError, match=reason):
        warehouse.load_day(accept(lake, rows, change=nullable), lake, run_id="r2")
    assert titles(warehouse) == ["Film 0", "Film 1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ALTER TABLE movies.imdb_movies_rating DROP COLUMN gross", "gross missing"),
        ("ALTER TABLE movies.imdb_movies_rating ADD COLUMN stray INT", "stray unexpected"),
        (
            "ALTER TABLE movies.imdb_movies_rating ALTER COLUMN star1 TYPE VARCHAR(250)",
            r"star1 is VARCHAR\(250\), not VARCHAR\(200\)",
        ),
        ("ALTER TABLE movies.imdb_movies_rating RENAME COLUMN gross TO gros", "gross missing; gros unexpected"),
    ],
    ids=["missing", "extra", "wider", "renamed"],
)
def test_a_table_of_another_shape_is_refused(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake, change: str, message: str
) -> None:
    load(warehouse, lake, films(2))
    run(redshift, change)
    with pytest.raises(LoadError, match=f"has other columns than the contract: {message}"):
        load(warehouse, lake, films(1))
    with pytest.raises(LoadError, match="has other columns than the contract"):
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)
    assert warehouse.loaded() == {DAY: 2}


def test_types_that_differ_are_named(warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake) -> None:
    load(warehouse, lake, films(1))
    for column, kind in {"imdb_rating": "DECIMAL(12,3)", "no_of_votes": "BIGINT", "overview": "VARCHAR(300)"}.items():
        table = f"ALTER TABLE {TABLE}"
        run(redshift, f"{table} DROP COLUMN {column}", f"{table} ADD COLUMN {column} {kind}")
    said = r"imdb_rating is DECIMAL\(12,3\), not DECIMAL\(10,2\); overview is VARCHAR\(300\), not VARCHAR\(65535\); "
    with pytest.raises(LoadError, match=rf"{said}no_of_votes is BIGINT, not INTEGER\."):
        load(warehouse, lake, films(1))


def test_a_table_with_its_columns_in_another_order(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake
) -> None:
    load(warehouse, lake, films(1))
    run(redshift, f"ALTER TABLE {TABLE} DROP COLUMN genre", f"ALTER TABLE {TABLE} ADD COLUMN genre VARCHAR(200)")
    load(warehouse, lake, films(2, genre="Western"), run="r2")
    assert warehouse.query(f"SELECT DISTINCT genre FROM {TABLE}").to_pylist() == [{"genre": "Western"}]


def test_an_aggregate_of_another_shape_is_refused(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake
) -> None:
    load(warehouse, lake, films(2))
    run(redshift, f"CREATE TABLE {AGGREGATE_TABLE} (ingest_date DATE)")
    with pytest.raises(LoadError, match="released_year, genre, movies, average_rating, total_votes missing"):
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)


def test_as_many_genres_as_a_cell_can_hold(warehouse: RedshiftWarehouse, lake: S3Lake) -> None:
    genres = ",".join(chr(0x41 + n // 26) + chr(0x61 + n % 26) for n in range(66))
    load(warehouse, lake, films(1, genre=genres) + films(1, genre=",,, ,"))
    assert len(genres) == 197
    assert warehouse.refresh(BY_YEAR_AND_GENRE, DAY) == 66


def test_a_lake_in_a_folder_cannot_be_loaded_from(warehouse: RedshiftWarehouse, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="Redshift loads from S3, and the lake is a folder") as caught:
        load(warehouse, LocalLake(tmp_path), films(1))
    assert "MOVIES_LAKE=s3://" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT TIMESTAMP '2024-03-24 06:30:01' AS v", datetime(2024, 3, 24, 6, 30, 1)),
        ("SELECT TIMESTAMPTZ '2024-03-24 06:30:01+00' AS v", datetime(2024, 3, 24, 6, 30, 1, tzinfo=UTC)),
        ("SELECT 1.5::DECIMAL(10,2) AS v", Decimal("1.50")),
        ("SELECT CAST(NULL AS DECIMAL(10,2)) AS v", None),
        ("SELECT 0.1::DOUBLE PRECISION AS v", 0.1),
        ("SELECT 1::SMALLINT AS v", 1),
        ("SELECT 1 = 1 AS v", True),
        ("SELECT '100%' AS v", "100%"),
        ("SELECT TIME '06:30' AS v", "06:30:00"),
    ],
)
def test_answers_of_a_query(warehouse: RedshiftWarehouse, sql: str, expected: object) -> None:
    assert warehouse.query(sql).to_pylist() == [{"v": expected}]


@pytest.mark.parametrize("sql", ["COMMIT", f"SELECT 1; DELETE FROM {TABLE}", "SELECT 1 INTO movies.made"])
def test_a_query_changes_nothing(warehouse: RedshiftWarehouse, lake: S3Lake, sql: str) -> None:
    load(warehouse, lake, films(1))
    with pytest.raises(LoadError, match="Can't query redshift://127"):
        warehouse.query(sql)
    assert warehouse.loaded() == {DAY: 1}


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("redshift://host/db", Address("host", 5439, "db")),
        ("redshift://w.1.eu-west-1.redshift-serverless.amazonaws.com:5440/my%20db", None),
    ],
    ids=["default port", "all of it"],
)
def test_addresses(uri: str, expected: Address | None) -> None:
    wanted = expected or Address("w.1.eu-west-1.redshift-serverless.amazonaws.com", 5440, "my db")
    assert Address.parse(uri) == wanted


@pytest.mark.parametrize(
    "uri",
    [
        "redshift://user:planted@host/db",
        "redshift://host/db?password=planted",
        "redshift://host/db#planted",
        "redshift://host:planted/db",
        "redshift://host",
        "redshift:///db",
        "redshift://host/a/planted",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(uri: str) -> None:
    with pytest.raises(LoadError, match="is not the address of a Redshift database") as caught:
        Address.parse(uri)
    assert "planted" not in repr(caught.value)
    assert caught.value.__cause__ is None
