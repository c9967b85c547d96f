"""A look at a warehouse on Redshift: the way there, the login, the tables, and a load that is taken back.

COPY reads one staged row into a temporary table, as a load does; what a load changes is run statement by statement in
transactions that are rolled back. Nothing is left in the database, and in the lake only what a killed examination
staged, which a later one removes.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

from movie_assets.errors import LoadError, NotVerifiedError
from movie_assets.feed import Feed
from movie_assets.findings import Finding, attempt
from movie_assets.lake.base import Lake
from movie_assets.lake.s3.examination import ABANDONED, remove_left
from movie_assets.lake.s3.objects import Objects
from movie_assets.lake.scratch import scratch
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.errors import code_of, passing, refusal
from movie_assets.warehouse.redshift.files import on_s3, write_trial
from movie_assets.warehouse.redshift.load import Load, Statement, aggregate_statements, copied, make_temporary, swap
from movie_assets.warehouse.redshift.login import PasswordLogin, asked_with
from movie_assets.warehouse.redshift.options import RedshiftOptions
from movie_assets.warehouse.redshift.session import Session, connected, offers_tls, resolve
from movie_assets.warehouse.redshift.tables import compare, described, make_missing
from movie_assets.warehouse.tables import Table, aggregate_table, audit_table, rows_table

SERVICE = "Redshift"
DAY = date(1900, 1, 1)
"""Stands for the day that is loaded, where there are no rows yet."""
TRIALS = "validated/doctor/"
"""Where the row is staged: COPY's role can read it as it reads accepted rows, and it is in no day of theirs."""

_SECONDS = 10
_LOCK_SECONDS = 3
"""Others wait behind whoever waits for a table's lock."""
_TIMED_OUT = "57014"
"""SQLSTATE of a statement that took too long."""
_DOING = "examine"


def examine(
    address: Address, feed: Feed, options: RedshiftOptions, lake: Lake, abandoned: timedelta = ABANDONED
) -> Iterator[Finding]:
    """A finding for each step of the way, until one that nothing can follow; then for each thing that a load does."""
    from movie_assets.aws.services import ONCE

    options = replace(
        options,
        login=asked_with(options.login, ONCE),
        timeout_seconds=min(options.timeout_seconds, _SECONDS),
        connect_timeout_seconds=min(options.connect_timeout_seconds, _SECONDS / 2),
    )
    for examination, call in (
        ("look up the host", lambda: _look_up(address)),
        ("connect", lambda: _connect(address, options)),
        ("get credentials", lambda: _credentials(address, options)),
    ):
        yield (found := attempt(SERVICE, examination, call))
        if found.error:
            return
    with ExitStack() as stack:
        sessions: list[Session] = []
        yield attempt(SERVICE, "log in", lambda: _log_in(address, options, stack, sessions))
        for session in sessions:
            yield from _Examination(session, address, feed, options, lake, abandoned).findings()


