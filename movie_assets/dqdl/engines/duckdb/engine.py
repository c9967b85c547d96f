"""The engine that runs the declarations' SQL: one in-memory DuckDB, bounded memory, spilling to a private folder."""

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from movie_assets.dqdl.declaring.plan import JUDGED, PRIMARY, ROW_ID, Keys
from movie_assets.dqdl.engines.base import EngineError, RuleRows
from movie_assets.dqdl.engines.duckdb.errors import said
from movie_assets.dqdl.engines.duckdb.keys import KeyCounts
from movie_assets.dqdl.engines.duckdb.masks import Masks, MaskSplit
from movie_assets.dqdl.engines.duckdb.statements import Limit, Statements
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.patterns.functions import register
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.quoting import identifier, literal
from movie_assets.scratch import Scratch

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

AGGREGATES = 200
"""Aggregates of one pass: with each one more, the engine takes longer over all the others."""

RULE_TIMEOUT = 300.0
"""Seconds a rule may take, and a pass that rules share: a minute for ten million rows is nothing unusual."""

LONGEST_TIMEOUT = 86_400
"""A day; a system's clock of waits has an end too."""


class DuckDBEngine:
    """An ``Engine`` on a connection of its own; closed when it is collected, at the latest."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, spill: Scratch, rule_timeout: float) -> None:
        self.connection = connection
        self.rule_timeout = rule_timeout
        self._statements = Statements(connection)
        self._limit: Limit | None = None
        self._keys = KeyCounts()
        self._masks = Masks()
        self.close = weakref.finalize(self, _close, self._statements, spill)

    @classmethod
    def open(
        cls, *, memory_limit_mb: int = 1000, threads: int | None = None, rule_timeout: float = RULE_TIMEOUT
    ) -> "DuckDBEngine":
        """A new empty in-memory engine.

        Raises: EvaluationError, where no folder can be made for what does not fit into memory.
        """
        try:
            spill = Scratch()
        except OSError as error:
            raise EvaluationError(f"can't make a folder for what does not fit into memory: {error}") from error
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_limit_mb}MB",
            "temp_directory": str(spill.path),
            "python_enable_replacements": False,
        }
        if threads:
            config["threads"] = threads
        connection = duckdb.connect(":memory:", config=config)
        register(connection)
        return cls(connection, spill, rule_timeout)

    def __enter__(self) -> "DuckDBEngine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def lock_down(self, writable: Iterable[Path] = ()) -> None:
        """From here on no statement touches a file but ``writable`` ones, attaches, loads or changes a setting."""
        paths = ", ".join(literal(str(path)) for path in writable)
        self.execute(f"SET allowed_paths = [{paths}]")
        self.execute("SET enable_external_access = false")
        self.execute("SET lock_configuration = true")

    @contextmanager
    def one_rule(self) -> Iterator[None]:
        self._limit = Limit.of(self.rule_timeout)
        try:
            yield
        finally:
            self._limit = None

    @contextmanager
    def readable(self) -> Iterator[None]:
        """DuckDB's errors in this block are raised as ``EngineError``."""
        try:
            yield
        except duckdb.Error as error:
            raise EngineError(said(error)) from error

    def set_primary(self, relation: str, columns: str, row_id: str) -> None:
        """Make a relation the judged one: its columns, and the column or expression that numbers its rows from 0."""
        self.execute(f"CREATE VIEW {JUDGED} AS SELECT {row_id} AS {ROW_ID}, {columns} FROM {relation}")
        self.execute(f"CREATE VIEW {identifier(PRIMARY)} AS SELECT {columns} FROM {relation}")

    def _run(self, work: Callable[[], T]) -> T:
        with self.readable():
            return self._statements.run(work, self._limit)

    def execute(self, sql: str) -> None:
        self._run(lambda: self.connection.execute(sql))

    def row(self, query: str) -> tuple[Any, ...]:
        return self.rows(query)[0]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._run(lambda: self.connection.execute(query).fetchall())

    def aggregates(self, expressions: Sequence[str], relation: str) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(expressions), AGGREGATES):
            found.extend(self.row(f"SELECT {', '.join(expressions[start : start + AGGREGATES])} FROM {relation}"))
        return found

    def arrow(self, sql: str) -> "pa.Table":
        with self.readable():
            return self._statements.arrow(sql, self._limit)

    def schema(self, relation: str) -> Schema:
        return self.describe(identifier(relation))

    def describe(self, query: str) -> Schema:
        return Schema(Column(name, type_name) for name, type_name, *_ in self.rows(f"DESCRIBE {query}"))

    def over_keys(self, keys: Keys, expression: str) -> Any:
        return self.row(f"SELECT {expression} FROM ({self._keys.statistics(self, keys)})")[0]

    def occurs_again(self, keys: Keys) -> str:
        return f"{ROW_ID} IN (SELECT {ROW_ID} FROM {self._keys.duplicates(self, keys)})"

    def mark(self, tests: Sequence[str], *, every_row: bool) -> None:
        self._masks.fill(self, tests, every_row=every_row)

    def marked(self, test: str) -> str:
        return self._masks.marked(test)

    def counts(self, expressions: Sequence[str]) -> list[int]:
        return self._masks.counts(self, expressions)

    def split(self, rules: Sequence[RuleRows], total: int) -> MaskSplit:
        return MaskSplit(self, self._masks, tuple(rules), total)


def _close(statements: Statements, spill: Scratch) -> None:
    if not statements.stuck:
        statements.connection.close()
    spill.close()
