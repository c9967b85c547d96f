"""The days: one partition per `ingest_date`, one partition a run."""

from datetime import date

import dagster as dg

PARTITION = "dagster/partition"
"""Tag in which Dagster keeps the day of a run."""


def day_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The day a step works on."""
    return date.fromisoformat(context.partition_key)
