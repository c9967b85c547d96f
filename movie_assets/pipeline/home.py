"""Dagster's home: one for the command line and the UI, so that each sees the other's runs."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from filelock import FileLock

from movie_assets.errors import AdapterError
from movie_assets.scratch import Scratch
from movie_assets.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

CONFIG = "dagster.yaml"
_SAID = 300
"""Characters kept of Dagster's message about its configuration; a list of all options follows."""

DAGSTER_YAML = """\
# Written once; edit it freely.
telemetry:
  enabled: false
nux:
  enabled: false
compute_logs:
  # Steps print nothing that their events don't say; catching it anyway cost four processes a run.
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
run_retries:
  # A failed rule is an answer: asking again changes nothing.
  retry_on_asset_or_op_failure: false
run_monitoring:
  # A run of the UI whose process was killed counts as failed after an hour; one of the command line at the next run.
  enabled: true
  max_runtime_seconds: 3600
concurrency:
  runs:
    # A DuckDB file has one writer: days of a backfill take turns.
    max_concurrent_runs: 1
"""


def make_home(settings: Settings) -> str:
    """The absolute folder of Dagster's home, created and configured if it does not exist.

    Raises:
        AdapterError: the folder can't be created or written.
    """
    home = settings.dagster_home
    try:
        if not (home / CONFIG).exists():
            home.parent.mkdir(parents=True, exist_ok=True)
            lock = home.with_name(f".{home.name}.lock")
            lock.touch()  # FileLock would wait forever if no file can be created
            with FileLock(lock), _files_of(home):
                _lay_out(home)
    except OSError as error:
        raise AdapterError(
            f"Dagster's home {home} can't be written: {error.strerror}.", "set MOVIES_DAGSTER_HOME"
        ) from error
    return str(home)


def _lay_out(home: Path) -> None:
    """Create the folder with its databases atomically: two first runs, or a killed one, would leave them half made."""
    if (home / CONFIG).exists():
        return
    with Scratch(home.parent) as folder:
        made = folder / "home"
        made.mkdir()
        (made / CONFIG).write_text(DAGSTER_YAML, encoding="utf-8")
        with _opened(made):
            pass
        made.rename(home)


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance that the UI shows, until the block ends.

    Raises:
        AdapterError: Dagster's files can't be read or written, now or later; a damaged one is named.
    """
    home = Path(make_home(settings))
    with _files_of(home), _opened(home) as instance:
        yield instance


@contextmanager
def _files_of(home: Path) -> Iterator[None]:
    """Raise errors of Dagster's storage as AdapterErrors."""
    import sqlalchemy.exc
    import yaml

    try:
        for database in _databases(home):
            _check(database, "PRAGMA schema_version")
        yield
    except sqlalchemy.exc.DBAPIError as error:
        for database in _databases(home):
            _check(database, "PRAGMA quick_check")
        reason = str(error.orig).strip().partition("\n")[0]
        raise AdapterError(
            f"Dagster can't read or write its history in {home}: {reason}.",
            "free some space or give this user the right to write there, or set MOVIES_DAGSTER_HOME to another folder",
        ) from error
    except (yaml.YAMLError, dg.DagsterInvalidConfigError) as error:
        raise AdapterError(
            f"Dagster can't use {home / CONFIG}: {' '.join(str(error).split())[:_SAID]}",
            "correct it, or remove it to have it written again",
        ) from error


def _databases(home: Path) -> list[Path]:
    return sorted(home.glob("*/**/*.db"))


def _check(database: Path, statement: str) -> None:
    """Raises: AdapterError, if SQLite finds the file damaged. A file that is busy or can't be opened is not damaged."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            found = str(connection.execute(statement).fetchone()[0])
        if statement.endswith("schema_version") or found == "ok":
            return
        damage: Exception = sqlite3.DatabaseError(found)
    except sqlite3.OperationalError:
        return
    except sqlite3.DatabaseError as error:
        damage = error
    raise AdapterError(
        f"Dagster's history {database} is damaged: {' '.join(str(damage).split())}.",
        f"move it away (mv {database} {database}.damaged): Dagster makes a new one, and only the list of runs is lost",
    ) from damage


def _opened(home: Path) -> dg.DagsterInstance:
    import sqlalchemy

    if not sqlalchemy.event.contains(sqlalchemy.Engine, "connect", _relax):
        sqlalchemy.event.listen(sqlalchemy.Engine, "connect", _relax)
    for storage in (sqlite_event_log, sqlite_run_storage):
        storage.create_engine = _engine  # type: ignore[attr-defined]
    return dg.DagsterInstance.from_config(str(home))


def _relax(connection: object, _: object) -> None:
    """Turn off SQLite's fsync: Dagster commits some 500 times per run, which took longer than judging the day.

    A killed process loses nothing; a power cut may cost the run history, never the data.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def _engine(url: str, poolclass: Any, connect_args: Mapping[str, object] = MappingProxyType({})) -> "Engine":
    """Cached: Dagster would create one for each of a run's hundreds of connections, recompiling its statements."""
    return _kept_engine(url, poolclass, tuple(connect_args.items()))


@lru_cache(maxsize=8)  # each run has a database of its own
def _kept_engine(url: str, poolclass: Any, connect_args: tuple[tuple[str, object], ...]) -> "Engine":
    import sqlalchemy

    return sqlalchemy.create_engine(url, poolclass=poolclass, connect_args=dict(connect_args))


def environment(settings: Settings) -> Mapping[str, str]:
    """The environment for child processes that run Dagster's own programs."""
    return {**os.environ, "DAGSTER_HOME": make_home(settings), "DAGSTER_DISABLE_TELEMETRY": "yes"}
