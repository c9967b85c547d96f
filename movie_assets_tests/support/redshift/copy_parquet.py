"""The rows of a Parquet file for a COPY: columns by position, types exactly, widths in bytes."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from movie_assets_tests.support.redshift.copy_source import Source
from movie_assets_tests.support.redshift.wire import SqlError

_EXACT = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


@dataclass(frozen=True)
class Column:
    """A column of the target; `type` as PostgreSQL writes it: `character varying(10)`, `numeric(10,2)`, `integer`."""

    name: str
    type: str
    not_null: bool

    @property
    def base(self) -> str:
        return self.type.partition("(")[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(int(size) for size in re.findall(r"\d+", self.type))

    @property
    def is_text(self) -> bool:
        return self.base == "character varying"


def parquet_chunks(columns: Sequence[Column], source: Source) -> Iterator[bytes]:
    """The rows as PostgreSQL's CSV; nothing of a file before its types are known to be right.

    Raises:
        SqlError: a column is missing or too many, of another type, too long, or null where it may not be.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(source.data))
    except pa.ArrowInvalid as error:
        raise _error(f"{source.url} is not a Parquet file: {error}") from error
    _check_schema(columns, file, source)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    for batch in file.iter_batches(batch_size=50_000):
        table = pa.table([_plain(column) for column in batch.columns], names=[column.name for column in columns])
        for column, values in zip(columns, table.columns, strict=True):
            _check_values(column, values, source)
        written = io.BytesIO()
        pyarrow.csv.write_csv(table, written, options)
        yield written.getvalue()


def _check_schema(columns: Sequence[Column], file: pq.ParquetFile, source: Source) -> None:
    schema = file.schema_arrow
    if len(schema) != len(columns):
        reason = f"Unmatched number of columns between table and file. Table columns: {len(columns)}"
        raise _error(f"{reason}, Data columns: {len(schema)}, File name: {source.url}")
    for position, (column, found) in enumerate(zip(columns, schema, strict=True)):
        if not _fits(column, found.type):
            reason = f"File '{source.url}' has an incompatible Parquet schema for column '{column.name}'."
            reason = f"{reason} Column type: {column.type.upper()}, Parquet schema: optional {found.type} {found.name}"
            raise _error(f"{reason} [i:{position} d:1 r:0]")


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


def _check_values(column: Column, values: Any, source: Source) -> None:
    if column.not_null and values.null_count:
        raise _error(f"Missing data for not-null field {column.name}")
    longest = (pc.max(pc.binary_length(values)).as_py() or 0) if column.is_text else 0
    if column.is_text and longest > column.sizes[0]:
        reason = f"The length of the data column {column.name} is longer than the length defined in the table."
        raise _error(f"{reason} Table: {column.sizes[0]}, Data: {longest}, File name: {source.url}")


def _error(reason: str) -> SqlError:
    detail = f"\n  error:  Spectrum Scan Error\n  code:      15007\n  context:   {reason}\n"
    return SqlError.of("XX000", "Spectrum Scan Error", detail=detail)
