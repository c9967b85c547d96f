"""The stored form of accepted rows."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from movie_assets.contract.columns import LINE_NUMBER, ContractColumn
from movie_assets.reading.cell_casts import decimal_of

_ARROW_TYPES: Mapping[str, pa.DataType] = {
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE PRECISION": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}


def stored_schema(columns: Sequence[ContractColumn]) -> pa.Schema:
    """The columns in the target's types, then `line_number`."""
    fields = [pa.field(column.stored_name, arrow_type(column.target_type), column.nullable) for column in columns]
    return pa.schema([*fields, pa.field(LINE_NUMBER, pa.int64(), nullable=False)])


def arrow_type(target: str) -> pa.DataType:
    """The type of a warehouse column in Parquet."""
    if found := decimal_of(target):
        return pa.decimal128(*found)
    return _ARROW_TYPES.get(target, pa.string())
