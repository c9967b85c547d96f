import gzip
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from redshift_connector.error import ProgrammingError

from movie_assets_tests.support.driver import fetched
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.redshift.copy_syntax import parse_copy
from movie_assets_tests.support.redshift.sql import meaning, tokens
from movie_assets_tests.support.redshift.wire import SqlError

TYPES: dict[str, pa.DataType] = {
    "title": pa.string(),
    "rating": pa.decimal128(10, 2),
    "votes": pa.int32(),
    "day": pa.date32(),
}
SCHEMA = pa.schema(TYPES)
ROWS: list[dict[str, Any]] = [
    {"title": 'Die "Ängste",\nTeil 2', "rating": Decimal("8.30"), "votes": 12, "day": date(2024, 3, 24)},
    {"title": "", "rating": None, "votes": None, "day": date(2024, 3, 24)},
]
ROWS_BACK = [["", None, None, date(2024, 3, 24)], ['Die "Ängste",\nTeil 2', Decimal("8.30"), 12, date(2024, 3, 24)]]
TABLE = "(title VARCHAR(30), rating DECIMAL(10,2), votes INT, day DATE NOT NULL)"
PARQUET = "IAM_ROLE default FORMAT AS PARQUET MANIFEST"

Put = Callable[[str, bytes], str]


@pytest.fixture
def put(ministack: Ministack, bucket: str) -> Put:
    """Store an object; its URL."""

    def store(key: str, body: bytes) -> str:
        ministack.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"

    return store


@pytest.fixture
def cursor(session: Any) -> Any:
    """A cursor, with the table `staged`."""
    made = session.cursor()
    made.execute(f"CREATE TEMP TABLE staged {TABLE}")
    session.commit()
    return made


def parquet(rows: list[dict[str, Any]] = ROWS, schema: pa.Schema = SCHEMA) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), written)
    return written.getvalue()


def with_field(name: str, type_: pa.DataType) -> pa.Schema:
    return SCHEMA.set(SCHEMA.get_field_index(name), pa.field(name, type_))


def manifest(put: Put, *bodies: bytes, **changed: Any) -> str:
    entries = []
    for number, body in enumerate(bodies):
        url = put(f"part-{number}.parquet", body)
        entries.append({"url": url, "mandatory": True, "meta": {"content_length": len(body)}} | changed)
    return put("manifest.json", json.dumps({"entries": entries}).encode())


@pytest.mark.parametrize("columns", ["", "(title, rating, votes, day)"], ids=["all columns", "column list"])
def test_a_manifest_of_parquet_files(cursor: Any, put: Put, columns: str) -> None:
    cursor.execute(f"COPY staged {columns} FROM '{manifest(put, parquet(), parquet([]))}' {PARQUET}")
    assert fetched(cursor, "SELECT * FROM staged ORDER BY title") == ROWS_BACK


def test_a_copy_is_part_of_its_transaction(cursor: Any, session: Any, put: Put) -> None:
    cursor.execute(f"COPY staged FROM '{manifest(put, parquet())}' {PARQUET}")
    session.rollback()
    assert fetched(cursor, "SELECT count(*) FROM staged") == [[0]]


def test_a_column_list_fills_these_columns_by_position(cursor: Any, put: Put) -> None:
    narrow: dict[str, pa.DataType] = {"anything": pa.date32(), "else": pa.string()}
    url = put("narrow.parquet", parquet([{"anything": date(2024, 3, 25), "else": "x"}], pa.schema(narrow)))
    cursor.execute(f"COPY staged (day, title) FROM '{url}' IAM_ROLE default FORMAT AS PARQUET")
    assert fetched(cursor, "SELECT * FROM staged") == [["x", None, None, date(2024, 3, 25)]]


def test_thousands_of_rows(cursor: Any, put: Put) -> None:
    rows = [{"title": f"title {n}", "rating": None, "votes": n, "day": date(2024, 3, 24)} for n in range(60_000)]
    cursor.execute(f"COPY staged FROM '{manifest(put, parquet(rows))}' {PARQUET}")
    assert fetched(cursor, "SELECT count(*), sum(votes) FROM staged") == [[60_000, 1_799_970_000]]


