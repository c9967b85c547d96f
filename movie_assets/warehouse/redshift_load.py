"""The load of one day, on a session: stage and check, then swap.

What takes long is done first and touches no table that others read: COPY into a temporary table, then a look at the
number of rows and the day that arrived. The swap is short: LOCK, DELETE, INSERT, the audit row. LOCK comes first,
before any snapshot: without it, loads that both find a day empty both insert, and no error tells. Not MERGE: it keeps
what a re-sent file dropped; not TRUNCATE: it commits; not ALTER TABLE APPEND, which no transaction can take back.
"""

import re
from dataclasses import dataclass
from datetime import date

from movie_assets.errors import LoadError
from movie_assets.warehouse.base import LOAD_AUDIT, MOVIES, LoadReport
from movie_assets.warehouse.redshift_session import Session
from movie_assets.warehouse.redshift_sql import text


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


def load(session: Session, what: Load) -> LoadReport:
    """Put the staged rows in the day's place.

    Raises:
        LoadError: other rows arrived than were staged, or the database refused.
    """
    temporary = None if what.manifest is None else _copied(session, what, what.manifest)
    with session.transaction():
        session.run("LOCK", f"LOCK {MOVIES}")
        replaced = session.run("DELETE", f"DELETE FROM {MOVIES} WHERE ingest_date = %s", [what.day]).rowcount
        if temporary is not None:
            names = ", ".join(_names())
            session.run("INSERT", f"INSERT INTO {MOVIES} ({names}) SELECT {names} FROM {temporary}")
        session.run("audit", f"DELETE FROM {LOAD_AUDIT} WHERE ingest_date = %s", [what.day])
        session.run(
            "audit",
            f"INSERT INTO {LOAD_AUDIT} (run_id, ingest_date, evaluation_id, source, rows_loaded, loaded_at) "
            "VALUES (%s, %s, %s, %s, %s, getdate())",
            [what.run_id, what.day, what.evaluation_id, what.source, what.rows],
        )
    return LoadReport(what.rows, replaced)


def _copied(session: Session, what: Load, manifest: str) -> str:
    """The temporary table that the staged rows are in, checked."""
    from movie_assets.contract import warehouse_ddl

    temporary = "stg_" + re.sub(r"\W", "_", what.run_id).lower()
    # The contract's columns in the contract's order, as the load files have them, whatever the table's order is.
    ddl = warehouse_ddl(temporary, "redshift").replace("CREATE TABLE IF NOT EXISTS", "CREATE TEMP TABLE", 1)
    role = "default" if what.copy_role == "default" else text(what.copy_role)
    with session.transaction():
        session.run("make the temporary table", ddl)
        copy = f"COPY {temporary} FROM {text(manifest)} IAM_ROLE {role} FORMAT AS PARQUET MANIFEST"
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


def _names() -> list[str]:
    from movie_assets.contract import LOAD_COLUMNS, columns

    return [*(column.stored_name for column in columns()), *LOAD_COLUMNS]
