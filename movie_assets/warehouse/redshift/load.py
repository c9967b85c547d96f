"""The load of one day, on a session: copy and check, then swap.

What takes long is done first and touches no table that others read: COPY into a temporary table, then a look at the
number of rows that arrived. COPY of Parquet maps columns by position and takes no constants, so the temporary table is
as the files are, and day and run come with the INSERT. Each file is copied by its own key: a manifest would have to be
written, kept apart from other loads' and removed, and an object whose key only begins so shows in the number of rows.

The swap is short: LOCK, DELETE, INSERT, the audit row. LOCK comes first, before any snapshot: without it, loads that
both find a day empty both insert, and no error tells. Not MERGE: it keeps what a re-sent file dropped; not TRUNCATE: it
commits; not ALTER TABLE APPEND, which no transaction can take back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from movie_assets.errors import LoadError
from movie_assets.feed import Aggregate, Feed
from movie_assets.quoting import identifier, literal
from movie_assets.warehouse.base import LoadReport
from movie_assets.warehouse.redshift.session import Session
from movie_assets.warehouse.tables import aggregate_insert, file_table

Statement = tuple[str, str, Sequence[object] | None]
"""A step's name in messages, its SQL, and the values that stand as `%s` in it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be in the day's place: the rows of the files at `uris`."""

    day: date
    run_id: str
    evaluation_id: str
    rows: int
    uris: tuple[str, ...]
    copy_role: str


def load(session: Session, feed: Feed, what: Load) -> LoadReport:
    """Put the files' rows in the day's place.

    Raises:
        LoadError: another number of rows arrived, or the database refused.
    """
    temporary = copied(session, feed, what)
    with session.transaction():
        changed = {step: session.run(step, sql, values).rowcount for step, sql, values in swap(feed, what, temporary)}
    return LoadReport(what.rows, changed["DELETE"])


def swap(feed: Feed, what: Load, temporary: str) -> list[Statement]:
    """What puts the rows of a temporary table in the day's place, within one transaction."""
    names = ", ".join(identifier(name) for name in feed.contract.names)
    insert = (
        f"INSERT INTO {feed.table} ({names}, ingest_date, run_id) "
        f"SELECT {names}, DATE '{what.day}', {literal(what.run_id)} FROM {temporary}"
    )
    source = ", ".join(uri.rpartition("/")[2] for uri in what.uris).encode()[:1000].decode(errors="ignore")
    audit = (
        f"INSERT INTO {feed.load_audit} (run_id, ingest_date, evaluation_id, source, rows_loaded, loaded_at) "
        "VALUES (%s, %s, %s, %s, %s, getdate())"
    )
    return [
        ("LOCK", f"LOCK {feed.table}", None),
        ("DELETE", f"DELETE FROM {feed.table} WHERE ingest_date = %s", [what.day]),
        ("INSERT", insert, None),
        ("audit", f"DELETE FROM {feed.load_audit} WHERE ingest_date = %s", [what.day]),
        ("audit", audit, [what.run_id, what.day, what.evaluation_id, source, what.rows]),
    ]


def aggregate_statements(feed: Feed, aggregate: Aggregate, day: date) -> list[Statement]:
    """What computes the day's rows of an aggregate, within one transaction; the last one inserts them."""
    return [
        ("LOCK", f"LOCK {aggregate.table}", None),
        ("DELETE", f"DELETE FROM {aggregate.table} WHERE ingest_date = %s", [day]),
        ("INSERT", aggregate_insert(feed, aggregate, day, "redshift"), None),
    ]


def make_temporary(session: Session, feed: Feed, run_id: str) -> str:
    """A temporary table of this session; its name."""
    temporary = file_table(feed, "stg_" + re.sub(r"\W", "_", run_id).lower())
    session.run("make the temporary table", temporary.temporary_ddl("redshift"))
    return temporary.name


def copied(session: Session, feed: Feed, what: Load) -> str:
    """The temporary table that the files' rows are in, counted.

    Raises:
        LoadError: another number of rows arrived, or the database refused.
    """
    role = "default" if what.copy_role == "default" else literal(what.copy_role)
    with session.transaction():
        temporary = make_temporary(session, feed, what.run_id)
        for uri in what.uris:
            session.run("COPY", f"COPY {temporary} FROM {literal(uri)} IAM_ROLE {role} FORMAT AS PARQUET")
        [(rows,)] = session.rows("count the rows that arrived", f"SELECT count(*) FROM {temporary}")
        if rows != what.rows:
            raise LoadError(
                f"Can't load {what.day}: {rows} rows arrived of {', '.join(what.uris)}, which hold {what.rows}.",
                "COPY reads every object whose key begins so: remove the others",
            )
    return temporary