@pytest.mark.parametrize(
    ("rows", "schema", "reason"),
    [
        (ROWS, with_field("votes", pa.int64()), "incompatible Parquet schema for column 'votes'.*INTEGER.*int64"),
        (ROWS, with_field("votes", pa.int16()), "incompatible Parquet schema for column 'votes'"),
        ([], with_field("rating", pa.float64()), r"column 'rating'. Column type: NUMERIC\(10,2\).*double"),
        ([], with_field("rating", pa.decimal128(12, 2)), "incompatible Parquet schema for column 'rating'"),
        ([], with_field("day", pa.timestamp("us")), "incompatible Parquet schema for column 'day'"),
        ([], with_field("day", pa.string()), "incompatible Parquet schema for column 'day'"),
        ([], with_field("title", pa.binary()), "incompatible Parquet schema for column 'title'"),
        ([], SCHEMA.remove(0), "Unmatched number of columns between table and file. Table columns: 4, Data columns: 3"),
        ([], SCHEMA.append(pa.field("more", pa.string())), "Table columns: 4, Data columns: 5"),
        ([ROWS[0] | {"title": "é" * 16}], SCHEMA, "data column title is longer.*Table: 30, Data: 32"),
        ([ROWS[0] | {"day": None}], SCHEMA, "Missing data for not-null field day"),
    ],
    ids=[
        "int64 into INT",
        "int16 into INT",
        "double into DECIMAL",
        "another precision",
        "timestamp into DATE",
        "text into DATE",
        "bytes into VARCHAR",
        "a column missing",
        "a column too many",
        "too many bytes",
        "null",
    ],
)
def test_parquet_is_checked_strictly(
    cursor: Any, session: Any, put: Put, rows: list[dict[str, Any]], schema: pa.Schema, reason: str
) -> None:
    url = manifest(put, parquet(rows, schema))
    with pytest.raises(ProgrammingError, match=rf"(?s)Spectrum Scan Error.*{reason}"):
        cursor.execute(f"COPY staged FROM '{url}' {PARQUET}")
    session.rollback()
    assert fetched(cursor, "SELECT count(*) FROM staged") == [[0]]


def test_a_failed_load_is_remembered_after_the_rollback(cursor: Any, session: Any, put: Put) -> None:
    url = put("day.csv", b"title,rating,votes,day\nA,8.1,1,2024-03-24\nB,8.2,many,2024-03-24\n")
    with pytest.raises(ProgrammingError, match="Check 'stl_load_errors' system table"):
        cursor.execute(f"COPY staged FROM '{url}' IAM_ROLE default CSV IGNOREHEADER 1")
    session.rollback()
    found = fetched(
        cursor,
        "SELECT line_number, trim(colname), trim(type), trim(raw_line), trim(raw_field_value), err_code, "
        "trim(err_reason) FROM stl_load_errors WHERE filename = %s",
        (url,),
    )
    reason = "Invalid digit, Value 'm', Pos 0, Type: Integer"
    assert found == [[3, "votes", "integer", "B,8.2,many,2024-03-24", "many", 1207, reason]]
    detail = "SELECT error_code, trim(error_message) FROM sys_load_error_detail WHERE file_name = %s"
    assert fetched(cursor, detail, (url,)) == [[1207, reason]]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"meta": {"content_length": 3}}, "its manifest says 3"),
        ({"meta": {}}, "has no meta.content_length"),
        ({"url": "s3://nowhere-at-all/x.parquet"}, "Status 404"),
        ({"url": "s3://nowhere-at-all/x.parquet", "mandatory": False}, "names no file that is there"),
    ],
    ids=["length", "no length", "mandatory", "nothing"],
)
def test_a_manifest_has_to_be_right(cursor: Any, put: Put, changed: dict[str, Any], reason: str) -> None:
    url = manifest(put, parquet(), **changed)
    with pytest.raises(ProgrammingError, match=reason):
        cursor.execute(f"COPY staged FROM '{url}' {PARQUET}")


def test_a_source_that_is_not_there(cursor: Any, session: Any, put: Put) -> None:
    put("other", b"")
    for url, reason in {
        "s3://nowhere-at-all/manifest.json": "S3ServiceException:.*Status 404,Error NoSuchBucket",
        put("other", b"").replace("other", "manifest.json"): "S3ServiceException:.*Status 404,Error NoSuchKey",
        put("broken.json", b"{}"): "is not a manifest",
    }.items():
        with pytest.raises(ProgrammingError, match=reason):
            cursor.execute(f"COPY staged FROM '{url}' {PARQUET}")
        session.rollback()


def test_csv_with_its_nulls(cursor: Any, put: Put) -> None:
    text = 'title;rating;votes;day\n"a ""b""\nc";;1;2024-03-24\n;8.25;;2024-03-25\n~;1;2;2024-03-26\n'
    url = put("day.csv.gz", gzip.compress(text.encode()))
    cursor.execute(f"COPY staged FROM '{url}' IAM_ROLE default CSV DELIMITER ';' GZIP IGNOREHEADER 1 NULL AS '~'")
    assert fetched(cursor, "SELECT * FROM staged ORDER BY day") == [
        ['a "b"\nc', None, 1, date(2024, 3, 24)],
        ["", Decimal("8.25"), None, date(2024, 3, 25)],
        [None, Decimal("1.00"), 2, date(2024, 3, 26)],
    ]


