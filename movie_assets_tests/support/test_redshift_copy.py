import io
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
PARQUET = "IAM_ROLE default FORMAT AS PARQUET"

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


def test_all_objects_whose_keys_begin_so(cursor: Any, put: Put) -> None:
    put("day.parquet.more", parquet([]))
    cursor.execute(f"COPY staged FROM '{put('day.parquet', parquet())}' {PARQUET}")
    assert fetched(cursor, "SELECT * FROM staged ORDER BY title") == ROWS_BACK


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
    url = put("day.parquet", parquet(rows, schema))
    with pytest.raises(ProgrammingError, match=rf"(?s)Spectrum Scan Error.*{reason}"):
        cursor.execute(f"COPY staged FROM '{url}' {PARQUET}")
    session.rollback()
    assert fetched(cursor, "SELECT count(*) FROM staged") == [[0]]


def test_a_source_that_is_not_there(cursor: Any, session: Any, put: Put) -> None:
    for url, reason in {
        "s3://nowhere-at-all/day.parquet": "S3ServiceException:.*Status 404,Error NoSuchBucket",
        put("other", b"").replace("other", "day.parquet"): "prefix 'day.parquet' does not exist",
        put("broken", b"{}"): "(?s)Spectrum Scan Error.*is not a Parquet file",
    }.items():
        with pytest.raises(ProgrammingError, match=reason):
            cursor.execute(f"COPY staged FROM '{url}' {PARQUET}")
        session.rollback()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (f"{PARQUET} MAXERROR 10", "is not known"),
        (f"{PARQUET} MANIFEST", "is not known"),
        ("IAM_ROLE default FORMAT AS CSV", "is not known"),
        ("CREDENTIALS 'aws_access_key_id=x' FORMAT AS PARQUET", "is not known"),
        ("IAM_ROLE 'admin' FORMAT AS PARQUET", "Invalid IAM role ARN"),
    ],
)
def test_unknown_options_are_refused(options: str, reason: str) -> None:
    with pytest.raises(SqlError, match=reason):
        parse_copy(meaning(tokens(f"COPY t FROM 's3://bucket/key' {options}")))
