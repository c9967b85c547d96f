"""How a table gets into the engine: the one way to open a file, for judged tables and references alike."""

import csv
import glob
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from movie_assets.dqdl.engines.duckdb import DuckDBEngine
from movie_assets.dqdl.engines.errors import said
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.sql.columns import Schema, identifier, literal

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    Table = pa.Table | pd.DataFrame | str | Path

SCALARS: Mapping[str, str] = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "byte": "TINYINT",
    "short": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "long": "BIGINT",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""Column types a person may give a CSV, as Glue's catalog names them, and the engine's."""

PARQUET = (".parquet", ".pq")
"""How the name of a Parquet file ends; every other file is a CSV."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table in the engine: its columns, and how many records of its file were no rows of it."""

    schema: Schema
    unreadable: int = 0


def load(engine: DuckDBEngine, name: str, table: "Table", types: Mapping[str, str] | None = None) -> Loaded:
    """Copy a table into the engine under a name; dictionaries become plain strings.

    ``types`` gives a CSV's columns types, by name without regard to case; others are strings. A blank cell is
    ``""`` in a string column and null elsewhere, and so is a cell that can't be cast.

    Raises: EvaluationError, when the file can't be read or a column is called ``rowid``.
    """
    unreadable = 0
    try:
        if not isinstance(table, (str, Path)):
            _load_memory(engine, name, table)
        elif is_parquet(Path(table)):
            _load_parquet(engine, name, Path(table))
        else:
            unreadable = load_csv(engine, name, Path(table), types or {})
    except (duckdb.Error, OSError) as error:
        shown = table if isinstance(table, (str, Path)) else name
        raise EvaluationError(f"can't read the table '{shown}': {said(error)}") from error
    schema = engine.schema(name)
    if schema.find("rowid"):
        raise EvaluationError("a column called 'rowid' can't be judged; rename it")
    return Loaded(schema, unreadable)


def is_parquet(path: Path) -> bool:
    """Whether a file is read as Parquet, by its name."""
    return path.suffix.lower() in PARQUET


def source_of(path: Path) -> str:
    """A file's name as a literal that the engine's readers take for that file: they take names for patterns."""
    if not path.is_file():
        raise EvaluationError(f"there is no file '{path}'")
    whole = str(path.absolute())
    if (escaped := glob.escape(whole)) != whole and "\\" in whole:  # in a pattern it is a separator
        raise EvaluationError(
            f"the name '{path}' can't be opened: it has a backslash beside one of *?[; rename the file"
        )
    return literal(escaped)


def load_csv(engine: DuckDBEngine, name: str, path: Path, types: Mapping[str, str]) -> int:
    """Fill a table with the rows of a CSV, cast to ``types``; the number of its records that are no rows."""
    source = source_of(path)
    names = _header(path)
    cells = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in names)
    # Without detection: it takes what fits most lines for the file's shape, and explains itself at length.
    options = (
        f"columns = {{{cells}}}, auto_detect = false, header = true, nullstr = '\0', strict_mode = true, "
        "delim = ',', quote = '\"', escape = '\"', hive_partitioning = false"
    )
    wanted = {column.lower(): kind for column, kind in types.items()}
    missing = sorted(set(wanted) - {column.lower() for column in names})
    if missing:
        raise EvaluationError(f"types are given for columns that are not there: {', '.join(missing)}")
    casts = ", ".join(_cast(column, wanted.get(column.lower(), "string")) for column in names)
    engine.execute(f"CREATE TABLE {identifier(name)} AS SELECT {casts} FROM read_csv({source}, {options})")
    return 0


def _load_parquet(engine: DuckDBEngine, name: str, path: Path) -> None:
    # A folder called year=2024 would replace the file's own column "year".
    _create(engine, name, f"read_parquet({source_of(path)}, hive_partitioning = false)")


def _load_memory(engine: DuckDBEngine, name: str, table: "pa.Table | pd.DataFrame") -> None:
    import pyarrow as pa

    arrow = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
    doubled = {column for column in arrow.column_names if arrow.column_names.count(column) > 1}
    if doubled:
        raise EvaluationError(f"columns occur twice: {', '.join(sorted(doubled))}")
    if not arrow.column_names:
        raise EvaluationError("a table without columns can't be judged")
    engine.connection.register("loading", arrow)
    try:
        _create(engine, name, "loading")
    finally:
        engine.connection.unregister("loading")


def _create(engine: DuckDBEngine, name: str, source: str) -> None:
    casts = ", ".join(
        f"CAST({identifier(column)} AS VARCHAR) AS {identifier(column)}"
        if kind.startswith("ENUM")
        else identifier(column)
        for column, kind, *_ in engine.rows(f"DESCRIBE SELECT * FROM {source}")
    )
    engine.execute(f"CREATE TABLE {identifier(name)} AS SELECT {casts} FROM {source}")


def _header(path: Path) -> list[str]:
    """The names in a CSV's first record."""
    # Bytes that are not UTF-8 are for the engine to refuse: it names the line.
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            names = next(csv.reader(file, strict=True), [])
        except csv.Error as error:
            raise EvaluationError(f"the header of '{path}' is not that of a CSV: {error}") from error
    if not names:
        raise EvaluationError(f"'{path}' has no header")
    if any("\ufffd" in name for name in names):
        raise EvaluationError(f"the header of '{path}' is not text in UTF-8")
    lower = [name.lower() for name in names]
    if twice := sorted({name for name in names if lower.count(name.lower()) > 1}):
        raise EvaluationError(f"columns of '{path}' occur twice: {', '.join(map(repr, twice))}")
    return names


def _cast(column: str, kind: str) -> str:
    name = identifier(column)
    sql_type = SCALARS.get(kind.lower()) or (kind.upper() if kind.lower().startswith("decimal(") else None)
    if sql_type is None:
        raise EvaluationError(
            f"unknown type '{kind}' for column '{column}'; known are {', '.join(SCALARS)}, decimal(p,s)"
        )
    if sql_type == "VARCHAR":
        return f"coalesce({name}, '') AS {name}"
    text = f"nullif(trim({name}), '')"
    if sql_type in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"):  # TRY_CAST would round 7.9 to 8
        whole = f"TRY_CAST({text} AS {sql_type})"
        return f"CASE WHEN TRY_CAST({text} AS DOUBLE) = {whole} THEN {whole} END AS {name}"
    return f"TRY_CAST({text} AS {sql_type}) AS {name}"