def test_json_by_name(cursor: Any, put: Put) -> None:
    lines = '{"day": "2024-03-24", "title": "x", "votes": 3, "ignored": {}}\n{"day": "2024-03-25", "rating": 8.126}\n'
    put("json/1", lines.encode())
    prefix = put("json/2", b'{"day": "2024-03-26", "title": {"de": "y"}}')[:-1]
    cursor.execute(f"COPY staged FROM '{prefix}' IAM_ROLE default FORMAT AS JSON 'auto'")
    assert fetched(cursor, "SELECT title, rating, votes FROM staged ORDER BY day") == [
        ["x", None, 3],
        [None, Decimal("8.13"), None],
        ['{"de": "y"}', None, None],
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("A,8.1,1", 1214),
        ("A,8.1,1,2024-03-24,more", 1202),
        ("A,8.1,1,24.03.2024", 1205),
        ("A,8.1,1,", 1213),
        ("A,123456789.0,1,2024-03-24", 1216),
        ("A,high,1,2024-03-24", 1207),
        ("A,8.1,2147483648,2024-03-24", 1216),
        ("éééééééééééééééé,8.1,1,2024-03-24", 1204),
    ],
)
def test_csv_values_are_checked(cursor: Any, session: Any, put: Put, line: str, code: int) -> None:
    url = put("day.csv", line.encode())
    with pytest.raises(ProgrammingError, match="stl_load_errors"):
        cursor.execute(f"COPY staged FROM '{url}' IAM_ROLE default CSV")
    session.rollback()
    assert fetched(cursor, "SELECT err_code FROM stl_load_errors WHERE filename = %s", (url,)) == [[code]]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("IAM_ROLE default FORMAT AS PARQUET MAXERROR 10", "MAXERROR 10 is not known"),
        ("IAM_ROLE default FORMAT AS PARQUET COMPUPDATE OFF", "COMPUPDATE argument is not supported for PARQUET"),
        ("IAM_ROLE default FORMAT AS PARQUET REGION 'eu-west-1'", "REGION argument is not supported for PARQUET"),
        ("IAM_ROLE default FORMAT AS ORC", "format ORC is not emulated"),
        ("IAM_ROLE default", "without FORMAT"),
        ("FORMAT AS PARQUET", "needs IAM_ROLE"),
        ("IAM_ROLE 'admin' FORMAT AS PARQUET", "Invalid IAM role ARN"),
        ("CREDENTIALS 'aws_access_key_id=x' CSV", "CREDENTIALS .* is not known"),
        ("IAM_ROLE default CSV JSON 'auto'", "conflicting formats"),
        ("IAM_ROLE default JSON 'auto' IGNOREHEADER 1", "IGNOREHEADER argument is not supported for JSON"),
        ("IAM_ROLE default CSV MANIFEST MANIFEST", "conflicting or redundant"),
        ("IAM_ROLE default CSV DELIMITER 1", "syntax error at or near"),
        ("IAM_ROLE default CSV DATEFORMAT 'DD.MM.YYYY'", "'auto' is"),
    ],
)
def test_unknown_options_are_refused(options: str, reason: str) -> None:
    with pytest.raises(SqlError, match=reason):
        parse_copy(meaning(tokens(f"COPY t FROM 's3://bucket/key' {options}")))


def test_a_refused_copy_fails_its_transaction(cursor: Any, session: Any) -> None:
    with pytest.raises(ProgrammingError, match=r"0A000.*MAXERROR"):
        cursor.execute("COPY staged FROM 's3://bucket/key' IAM_ROLE default CSV MAXERROR 1")
    with pytest.raises(ProgrammingError, match="current transaction is aborted"):
        cursor.execute("SELECT 1")
    session.rollback()


def test_an_unknown_table_or_column_is_named(cursor: Any, session: Any, put: Put) -> None:
    url = put("x.csv", b"1")
    with pytest.raises(ProgrammingError, match=r'42P01.*relation "nowhere" does not exist'):
        cursor.execute(f"COPY nowhere FROM '{url}' IAM_ROLE default CSV")
    session.rollback()
    with pytest.raises(ProgrammingError, match=r'42703.*column "nothing"'):
        cursor.execute(f"COPY staged (nothing) FROM '{url}' IAM_ROLE default CSV")
