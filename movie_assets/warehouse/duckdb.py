"""A warehouse in a DuckDB file, opened for each operation and closed after it, so that other processes can use it."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import duckdb
import pyarrow
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from movie_assets.contract.differences import differences
from movie_assets.dqdl.engines.duckdb.errors import said as plain
from movie_assets.dqdl.engines.duckdb.statements import Statements
from movie_assets.errors import LoadError
from movie_assets.feed import Aggregate, Feed
from movie_assets.findings import Finding, attempt
from movie_assets.lake.base import Lake
from movie_assets.lake.files import examine_folder
from movie_assets.model import DayReport
from movie_assets.quoting import identifier
from movie_assets.warehouse.base import LoadReport, not_one_select, other_rows
from movie_assets.warehouse.tables import (
    LOAD_COLUMNS,
    Table,
    aggregate_insert,
    aggregate_table,
    audit_table,
    loaded_sql,
    rows_table,
)

_one_at_a_time = threading.Lock()
"""Connections of one process share the database: two first loads of a day would both see it empty."""

_LOCKED: Mapping[str, str | int] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
}
"""For users' queries: they can't reach files, extensions or variables of this process."""


class DuckDBWarehouse:
    """A `Warehouse` in a file, created by the first load."""

    kind = "duckdb"

    def __init__(
        self,
        path: Path,
        feed: Feed,
        *,
        memory_limit_mb: int = 1000,
        threads: int | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        self.path = path.expanduser().resolve()
        self.feed = feed
        self.timeout_seconds = timeout_seconds
        self._config: dict[str, str | int] = {"memory_limit": f"{memory_limit_mb}MB"}
        if threads is not None:
            self._config["threads"] = threads

    def __repr__(self) -> str:
        return f"DuckDBWarehouse({str(self.path)!r})"

    def load_day(self, report: DayReport, lake: Lake, *, run_id: str) -> LoadReport:
        day, table = report.day, rows_table(self.feed)
        names = ", ".join(identifier(name) for name in self.feed.contract.names)
        with lake.local_files(report, "validated") as paths, self._changing(f"load {day} into") as connection:
            files = [str(path) for path in paths]
            self._make_table(connection, table)
            self._make_table(connection, audit_table(self.feed))
            replaced = _changed(connection, f"DELETE FROM {table.name} WHERE ingest_date = $day", {"day": day})
            loaded = 0
            if files:
                self._check_files(connection, files, table)
                # The folder's name must not become a column: the day is the given one.
                read = "read_parquet($files, hive_partitioning = false)"
                insert = (
                    f"INSERT INTO {table.name} ({names}, ingest_date, run_id) SELECT {names}, $day, $run FROM {read}"
                )
                loaded = _changed(connection, insert, {"day": day, "run": run_id, "files": files})
            if loaded != report.accepted:
                raise other_rows(self.feed, report, loaded)
            audit = self.feed.load_audit
            connection.execute(f"DELETE FROM {audit} WHERE ingest_date = $day", {"day": day})
            connection.execute(
                f"INSERT INTO {audit} VALUES ($run, $day, $evaluation, $source, $rows, now() AT TIME ZONE 'UTC')",
                {
                    "run": run_id,
                    "day": day,
                    "evaluation": report.evaluation_id,
                    "source": ", ".join(path.name for path in paths),
                    "rows": loaded,
                },
            )
        return LoadReport(loaded, replaced)

    def refresh(self, aggregate: Aggregate, day: date) -> int:
        with self._changing(f"aggregate {day} in") as connection:
            self._make_table(connection, rows_table(self.feed))
            self._make_table(connection, aggregate_table(aggregate))
            connection.execute(f"DELETE FROM {aggregate.table} WHERE ingest_date = $day", {"day": day})
            return _changed(connection, aggregate_insert(self.feed, aggregate, day, "duckdb"), {})

    def loaded(self) -> dict[date, int]:
        if not self.path.exists():
            return {}
        with self._connected("read", read_only=True) as connection:
            if not _described(connection, self.feed.load_audit):
                return {}
            found = connection.execute(loaded_sql(self.feed)).fetchall()
        return {day: int(count) for day, count in found}

    def evaluations(self) -> dict[date, str]:
        if not self.path.exists():
            return {}
        with self._connected("read", read_only=True) as connection:
            audit = self.feed.load_audit
            if not _described(connection, audit):
                return {}
            return dict(connection.execute(f"SELECT ingest_date, evaluation_id FROM {audit}").fetchall())

    def columns(self) -> Mapping[str, str]:
        if not self.path.exists():
            return {}
        with self._connected("read", read_only=True) as connection:
            return _described(connection, self.feed.table)

    def columns_wanted(self) -> Mapping[str, str]:
        return rows_table(self.feed).types("duckdb")

    def query(self, sql: str) -> pyarrow.Table:
        if not self.path.exists():
            raise LoadError(
                f"There is no warehouse at {self.path} yet.", f"run a day first: {self.feed.command('run --day DAY')}"
            )
        with self._connected("query", read_only=True, config=_LOCKED) as connection:
            kinds = [statement.type for statement in connection.extract_statements(sql)]
            if kinds != [duckdb.StatementType.SELECT]:
                raise not_one_select(self.path, sql)
            return Statements(connection).arrow(sql)

    def examine(self, lake: Lake) -> Iterator[Finding]:
        """Check that the file can be written now and has the contract's columns; changes nothing."""
        yield examine_folder("warehouse", self.path.parent, "MOVIES_WAREHOUSE")
        yield (opened := attempt("DuckDB", "open", self._open))
        if opened.status == "ok" and self.path.exists():
            yield attempt("DuckDB", f"columns of {self.feed.table}", self._compare)

    def _open(self) -> str:
        if not self.path.exists():
            return f"{self.path} is not there yet: the first load makes it"
        with self._connected("open"):
            return str(self.path)

    def _compare(self) -> str:
        found = self.columns()
        if not found:
            return "not there yet: the first load makes it"
        if different := differences(self.columns_wanted(), found):
            raise self._other_columns(self.feed.table, different)
        return ""

    def _other_columns(self, table: str, different: list[str]) -> LoadError:
        return LoadError(
            f"The table {table} in {self.path} has other columns than the contract: {'; '.join(different)}.",
            "rename it or move the file away, and load the days again",
        )

    @contextmanager
    def _changing(self, doing: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction, committed if the block succeeds, otherwise rolled back."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LoadError(
                f"Can't {doing} {self.path}: {error.strerror} (at {error.filename}).",
                "set MOVIES_WAREHOUSE to a file in a folder that can be written",
            ) from error
        with self._connected(doing) as connection:
            connection.execute("BEGIN")
            # Closing the connection without a COMMIT rolls back.
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self.feed.schema}")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _connected(
        self, doing: str, *, read_only: bool = False, config: Mapping[str, str | int] = MappingProxyType({})
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        retrying = Retrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(self.timeout_seconds),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            reraise=True,
        )
        with _one_at_a_time:
            try:
                if not read_only and not self.path.exists():
                    self._make_file()
                config = {**self._config, **config}
                with retrying(duckdb.connect, self.path, read_only=read_only, config=config) as connection:
                    yield connection
            except duckdb.Error as error:
                raise self._load_error(doing, error) from error

    def _make_file(self) -> None:
        """Create an empty database atomically: other processes find a half-made file damaged."""
        made = self.path.with_name(f".{self.path.name}.{uuid4().hex}")
        try:
            duckdb.connect(made).close()
            with suppress(OSError):  # another process was first; or there are no hard links, and connecting creates it
                os.link(made, self.path)
        finally:
            made.unlink(missing_ok=True)

    def _load_error(self, doing: str, error: duckdb.Error) -> LoadError:
        said = plain(error)
        if _is_busy(error):
            return LoadError(
                f"Can't {doing} {self.path}: it is in use, after {self.timeout_seconds:g} s of trying. {said}.",
                "close the other program (perhaps a duckdb shell) or wait until its run has ended, then run again",
            )
        own = f"a query reaches the warehouse's own tables, as {self.feed.table}"
        hint = own if isinstance(error, duckdb.PermissionException) else None
        if said.startswith(("it is damaged", "it is a folder", "it is not a DuckDB database")):
            hint = "move it away, or set MOVIES_WAREHOUSE to another file, and load the days again"
        return LoadError(f"Can't {doing} {self.path}: {said}.", hint)

    def _make_table(self, connection: duckdb.DuckDBPyConnection, table: Table) -> None:
        """Create a table if it does not exist; an existing one must have its columns."""
        connection.execute(table.ddl("duckdb"))
        if different := differences(table.types("duckdb"), _described(connection, table.name)):
            raise self._other_columns(table.name, different)

    def _check_files(self, connection: duckdb.DuckDBPyConnection, files: list[str], table: Table) -> None:
        """Check that the files have the table's columns and types; extra columns are ignored."""
        found = connection.execute("DESCRIBE FROM read_parquet($files, hive_partitioning = false)", {"files": files})
        present = {str(name): str(kind) for name, kind, *_ in found.fetchall()}
        added = {column.name for column in LOAD_COLUMNS}
        wanted = {name: kind for name, kind in table.types("duckdb").items() if name not in added}
        if different := differences(wanted, {name: kind for name, kind in present.items() if name in wanted}):
            raise LoadError(f"Can't load {', '.join(files)}: other columns than the contract: {'; '.join(different)}.")


def _is_busy(error: BaseException) -> bool:
    """Whether another process, or another connection of this one, holds the file."""
    return (isinstance(error, duckdb.IOException) and "Could not set lock on file" in str(error)) or (
        isinstance(error, duckdb.ConnectionException) and "different configuration" in str(error)
    )


def _changed(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> int:
    """The number of rows that a statement deleted or inserted."""
    row = connection.execute(sql, dict(values)).fetchone()
    assert row is not None
    return int(row[0])


def _described(connection: duckdb.DuckDBPyConnection, table: str) -> Mapping[str, str]:
    """Type by column name; empty if the table does not exist."""
    try:
        found = connection.execute(f"DESCRIBE {table}").fetchall()
    except duckdb.CatalogException:
        return {}
    return {str(column): str(kind) for column, kind, *_ in found}
