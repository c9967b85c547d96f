"""Where Dagster keeps its runs: one home for the command line and the UI, so that each sees the other's."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from filelock import FileLock

from movie_assets.errors import AdapterError
from movie_assets.scratch import Scratch
from movie_assets.settings import Settings

CONFIG = "dagster.yaml"
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
    """The absolute folder Dagster keeps runs in, made and configured where it is not there yet.

    Raises:
        AdapterError: the folder can't be made or written.
    """
    home = settings.dagster_home
    try:
        if not (home / CONFIG).exists():
            home.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(home.with_name(f".{home.name}.lock")):
                _lay_out(home)
    except OSError as error:
        raise AdapterError(
            f"Dagster's home {home} can't be written: {error.strerror}.", "set MOVIES_DAGSTER_HOME"
        ) from error
    return str(home)


def _lay_out(home: Path) -> None:
    """Make the folder with its databases at once: two first runs, or a killed one, would leave them half made."""
    if (home / CONFIG).exists():
        return
    with Scratch(home.parent) as folder:
        made = folder / "home"
        made.mkdir()
        (made / CONFIG).write_text(DAGSTER_YAML, encoding="utf-8")
        with _opened(made):
            pass
        made.rename(home)


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance that the UI shows; close it by leaving its context."""
    return _opened(Path(make_home(settings)))


def _opened(home: Path) -> dg.DagsterInstance:
    import sqlalchemy

    if not sqlalchemy.event.contains(sqlalchemy.Engine, "connect", _relax):
        sqlalchemy.event.listen(sqlalchemy.Engine, "connect", _relax)
    return dg.DagsterInstance.from_config(str(home))


def _relax(connection: object, _: object) -> None:
    """Dagster commits some 500 times a day's run, and waited for the disk longer than the day took to judge.

    Not waiting loses nothing when a process is killed; a power cut may cost the run history, never the data.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def environment(settings: Settings) -> Mapping[str, str]:
    """This process's environment for a child that runs Dagster's own programs."""
    return {**os.environ, "DAGSTER_HOME": make_home(settings), "DAGSTER_DISABLE_TELEMETRY": "yes"}
