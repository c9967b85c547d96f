"""When a day is run without being asked."""

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import dagster as dg

from movie_assets.errors import MoviesError
from movie_assets.lake import Lake
from movie_assets.pipeline.arrivals import unfinished_runs
from movie_assets.settings import Settings

if TYPE_CHECKING:  # Dagster keeps the name of what `define_asset_job` gives to itself
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

JOB = "movies_day"
HOUR = 6


def movies_day() -> "UnresolvedAssetJobDefinition":
    """Everything of one day: landed file, verdicts, table, aggregate, checks."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="One day: read the landed file, judge it by the rules, load the accepted rows.",
    )


def daily_schedule(job: "UnresolvedAssetJobDefinition", settings: Settings) -> dg.ScheduleDefinition:
    """The day's run each morning, off until somebody turns it on: a file has to land first."""

    @dg.schedule(
        name="daily_movies",
        job=job,
        cron_schedule=f"0 {HOUR} * * *",
        execution_timezone=settings.timezone,
        description=f"Runs today's partition at {HOUR:02}:00 (time zone of the partitions), unless a run has done "
        "it for the file that lies there, or is at it. Fails where there is none: that it is missing is to be seen.",
    )
    def daily_movies(
        context: dg.ScheduleEvaluationContext, lake: dg.ResourceParam[Lake]
    ) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.astimezone(ZoneInfo(settings.timezone)).date()
        if run_id := unfinished_runs(context.instance).get(day.isoformat()):
            return dg.SkipReason(f"run {run_id} works on {day}")
        if run_id := _done_by(context, lake, day):
            return dg.SkipReason(f"run {run_id} has done {day} for this file; again by: movies run --day {day}")
        return dg.RunRequest(partition_key=day.isoformat())

    return daily_movies


def _done_by(context: dg.ScheduleEvaluationContext, lake: Lake, day: date) -> str | None:
    """The id of the run that succeeded with the very bytes that lie there now."""
    try:
        report = lake.report(day)
        if report is None or report.source.version != lake.landed(day).version:
            return None
    except MoviesError as error:  # the run fails of it, where people look; a tick that fails is not tried again
        context.log.warning(str(error))
        return None
    run = context.instance.get_run_by_id(report.run_id)
    return run.run_id if run is not None and run.is_success else None
