"""A warehouse on Redshift: rows come by COPY from the lake on S3, and take the day's place in one short transaction.

A connection lost at COMMIT leaves unknown whether it took place. Then, as after a conflict, everything from the
connection on is done again: a load that did take place is replaced by itself. (Its report then counts its own rows as
replaced.)
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Self, TypeVar

import pyarrow
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from movie_assets.errors import LoadError
from movie_assets.feed import Aggregate, Feed
from movie_assets.findings import Finding
from movie_assets.lake.base import Lake
from movie_assets.model import DayReport
from movie_assets.visible import visible_logger
from movie_assets.warehouse.base import LoadReport, not_one_select
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.errors import code_of, passing
from movie_assets.warehouse.redshift.examination import examine
from movie_assets.warehouse.redshift.files import checked, on_s3
from movie_assets.warehouse.redshift.load import Load, aggregate_statements, load
from movie_assets.warehouse.redshift.options import RedshiftOptions
from movie_assets.warehouse.redshift.session import Session, connected
from movie_assets.warehouse.redshift.sql import arrow, is_one_select
from movie_assets.warehouse.redshift.tables import described, make_tables
from movie_assets.warehouse.tables import aggregate_table, audit_table, loaded_sql, rows_table

logger = visible_logger(__name__)

Answer = TypeVar("Answer")
_NOT_THERE = ("42P01", "3F000")
"""SQLSTATE of a table or schema that is not there."""


class RedshiftWarehouse:
    """A `Warehouse` in a database of Redshift. Each operation has a connection of its own."""

    kind = "redshift"

    def __init__(self, address: Address, feed: Feed, options: RedshiftOptions) -> None:
        self.address = address
        self.feed = feed
        self.options = options

    @classmethod
    def at(cls, uri: str, feed: Feed, options: RedshiftOptions) -> Self:
        """The warehouse at `redshift://host:5439/database`; nothing is connected to before it is used.

        Raises:
            LoadError: the URI is not one.
        """
        return cls(Address.parse(uri), feed, options)

    def __repr__(self) -> str:
        return f"RedshiftWarehouse({str(self.address)!r})"

    def load_day(self, report: DayReport, lake: Lake, *, run_id: str) -> LoadReport:
        uris = checked(on_s3(lake, self.address), self.feed, report)
        what = Load(report.day, run_id, report.evaluation_id, report.accepted, uris, self.options.copy_role)

        def made(session: Session) -> LoadReport:
            make_tables(session, [rows_table(self.feed), audit_table(self.feed)], self.address)
            return load(session, self.feed, what)

        return self._in_session(f"load {report.day} into", made)

    def refresh(self, aggregate: Aggregate, day: date) -> int:
        def made(session: Session) -> int:
            make_tables(session, [rows_table(self.feed), aggregate_table(aggregate)], self.address)
            statements = aggregate_statements(self.feed, aggregate, day)
            with session.transaction():
                changed = [session.run(step, sql, values).rowcount for step, sql, values in statements]
            return int(changed[-1])

        return self._in_session(f"aggregate {day} in", made)

    def loaded(self) -> dict[date, int]:
        def found(session: Session) -> dict[date, int]:
            if not {self.feed.table, self.feed.load_audit} <= self._described(session).keys():
                return {}
            return {day: int(count) for day, count in session.rows("count", loaded_sql(self.feed))}

        return self._in_session("read", found)

    def evaluations(self) -> dict[date, str]:
        def found(session: Session) -> dict[date, str]:
            audit = self.feed.load_audit
            if audit not in self._described(session):
                return {}
            return dict(session.rows("read", f"SELECT ingest_date, evaluation_id FROM {audit}"))

        return self._in_session("read", found)

    def columns(self) -> Mapping[str, str]:
        return self._in_session("read", self._described).get(self.feed.table, {})

    def columns_wanted(self) -> Mapping[str, str]:
        return rows_table(self.feed).types("redshift")

    def query(self, sql: str) -> pyarrow.Table:
        if not is_one_select(sql):
            raise not_one_select(self.address, sql)

        def found(session: Session) -> pyarrow.Table:
            with session.transaction("BEGIN READ ONLY", "ROLLBACK"):
                cursor = session.run("query", sql)
                return arrow(cursor.description, cursor.fetchall())

        try:
            return self._in_session("query", found)
        except LoadError as error:
            if code_of(error.__cause__) in _NOT_THERE and error.hint is None:
                raise LoadError(
                    error.message, f"run a day first: {self.feed.command('run --day DAY')}"
                ) from error.__cause__
            raise

    def examine(self, lake: Lake) -> Iterator[Finding]:
        """A finding for each thing that a load needs, made as a load makes it and taken back."""
        return examine(self.address, self.feed, self.options, lake)

    def _described(self, session: Session) -> Mapping[str, Mapping[str, str]]:
        return described(session, self.feed.schema)

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


def _tell(state: RetryCallState) -> None:
    error = None if state.outcome is None else state.outcome.exception()
    if isinstance(error, LoadError):
        logger.warning("%s Trying again, after attempt %d.", error.message, state.attempt_number)
