"""When a day is run without being asked."""

from typing import TYPE_CHECKING, cast

import dagster as dg

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


def daily_schedule(job: "UnresolvedAssetJobDefinition") -> dg.ScheduleDefinition:
    """The day's run each morning, off until somebody turns it on: a file has to land first."""
    schedule = dg.build_schedule_from_partitioned_job(
        job,
        name="daily_movies",
        hour_of_day=HOUR,
        description=f"Runs today's partition at {HOUR:02}:00 (time zone of the partitions).",
    )
    return cast(dg.ScheduleDefinition, schedule)
