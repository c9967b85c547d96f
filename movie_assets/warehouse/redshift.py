"""A warehouse on Redshift: rows come by COPY from S3, and take the day's place in one short transaction.

A connection lost at COMMIT leaves unknown whether it took place. Then, as after a conflict, everything from the
connection on is done again: a load that did take place is replaced by itself. (Its report then counts its own rows as
replaced.)
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self, TypeVar

import pyarrow
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from movie_assets.errors import LoadError
from movie_assets.warehouse.base import (
    BY_YEAR_AND_GENRE,
    BY_YEAR_AND_GENRE_DDL,
    LOAD_AUDIT,
    LOAD_AUDIT_DDL,
    MOVIES,
    SCHEMA,
    LoadReport,
)
from movie_assets.warehouse.redshift_address import Address
from movie_assets.warehouse.redshift_errors import code_of, passing
from movie_assets.warehouse.redshift_load import Load, load
from movie_assets.warehouse.redshift_login import Login
from movie_assets.warehouse.redshift_session import Session, connected
from movie_assets.warehouse.redshift_sql import AGGREGATE, COLUMNS, LOADED, arrow, tables
from movie_assets.warehouse.redshift_staging import Staging, check_files
from movie_assets.warehouse.shapes import columns_in, differences

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
_NOT_THERE = ("42P01", "3F000")
"""SQLSTATE of a table or schema that is not there."""


@dataclass(frozen=True, slots=True)
class RedshiftOptions:
    """How to use the database at an address.

    `staging` is None where the lake is not on S3; then nothing can be loaded. `copy_role` is a role's ARN, or `default`
    for the one that the cluster or namespace has. `timeout_seconds` bound a statement, its wait for a lock included.
    """

    login: Login
    staging: Staging | None = None
    copy_role: str = "default"
    timeout_seconds: int = 900
    connect_timeout_seconds: float = 10.0
    attempts: int = 5
    longest_wait_seconds: float = 10.0


class RedshiftWarehouse:
    """A `Warehouse` in a database of Redshift. Each operation has a connection of its own."""

    def __init__(self, address: Address, options: RedshiftOptions) -> None:
        self.address = address
        self.options = options

    @classmethod
    def at(cls, uri: str, options: RedshiftOptions) -> Self:
        """The warehouse at `redshift://host:5439/database`; nothing is connected to before it is used.

        Raises:
            LoadError: the URI is not one.
        """
        return cls(Address.parse(uri), options)

    def __repr__(self) -> str:
        return f"RedshiftWarehouse({str(self.address)!r})"

    def load_day(
        self, day: date, paths: Sequence[Path], *, expected_rows: int, run_id: str, evaluation_id: str
    ) -> LoadReport:
        for path in paths:
            folder = path.parent.name
            if folder.startswith("ingest_date=") and folder != f"ingest_date={day}":
                raise LoadError(f"Can't load {path} as {day}: it lies in another day's folder.")
        staging = self.options.staging
        if staging is None:
            raise LoadError(
                f"Can't load {day} into {self.address}: Redshift loads from S3, and the lake is a folder.",
                "set MOVIES_LAKE=s3://bucket/prefix, a bucket in the database's region",
            )
        check_files(day, paths, expected_rows)
        staged = staging.put(day, run_id, paths)
        source = ", ".join(path.name for path in paths).encode()[:1000].decode(errors="ignore")
        what = Load(day, run_id, evaluation_id, source, expected_rows, staged.manifest, self.options.copy_role)

        def made(session: Session) -> LoadReport:
            self._make_tables(session, {MOVIES: _movies_ddl(), LOAD_AUDIT: LOAD_AUDIT_DDL})
            return load(session, what)

        report = self._in_session(f"load {day} into", made)
        try:
            staging.remove(staged)
        except LoadError as error:
            # The day is loaded; what is left is for the bucket's rule for staging/.
            logger.warning("%s is loaded, but its staged files are left: %s", day, error)
        return report

    def refresh_aggregate(self, day: date) -> int:
        def made(session: Session) -> int:
            self._make_tables(session, {MOVIES: _movies_ddl(), BY_YEAR_AND_GENRE: BY_YEAR_AND_GENRE_DDL})
            with session.transaction():
                session.run("LOCK", f"LOCK {BY_YEAR_AND_GENRE}")
                session.run("DELETE", f"DELETE FROM {BY_YEAR_AND_GENRE} WHERE ingest_date = %s", [day])
                return int(session.run("INSERT", AGGREGATE, [day]).rowcount)

        return self._in_session(f"aggregate {day} in", made)

    def rows(self, day: date) -> int:
        sql = f"SELECT count(*) FROM {MOVIES} WHERE ingest_date = %s"

        def found(session: Session) -> int:
            return int(session.rows("count", sql, [day])[0][0]) if MOVIES in _described(session) else 0

        return self._in_session("read", found)

    def loaded(self) -> dict[date, int]:
        def found(session: Session) -> dict[date, int]:
            if not {MOVIES, LOAD_AUDIT} <= _described(session).keys():
                return {}
            return {day: int(count) for day, count in session.rows("count", LOADED)}

        return self._in_session("read", found)

    def columns(self) -> Mapping[str, str]:
        return self._in_session("read", _described).get(MOVIES, {})

    def columns_wanted(self) -> Mapping[str, str]:
        return columns_in(_movies_ddl())

    def query(self, sql: str) -> pyarrow.Table:
        def found(session: Session) -> pyarrow.Table:
            with session.transaction("BEGIN READ ONLY", "ROLLBACK"):
                cursor = session.run("query", sql)
                if cursor.description is None:
                    raise LoadError(f"Can't query {self.address}: this gives no rows: {sql!r}.")
                return arrow(cursor.description, cursor.fetchall())

        try:
            return self._in_session("query", found)
        except LoadError as error:
            if code_of(error.__cause__) in _NOT_THERE and error.hint is None:
                raise LoadError(error.message, "run a day first: movies run --day DAY") from error.__cause__
            raise

    def _in_session(self, doing: str, work: Callable[[Session], Answer]) -> Answer:
        """Do the work on a new connection, and again on another where that may help."""
        options = self.options
        retrying = Retrying(
            retry=retry_if_exception(passing),
            stop=stop_after_attempt(options.attempts),
            wait=wait_random_exponential(
                multiplier=options.longest_wait_seconds / 16, max=options.longest_wait_seconds
            ),
            before_sleep=_tell,
            reraise=True,
        )

        def attempt() -> Answer:
            with connected(
                self.address,
                options.login,
                doing,
                timeout_seconds=options.timeout_seconds,
                connect_timeout_seconds=options.connect_timeout_seconds,
            ) as session:
                return work(session)

        return retrying(attempt)

    def _make_tables(self, session: Session, ddl_by_table: Mapping[str, str]) -> None:
        """Make the tables that are not there; those that are must have the columns of their DDL."""
        found = _described(session)
        missing = {table: ddl for table, ddl in ddl_by_table.items() if table not in found}
        if missing:
            with session.transaction():
                schemas = session.rows("look for the schema", f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'")
                if not schemas:  # asked first: who may not make schemas may not say IF NOT EXISTS either
                    session.run("make the schema", f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                for table, ddl in missing.items():
                    session.run(f"make the table {table}", ddl)
            found = _described(session)
        for table, ddl in ddl_by_table.items():
            if different := differences(columns_in(ddl), found.get(table, {})):
                raise LoadError(
                    f"The table {table} in {self.address} has other columns than the contract: {different}.",
                    "rename it or change it to the contract's columns, and load the days again",
                )


def _described(session: Session) -> Mapping[str, Mapping[str, str]]:
    return tables(session.rows("look at the tables", COLUMNS))


def _movies_ddl() -> str:
    from movie_assets.contract import warehouse_ddl

    return warehouse_ddl(MOVIES, "redshift")


def _tell(state: RetryCallState) -> None:
    error = None if state.outcome is None else state.outcome.exception()
    if isinstance(error, LoadError):
        logger.warning("%s Trying again, after attempt %d.", error.message, state.attempt_number)
