"""The daily schedule and the job of a day."""

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import dagster as dg

from movie_assets.errors import PipelineError
from movie_assets.lake import Lake
from movie_assets.pipeline.arrivals import unfinished_runs
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.keys import Keys

if TYPE_CHECKING:  # Dagster does not export the return type of `define_asset_job`
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

HOUR = 6
DEADLINE = 7
"""The hour by which a day is loaded that was begun at `HOUR`, or when its file landed."""


def day_job(keys: Keys) -> "UnresolvedAssetJobDefinition":
    """The job of one day: landed file, verdicts, table, aggregates, checks."""
    return dg.define_asset_job(
        keys.job,
        selection=dg.AssetSelection.assets(*keys.assets),
        executor_def=dg.in_process_executor,
        description="One day: read the landed file, judge it by the rules, load the accepted rows.",
    )


def daily_schedule(job: "UnresolvedAssetJobDefinition", ingestion: Ingestion) -> dg.ScheduleDefinition:
    """Runs the day each morning. Off by default, because a file has to land first."""

    feed, timezone = ingestion.feed, ingestion.settings.timezone

    @dg.schedule(
        name=f"daily_{feed.name}",
        job=job,
        cron_schedule=f"0 {HOUR} * * *",
        execution_timezone=timezone,
        description=f"Runs today's partition at {HOUR:02}:00 (time zone of the partitions), unless a run has done "
        "it for the file that lies there, or is at it. Fails where there is none: that it is missing is to be seen.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.astimezone(ZoneInfo(timezone)).date()
        if run_id := unfinished_runs(context.instance, ingestion.keys).get(day.isoformat()):
            return dg.SkipReason(f"run {run_id} works on {day}")
        if run_id := _done_by(context, ingestion.lake, day):
            again = feed.command(f"run --day {day}")
            return dg.SkipReason(f"run {run_id} has done {day} for this file; again by: {again}")
        return dg.RunRequest(partition_key=day.isoformat())

    return daily


def loaded_each_morning(timezone: str) -> dg.FreshnessPolicy:
    """Between midnight, when the day begins, and the deadline. Dagster looks at when, not at which partition."""
    return dg.FreshnessPolicy.cron(f"0 {DEADLINE} * * *", timedelta(hours=DEADLINE), timezone)


def _done_by(context: dg.ScheduleEvaluationContext, lake: Lake, day: date) -> str | None:
    """The id of the run that succeeded with the current content of the file."""
    try:
        report = lake.report(day)
        if report is None or report.source.version != lake.landed(day).version:
            return None
    except PipelineError as error:  # let the run fail, where people see it; a failed tick is not tried again
        context.log.warning(str(error))
        return None
    run = context.instance.get_run_by_id(report.run_id)
    return run.run_id if run is not None and run.is_success else None