class _Examination:
    """What is examined once somebody is logged in."""

    def __init__(
        self, session: Session, address: Address, feed: Feed, options: RedshiftOptions, lake: Lake, abandoned: timedelta
    ) -> None:
        self.session = session
        self.address = address
        self.feed = feed
        self.tables = (rows_table(feed), audit_table(feed), *map(aggregate_table, feed.aggregates))
        self.options = options
        self.lake = lake
        self.abandoned = abandoned
        self.load = Load(DAY, f"doctor-{uuid4().hex[:29]}", "doctor", 1, (), options.copy_role)
        self.trial = f"{TRIALS}{self.load.run_id}.parquet"
        self.temporary = ""

    def findings(self) -> Iterator[Finding]:
        found: dict[str, Mapping[str, str]] = {}
        looked = attempt(SERVICE, "look at the tables", lambda: found.update(described(self.session, self.feed.schema)))
        if looked.error:
            yield looked
            return
        for table in self.tables:
            if table.name in found:
                yield attempt(SERVICE, f"columns of {table.name}", partial(compare, table, found, self.address))
            else:
                yield Finding(SERVICE, f"columns of {table.name}", "ok", "not there yet: the first load makes it")
        yield attempt(SERVICE, "stage a row on S3", self._stage)
        copied_it = attempt(SERVICE, "COPY it into a temporary table", self._copy)
        yield copied_it
        if self.load.uris:
            tidied = attempt(SERVICE, "remove what was staged", lambda: self._objects().delete(self.trial))
            if tidied.error:
                yield tidied
        if _lost(copied_it):
            return
        yield from self._load_and_take_back([table for table in self.tables if table.name not in found])

    def _objects(self) -> Objects:
        return on_s3(self.lake, self.address).objects

    def _stage(self) -> str:
        objects = self._objects()
        objects.delete(self.trial)  # who may not remove is not let to write
        left = remove_left(objects, TRIALS, self.abandoned)
        with scratch() as folder:
            objects.upload(write_trial(self.feed, folder / "row.parquet"), self.trial)
        self.load = replace(self.load, uris=(objects.uri(self.trial),))
        return left

    def _copy(self) -> str:
        if not self.load.uris:
            raise NotVerifiedError("Not tried: there is nothing staged to read.")
        self.temporary = copied(self.session, self.feed, self.load)
        return f"by the role {self.options.copy_role}"

    def _load_and_take_back(self, missing: Sequence[Table]) -> Iterator[Finding]:
        if not self.temporary:
            yield (made := attempt(SERVICE, "make a temporary table", self._make_temporary))
            if _lost(made):
                return
        limited = attempt(SERVICE, "set the timeout", self._limit)
        if limited.error:
            yield limited
            return
        if missing:
            yield (made := attempt(SERVICE, "make the tables", partial(self._take_back, missing, [])))
            if made.error:
                return
        held: set[str] = set()
        statements = swap(self.feed, self.load, self.temporary)
        for aggregate in self.feed.aggregates:
            statements += aggregate_statements(self.feed, aggregate, DAY)
        for statement in statements:
            name, table = _named(statement)
            if table in held:  # others wait behind whoever waits
                yield Finding(SERVICE, name, "not verified", "Not tried: somebody holds the table.")
                continue
            yield (tried := attempt(SERVICE, name, partial(self._take_back, missing, [statement])))
            if tried.status == "not verified":
                held.add(table)
            if _lost(tried):
                return

    def _make_temporary(self) -> None:
        self.temporary = make_temporary(self.session, self.feed, self.load.run_id)

    def _limit(self) -> None:
        self.session.run("set the timeout", f"SET statement_timeout TO {_LOCK_SECONDS * 1000}")

    def _take_back(self, missing: Sequence[Table], statements: list[Statement]) -> None:
        with self.session.transaction("BEGIN", "ROLLBACK"):
            if missing:
                make_missing(self.session, missing)
            for step, sql, values in statements:
                try:
                    self.session.run(step, sql, values)
                except LoadError as error:
                    code = code_of(error.__cause__)
                    if code == _TIMED_OUT or (code and passing(error)):
                        raise NotVerifiedError(f"{error.message} Somebody holds the table, perhaps a load.") from error
                    raise


def _lost(finding: Finding) -> bool:
    """Whether it failed without a word of the database's: the next would too."""
    return finding.error is not None and not code_of(finding.error.__cause__)


def _named(statement: Statement) -> tuple[str, str]:
    """The statement by its first words, `DELETE FROM s.load_audit`, and the table that it ends on."""
    words = statement[1].split()[: 2 if statement[1].startswith("LOCK") else 3]
    return " ".join(words), words[-1]


def _look_up(address: Address) -> str:
    try:
        return f"{address.host} is {resolve(address)[0]}"
    except OSError as error:
        raise refusal(error, _DOING, address, "look up the host") from error


def _connect(address: Address, options: RedshiftOptions) -> str:
    try:
        secure = offers_tls(address, options.connect_timeout_seconds)
    except OSError as error:
        raise refusal(error, _DOING, address, "connect") from error
    if secure:
        return "with TLS"
    return "without TLS, as only this machine may"  # another is refused at the login


def _credentials(address: Address, options: RedshiftOptions) -> str:
    user = options.login.credentials(address).user
    return f"user {user}" + (", of the settings" if isinstance(options.login, PasswordLogin) else "")


def _log_in(address: Address, options: RedshiftOptions, stack: ExitStack, sessions: list[Session]) -> str:
    session = stack.enter_context(
        connected(
            address,
            options.login,
            _DOING,
            timeout_seconds=options.timeout_seconds,
            connect_timeout_seconds=options.connect_timeout_seconds,
        )
    )
    sessions.append(session)
    [(user, database)] = session.rows("ask who", "SELECT current_user, current_database()")
    return f"{user} in {database}"
