"""The contract as others store it: Parquet, warehouse tables, the schema a UI shows."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

import pyarrow

from movie_assets.contract.columns import LINE_NUMBER, LOAD_COLUMNS, columns

_ARROW_TYPES: Mapping[str, pyarrow.DataType] = {"INT": pyarrow.int32(), "DECIMAL(10,2)": pyarrow.decimal128(10, 2)}


@cache
def parquet_schema() -> pyarrow.Schema:
    """The schema of accepted rows at rest: the 16 columns in the target's types, then `line_number`."""
    fields = [
        pyarrow.field(column.stored_name, _ARROW_TYPES.get(column.target_type, pyarrow.string()), column.nullable)
        for column in columns()
    ]
    return pyarrow.schema([*fields, pyarrow.field(LINE_NUMBER, pyarrow.int64(), nullable=False)])


def to_storage(rows: pyarrow.Table) -> pyarrow.Table:
    """Rows that keep the contract, given in rule types, in the types of `parquet_schema` and the order they came in."""
    schema = parquet_schema()
    return rows.select(schema.names).cast(schema)


def warehouse_ddl(table: str, dialect: Literal["duckdb", "redshift"]) -> str:
    """The statement that makes the warehouse table where it is not there: the 16 columns, then LOAD_COLUMNS."""
    types = {column.stored_name: (column.target_type, column.nullable) for column in columns()}
    types |= {name: (target_type, False) for name, target_type in LOAD_COLUMNS.items()}
    lines = [
        f"    {name} {_dialect_type(target_type, dialect)}{'' if nullable else ' NOT NULL'}"
        for name, (target_type, nullable) in types.items()
    ]
    return f"CREATE TABLE IF NOT EXISTS {table} (\n" + ",\n".join(lines) + "\n)"


def _dialect_type(target_type: str, dialect: str) -> str:
    return "VARCHAR" if dialect == "duckdb" and target_type == "VARCHAR(MAX)" else target_type


def dagster_columns() -> tuple[tuple[str, str, str, bool], ...]:
    """(stored name, target type, description, nullable) of each column, for the table schema a UI shows."""
    return tuple((c.stored_name, c.target_type, c.description, c.nullable) for c in columns())
