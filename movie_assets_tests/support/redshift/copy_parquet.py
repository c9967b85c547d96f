"""The rows of a Parquet file for a COPY: columns by position, types exactly, widths in bytes."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from movie_assets_tests.support.redshift.copy_source import Source
from movie_assets_tests.support.redshift.copy_values import Column, LoadError

INCOMPATIBLE, TOO_LONG, UNMATCHED, NULL = 15007, 15007, 15007, 1213
_EXACT = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def parquet_chunks(columns: Sequence[Column], source: Source) -> Iterator[bytes]:
    """The rows as PostgreSQL's CSV; nothing of a file before its types are known to be right.

    Raises:
        LoadError: a column is missing or too many, of another type, too long, or null where it may not be.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(source.data))
    except pa.ArrowInvalid as error:
        raise _error(source, 15001, f"{source.url} is not a Parquet file: {error}") from error
    _check_schema(columns, file, source)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    start = 0
    for batch in file.iter_batches(batch_size=50_000):
        table = pa.table([_plain(column) for column in batch.columns], names=[column.name for column in columns])
        for column, values in zip(columns, table.columns, strict=True):
            _check_values(column, values, source, start)
        start += len(table)
        written = io.BytesIO()
        pyarrow.csv.write_csv(table, written, options)
        yield written.getvalue()


def _check_schema(columns: Sequence[Column], file: pq.ParquetFile, source: Source) -> None:
    schema = file.schema_arrow
    if len(schema) != len(columns):
        reason = f"Unmatched number of columns between table and file. Table columns: {len(columns)}"
        raise _error(source, UNMATCHED, f"{reason}, Data columns: {len(schema)}, File name: {source.url}")
    for position, (column, found) in enumerate(zip(columns, schema, strict=True)):
        if not _fits(column, found.type):
            reason = f"File '{source.url}' has an incompatible Parquet schema for column '{column.name}'."
            reason = f"{reason} Column type: {column.type.upper()}, Parquet schema: optional {found.type} {found.name}"
            raise _error(source, INCOMPATIBLE, f"{reason} [i:{position} d:1 r:0]", column)


def _fits(column: Column, found: Any) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    if column.is_text:
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found))
    if column.base == "numeric":
        return bool(pa.types.is_decimal128(found)) and (found.precision, found.scale) == column.sizes
    if column.base.startswith("timestamp"):
        return bool(pa.types.is_timestamp(found)) and (found.tz is not None) == column.type.endswith("with time zone")
    return bool(found == _EXACT.get(column.base))


def _plain(values: Any) -> Any:
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _check_values(column: Column, values: Any, source: Source, start: int) -> None:
    if column.not_null and values.null_count:
        row = start + pc.index(values.is_null(), True).as_py() + 1
        raise _error(source, NULL, f"Missing data for not-null field {column.name}", column, row)
    if not column.is_text:
        return
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    if longest > column.sizes[0]:
        at = pc.index(pc.greater(pc.binary_length(values), pa.scalar(column.sizes[0])), True).as_py()
        value = values[at].as_py()
        reason = f"The length of the data column {column.name} is longer than the length defined in the table."
        reason = f"{reason} Table: {column.sizes[0]}, Data: {len(value.encode())}, File name: {source.url}"
        raise _error(source, TOO_LONG, reason, column, start + at + 1, value)


def _error(
    source: Source, code: int, reason: str, column: Column | None = None, row: int = 0, value: str = ""
) -> LoadError:
    return LoadError(source.url, code, reason, row, column, "", value[:1024], parquet=True)
