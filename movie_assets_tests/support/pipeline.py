"""Days run through the real job, on an instance that lives as long as the test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from movie_assets.alerts import Alert
from movie_assets.definitions import pipeline
from movie_assets.errors import PublishError
from movie_assets.findings import Finding
from movie_assets.lake import open_lake
from movie_assets.movies.sample import write_golden, write_sample
from movie_assets.pipeline.ingestion import Ingestion, Progress, configured_ingestion
from movie_assets.pipeline.running import QUIET
from movie_assets.settings import Settings
from movie_assets_tests.support.feeds import feed_of

DAY = date(2024, 3, 24)
JOB = "movies_day"


def settings_in(folder: Path, **others: object) -> Settings:
    """Settings whose every folder is the test's own; no waiting for locks."""
    own = {
        "lake": str(folder / "lake"),
        "warehouse": str(folder / "warehouse.duckdb"),
        "outbox": folder / "alerts",
        "dagster_home": folder / "dagster",
        "threads": 2,
        "lock_timeout_seconds": 0.2,
        "warehouse_timeout_seconds": 0.2,
    }
    return Settings.model_validate(own | others)


def ingestion(settings: Settings, progress: Progress | None = None) -> Ingestion:
    """The feed of movies as the settings set it up."""
    return configured_ingestion(settings, feed_of(settings), progress)


def land_golden(settings: Settings, day: date = DAY) -> None:
    """The thousand films of which 20 are accepted."""
    path = Path(settings.lake).parent / "imdb_movies_rating.csv"
    write_golden(path)
    open_lake(settings.lake).land(path, day)


def land_sample(settings: Settings, rows: int, day: date = DAY, dirt: Mapping[str, float] | None = None) -> None:
    path = Path(settings.lake).parent / "imdb_movies_rating.csv"
    write_sample(path, rows=rows, day=day, dirt=dirt)
    open_lake(settings.lake).land(path, day)


def run(settings: Settings, instance: dg.DagsterInstance, day: date = DAY, **others: Any) -> dg.ExecuteInProcessResult:
    """The whole job for a day, or the part of it that `asset_selection` names."""
    job = pipeline(ingestion(settings)).resolve_job_def(JOB)
    return job.execute_in_process(
        instance=instance, partition_key=day.isoformat(), raise_on_error=False, run_config=QUIET, **others
    )


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The run's check evaluations by name."""
    return {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The plain values an asset was materialized with by the run."""
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key == dg.AssetKey(asset):
            return {key: value.value for key, value in event.materialization.metadata.items()}
    raise AssertionError(f"{asset} was not materialized")


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()
        for event in result.all_events
        if event.is_step_materialization and event.asset_key
    }


@dataclass
class Listener:
    """A publisher that hears, or is down."""

    kind = Alert
    name: str = "listener"
    down: bool = False
    heard: list[Alert] = field(default_factory=list)

    def publish(self, alert: Alert) -> None:
        if self.down:
            raise PublishError("nobody listens")
        self.heard.append(alert)

    def examine(self, *, send: bool) -> Iterator[Finding]:
        return iter(())
