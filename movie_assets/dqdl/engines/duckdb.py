"""The engine that runs the declarations' SQL: one in-memory DuckDB, bounded memory, spilling to a temporary folder."""

import csv
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.rules.sql import Column, Schema, identifier, literal

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


AGGREGATES = 200
"""Aggregates of one pass: with each one more, the engine takes longer over all the others."""


class DuckDBEngine:
    """A connection with the few operations the evaluator needs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    @classmethod
    def open(cls, *, memory_limit_mb: int = 1000, threads: int | None = None) -> "DuckDBEngine":
        """A new empty in-memory engine."""
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_limit_mb}MB",
            "temp_directory": str(Path(tempfile.gettempdir()) / "dqdl-spill"),
            "python_enable_replacements": False,
        }
        if threads:
            config["threads"] = threads
        return cls(duckdb.connect(":memory:", config=config))

    def lock_down(self, writable: Iterable[Path] = ()) -> None:
        """From here on no statement touches a file but ``writable`` ones, attaches, loads or changes a setting."""
        paths = ", ".join(literal(str(path)) for path in writable)
        self.execute(f"SET allowed_paths = [{paths}]")
        self.execute("SET enable_external_access = false")
        self.execute("SET lock_configuration = true")

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def row(self, sql: str) -> tuple[Any, ...]:
        """The first row of a query, which must have one."""
        return self.rows(sql)[0]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def aggregates(self, expressions: Sequence[str], relation: str) -> list[Any]:
        """One value per aggregate over a relation, in as few passes as the engine does well."""
        found: list[Any] = []
        for start in range(0, len(expressions), AGGREGATES):
            found.extend(self.row(f"SELECT {', '.join(expressions[start : start + AGGREGATES])} FROM {relation}"))
        return found

    def arrow(self, sql: str) -> "pa.Table":
        table: pa.Table = self.connection.sql(sql).to_arrow_table()
        return table

    def schema(self, relation: str) -> Schema:
        """The columns of a relation, in order."""
        described = self.connection.execute(f"DESCRIBE {identifier(relation)}").fetchall()
        return Schema(Column(name, type_name) for name, type_name, *_ in described)

    def load(self, name: str, table: "Table", types: Mapping[str, str] | None = None) -> Schema:
        """Copy a table into the engine under a name; dictionaries become plain strings.

        ``types`` gives a CSV's columns types, by name without regard to case; others are strings. A blank cell is
        ``""`` in a string column and null elsewhere, and so is a cell that can't be cast.

        Raises: EvaluationError, when the file can't be read or a column is called ``rowid``.
        """
        try:
            if isinstance(table, (str, Path)):
                self._load_file(name, Path(table), types or {})
            else:
                self._load_memory(name, table)
        except (duckdb.Error, OSError) as error:
            shown = table if isinstance(table, (str, Path)) else name
            raise EvaluationError(f"can't read the table '{shown}': {_said(error)}") from error
        schema = self.schema(name)
        if schema.find("rowid"):
            raise EvaluationError("a column called 'rowid' can't be judged; rename it")
        return schema

    def _load_memory(self, name: str, table: "pa.Table | pd.DataFrame") -> None:
        import pyarrow as pa

        arrow = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
        doubled = {column for column in arrow.column_names if arrow.column_names.count(column) > 1}
        if doubled:
            raise EvaluationError(f"columns occur twice: {', '.join(sorted(doubled))}")
        if not arrow.column_names:
            raise EvaluationError("a table without columns can't be judged")
        self.connection.register("loading", arrow)
        try:
            self._create(name, "loading")
        finally:
            self.connection.unregister("loading")

    def _load_file(self, name: str, path: Path, types: Mapping[str, str]) -> None:
        if not path.is_file():
            raise EvaluationError(f"there is no file '{path}'")
        if path.suffix.lower() in (".parquet", ".pq"):
            self._create(name, f"read_parquet({literal(str(path))})")
            return
        names = _header(path)
        cells = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in names)
        # Without detection: it takes what fits most lines for the file's shape, and explains itself at length.
        options = f"columns = {{{cells}}}, auto_detect = false, header = true, nullstr = '\0', strict_mode = true"
        source = f"read_csv({literal(str(path))}, {options}, delim = ',', quote = '\"', escape = '\"')"
        wanted = {column.lower(): kind for column, kind in types.items()}
        missing = sorted(set(wanted) - {column.lower() for column in names})
        if missing:
            raise EvaluationError(f"types are given for columns that are not there: {', '.join(missing)}")
        casts = ", ".join(_cast(column, wanted.get(column.lower(), "string")) for column in names)
        self.execute(f"CREATE TABLE {identifier(name)} AS SELECT {casts} FROM {source}")

    def _create(self, name: str, source: str) -> None:
        columns = self.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        casts = ", ".join(
            f"CAST({identifier(column)} AS VARCHAR) AS {identifier(column)}"
            if kind.startswith("ENUM")
            else identifier(column)
            for column, kind, *_ in columns
        )
        self.execute(f"CREATE TABLE {identifier(name)} AS SELECT {casts} FROM {source}")


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


def _said(error: Exception) -> str:
    """What went wrong, without the engine's list of options to try."""
    told = re.split(r"\n\s*(?:Possible|LINE 1:)", str(error).removeprefix("Invalid Input Error: "))[0]
    return "; ".join(line.strip()[:200] for line in told.splitlines() if line.strip())


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
