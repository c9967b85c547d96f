"""The engine that runs the declarations' SQL: one in-memory DuckDB, bounded memory, spilling to a temporary folder."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from movie_assets.dqdl.sql.columns import Column, Schema, identifier, literal

if TYPE_CHECKING:
    import pyarrow as pa

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
