"""The statements for Redshift that are more than a line, and answers as Arrow."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
FROM svv_columns WHERE table_schema = %s ORDER BY table_name, ordinal_position
"""

_ARROW_TYPES = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
_NUMERIC = 1700


def is_one_select(sql: str) -> bool:
    """Whether a text is a single query by its tokens; false where it can't be read.

    The transaction refuses what writes to tables, and the driver a second statement; UNLOAD and CALL pass both.
    """
    from sqlglot import TokenType, tokenize
    from sqlglot.errors import TokenError

    try:
        kinds = [token.token_type for token in tokenize(sql.rstrip().rstrip(";"), read="redshift")]
    except TokenError:
        return False
    return kinds[:1] in ([TokenType.SELECT], [TokenType.WITH], [TokenType.L_PAREN]) and TokenType.SEMICOLON not in kinds


def tables(schema: str, found: Sequence[Sequence[Any]]) -> Mapping[str, Mapping[str, str]]:
    """The rows of COLUMNS of a schema as type by column name, by table."""
    made: dict[str, dict[str, str]] = {}
    for table, column, kind, length, precision, scale in found:
        made.setdefault(f"{schema}.{table}", {})[str(column)] = _type(str(kind), length, precision, scale)
    return made


def arrow(description: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """An answer as a table; what has no type in Arrow becomes text."""
    columns = list(zip(*rows, strict=True)) or [()] * len(description)
    arrays = [_array(int(field[1]), values) for field, values in zip(description, columns, strict=True)]
    return pa.Table.from_arrays(arrays, names=[_name(field[0]) for field in description])


def _array(kind: int, values: Sequence[Any]) -> "pa.Array[Any]":
    if kind == _NUMERIC:
        known = any(value is not None for value in values)
        return pa.array(values, None if known else pa.decimal128(38, 2))
    if kind in _ARROW_TYPES:
        return pa.array(values, _ARROW_TYPES[kind])
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _name(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _type(kind: str, length: Any, precision: Any, scale: Any) -> str:
    """The type as the DDL spells it."""
    if kind == "character varying":
        return f"VARCHAR({length})"
    if kind == "numeric":
        return f"DECIMAL({precision},{scale})"
    return {"timestamp without time zone": "TIMESTAMP"}.get(kind, kind.upper())
