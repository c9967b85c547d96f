"""What is Redshift's own: staged files, its COPY, its tables, its addresses."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from movie_assets.errors import LoadError
from movie_assets.warehouse import LoadReport
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.load import Load
from movie_assets.warehouse.redshift.load import load as load_staged
from movie_assets.warehouse.redshift.session import connected
from movie_assets.warehouse.redshift.staging import Staging
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.accepted import Film, films, write_accepted
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, BY_YEAR_AND_GENRE, FEED, TABLE
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.warehouses import emptied, on_redshift, run, staged_names
from movie_assets_tests.warehouse.test_contract import load, titles


@pytest.fixture
def warehouse(redshift: RedshiftStandIn, stage: Staging) -> RedshiftWarehouse:
    return on_redshift(emptied(redshift), stage)


def test_what_is_staged(stage: Staging, ministack: Ministack, bucket: str, tmp_path: Path) -> None:
    row = {"series_title": "Ängste", "imdb_rating": Decimal("8.70"), "meta_score": None}
    paths = [write_accepted(tmp_path / f"{name}.parquet", [row]) for name in "ab"]
    staged = stage.put(FEED, DAY, "run 1/2", paths)
    folder = f"staging/ingest_date={DAY}/run_1_2"
    assert staged.keys == (f"{folder}/000.parquet", f"{folder}/001.parquet", f"{folder}/manifest.json")
    assert staged_names(ministack, bucket) == set(staged.keys)
    s3 = ministack.client("s3")
    objects = {
        key: s3.get_object(Bucket=bucket, Key=f"movies/{key}")["Body"].read() for key in staged_names(ministack, bucket)
    }
    assert staged.manifest == f"s3://{bucket}/movies/{folder}/manifest.json"
    assert json.loads(objects[f"{folder}/manifest.json"]) == {
        "entries": [
            {
                "url": f"s3://{bucket}/movies/{key}",
                "mandatory": True,
                "meta": {"content_length": len(objects[key])},
            }
            for key in staged.keys[:2]
        ]
    }
    file = pq.ParquetFile(pa.BufferReader(objects[f"{folder}/000.parquet"]))
    assert len(file.schema_arrow) == 18
    assert file.schema_arrow.names[-2:] == ["ingest_date", "run_id"]
    assert {file.metadata.row_group(0).column(n).compression for n in range(18)} == {"SNAPPY"}
    [found] = file.read().to_pylist()
    assert {name: found[name] for name in row} == row
    assert (found["ingest_date"], found["run_id"]) == (DAY, "run 1/2")


def test_accepted_rows_as_another_writer_puts_them(warehouse: RedshiftWarehouse, file: Path, tmp_path: Path) -> None:
    """Decimals in 64 bits, zstd, other columns in between, another order: as DuckDB writes what it is asked for."""
    write_accepted(file, films(3))
    other = tmp_path / "other.parquet"
    with duckdb.connect() as connection:
        asked = f"SELECT imdb_rating, 1 AS added, * EXCLUDE (imdb_rating) FROM '{file}'"
        connection.execute(f"COPY ({asked}) TO '{other}' (COMPRESSION zstd)")
    assert warehouse.load_day(DAY, [other], expected_rows=3, run_id="r", evaluation_id="e") == LoadReport(3, 0)
    assert titles(warehouse) == ["Film 0", "Film 1", "Film 2"]


def test_staging_is_empty_after_a_load(
    warehouse: RedshiftWarehouse, ministack: Ministack, bucket: str, file: Path
) -> None:
    load(warehouse, file, films(2))
    assert staged_names(ministack, bucket) == set()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (films(1, star1="é" * 101), r"COPY: The length of the data column star1 is longer .* Data: 202"),
        (films(1, series_title=None), r"COPY: Missing data for not-null field series_title"),
    ],
    ids=["too many bytes", "null"],
)
def test_rows_that_do_not_fit_leave_the_day(
    warehouse: RedshiftWarehouse, ministack: Ministack, bucket: str, file: Path, rows: list[Film], reason: str
) -> None:
    load(warehouse, file, films(2))
    if rows[0]["series_title"] is None:
        table = pq.read_table(write_accepted(file, films(1)))
        at = table.schema.get_field_index("series_title")
        pq.write_table(table.set_column(at, "series_title", pa.nulls(1, pa.string())), file)
    else:
        write_accepted(file, rows)
    with pytest.raises(LoadError, match=reason):
        warehouse.load_day(DAY, [file], expected_rows=1, run_id="r2", evaluation_id="e2")
    assert titles(warehouse) == ["Film 0", "Film 1"]
    # What was staged stays to be looked at.
    assert f"staging/ingest_date={DAY}/r2/000.parquet" in staged_names(ministack, bucket)


@pytest.mark.parametrize(
    ("day", "rows", "said"),
    [
        (DAY, 3, rf"2 rows of 1 days, the first {DAY}, arrived of s3://.*, and 3 of one day were staged"),
        (date(2024, 3, 25), 2, rf"2 rows of 1 days, the first {DAY}, arrived"),
    ],
    ids=["another count", "another day"],
)
def test_what_arrives_is_checked(
    warehouse: RedshiftWarehouse, stage: Staging, file: Path, day: date, rows: int, said: str
) -> None:
    """As when another process stages to the same keys in between."""
    load(warehouse, file, films(4), day)
    staged = stage.put(FEED, DAY, "r2", [write_accepted(file, films(2))])
    what = Load(day, "r2", "e2", "accepted.parquet", rows, staged.manifest, "default")
    with connected(
        warehouse.address, warehouse.options.login, "load into", timeout_seconds=10, connect_timeout_seconds=5
    ) as session:
        with pytest.raises(LoadError, match=f"Can't load {day}: {said}"):
            load_staged(session, FEED, what)
        assert session.rows("count", f"SELECT count(*) FROM {TABLE}") == [(4,)]
    assert warehouse.loaded() == {day: 4}


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
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, file: Path, change: str, message: str
) -> None:
    load(warehouse, file, films(2))
    run(redshift, change)
    with pytest.raises(LoadError, match=f"has other columns than the contract: {message}"):
        load(warehouse, file, films(1))
    with pytest.raises(LoadError, match="has other columns than the contract"):
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)
    assert warehouse.loaded() == {DAY: 2}


def test_types_that_differ_are_named(warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, file: Path) -> None:
    load(warehouse, file, films(1))
    for column, kind in {"imdb_rating": "DECIMAL(12,3)", "no_of_votes": "BIGINT", "overview": "VARCHAR(300)"}.items():
        table = f"ALTER TABLE {TABLE}"
        run(redshift, f"{table} DROP COLUMN {column}", f"{table} ADD COLUMN {column} {kind}")
    said = r"imdb_rating is DECIMAL\(12,3\), not DECIMAL\(10,2\); overview is VARCHAR\(300\), not VARCHAR\(65535\); "
    with pytest.raises(LoadError, match=rf"{said}no_of_votes is BIGINT, not INTEGER\."):
        load(warehouse, file, films(1))


def test_a_table_with_its_columns_in_another_order(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, file: Path
) -> None:
    load(warehouse, file, films(1))
    run(redshift, f"ALTER TABLE {TABLE} DROP COLUMN genre", f"ALTER TABLE {TABLE} ADD COLUMN genre VARCHAR(200)")
    load(warehouse, file, films(2, genre="Western"), run="r2")
    assert warehouse.query(f"SELECT DISTINCT genre FROM {TABLE}").to_pylist() == [{"genre": "Western"}]


def test_an_aggregate_of_another_shape_is_refused(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, file: Path
) -> None:
    load(warehouse, file, films(2))
    run(redshift, f"CREATE TABLE {AGGREGATE_TABLE} (ingest_date DATE)")
    with pytest.raises(LoadError, match="released_year, genre, movies, average_rating, total_votes missing"):
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)


def test_as_many_genres_as_a_cell_can_hold(warehouse: RedshiftWarehouse, file: Path) -> None:
    genres = ",".join(chr(0x41 + n // 26) + chr(0x61 + n % 26) for n in range(66))
    load(warehouse, file, films(1, genre=genres) + films(1, genre=",,, ,"))
    assert len(genres) == 197
    assert warehouse.refresh(BY_YEAR_AND_GENRE, DAY) == 66


def test_a_lake_in_a_folder_cannot_be_loaded_from(redshift: RedshiftStandIn, file: Path) -> None:
    with pytest.raises(LoadError, match="Redshift loads from S3, and the lake is a folder") as caught:
        load(on_redshift(redshift, None), file, films(1))
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
def test_a_query_changes_nothing(warehouse: RedshiftWarehouse, file: Path, sql: str) -> None:
    load(warehouse, file, films(1))
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
