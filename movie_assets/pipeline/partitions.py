"""The days: one partition per `ingest_date`, one partition a run."""

from datetime import date

import dagster as dg

from movie_assets.errors import MoviesError
from movie_assets.settings import Settings

PARTITION = "dagster/partition"
"""Tag in which Dagster keeps the day of a run."""


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Every day from the start date to today: today's file can be run as soon as it landed."""
    return dg.DailyPartitionsDefinition(settings.start_date.isoformat(), timezone=settings.timezone, end_offset=1)


def day_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The day a step works on."""
    return date.fromisoformat(context.partition_key)


def require_partition(settings: Settings, day: date) -> None:
    """Raises: MoviesError, where the day is none of the pipeline's."""
    days = daily_partitions(settings)
    if days.get_first_partition_key() is None:
        raise MoviesError(
            f"There is no partition for {day}: the first day, {settings.start_date}, is still to come.",
            "MOVIES_START_DATE sets it",
        )
    if not days.has_partition_key(day.isoformat()):
        raise MoviesError(
            f"There is no partition for {day}: the days go from {days.get_first_partition_key()} "
            f"to {days.get_last_partition_key()}.",
            "MOVIES_START_DATE sets the first one",
        )
