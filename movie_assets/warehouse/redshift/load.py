"""The load of one day, on a session: stage and check, then swap.

What takes long is done first and touches no table that others read: COPY into a temporary table, then a look at the
number of rows and the day that arrived. The swap is short: LOCK, DELETE, INSERT, the audit row. LOCK comes first,
before any snapshot: without it, loads that both find a day empty both insert, and no error tells. Not MERGE: it keeps
what a re-sent file dropped; not TRUNCATE: it commits; not ALTER TABLE APPEND, which no transaction can take back.
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
from movie_assets.warehouse.tables import aggregate_insert, rows_table

Statement = tuple[str, str, Sequence[object] | None]
"""A step's name in messages, its SQL, and the values that stand as `%s` in it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be in the day's place; `manifest` is None for a day without files."""

    day: date
    run_id: str
    evaluation_id: str
    source: str
    rows: int
    manifest: str | None
    copy_role: str


def load(session: Session, feed: Feed, what: Load) -> LoadReport:
    """Put the staged rows in the day's place.

    Raises:
        LoadError: other rows arrived than were staged, or the database refused.
    """
    temporary = None if what.manifest is None else copied(session, feed, what, what.manifest)
    with session.transaction():
        changed = {step: session.run(step, sql, values).rowcount for step, sql, values in swap(feed, what, temporary)}
    return LoadReport(what.rows, changed["DELETE"])


def swap(feed: Feed, what: Load, temporary: str | None) -> list[Statement]:
    """What puts the rows of a temporary table in the day's place, or none, within one transaction."""
    names = ", ".join(identifier(column.name) for column in rows_table(feed).columns)
    insert = f"INSERT INTO {feed.table} ({names}) SELECT {names} FROM {temporary}"
    audit = (
        f"INSERT INTO {feed.load_audit} (run_id, ingest_date, evaluation_id, source, rows_loaded, loaded_at) "
        "VALUES (%s, %s, %s, %s, %s, getdate())"
    )
    return [
        ("LOCK", f"LOCK {feed.table}", None),
        ("DELETE", f"DELETE FROM {feed.table} WHERE ingest_date = %s", [what.day]),
        *([] if temporary is None else [("INSERT", insert, None)]),
        ("audit", f"DELETE FROM {feed.load_audit} WHERE ingest_date = %s", [what.day]),
        ("audit", audit, [what.run_id, what.day, what.evaluation_id, what.source, what.rows]),
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
    temporary = "stg_" + re.sub(r"\W", "_", run_id).lower()
    # The contract's columns in the contract's order, as the load files have them, whatever the table's order is.
    session.run("make the temporary table", rows_table(feed).temporary_ddl(temporary, "redshift"))
    return temporary


def copied(session: Session, feed: Feed, what: Load, manifest: str) -> str:
    """The temporary table that the staged rows are in, checked.

    Raises:
        LoadError: other rows arrived than were staged, or the database refused.
    """
    role = "default" if what.copy_role == "default" else literal(what.copy_role)
    with session.transaction():
        temporary = make_temporary(session, feed, what.run_id)
        copy = f"COPY {temporary} FROM {literal(manifest)} IAM_ROLE {role} FORMAT AS PARQUET MANIFEST"
        session.run("COPY", copy)
        count = f"SELECT count(*), count(DISTINCT ingest_date), min(ingest_date) FROM {temporary}"
        [(rows, days, day)] = session.rows("count the rows that arrived", count)
        if rows != what.rows or (rows and (days, day) != (1, what.day)):
            raise LoadError(
                f"Can't load {what.day}: {rows} rows of {days} days, the first {day}, arrived of {manifest}, "
                f"and {what.rows} of one day were staged.",
                "two runs of the same id may have staged at once; run the day again",
            )
    return temporary
