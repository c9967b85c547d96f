"""The day of a run: its partition."""

from datetime import date

import dagster as dg

PARTITION = "dagster/partition"
"""Dagster's tag for the partition of a run."""


def day_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The day a step works on."""
    return date.fromisoformat(context.partition_key)
