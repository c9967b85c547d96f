"""The sensor that runs a day when a file of it lands."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from movie_assets.errors import LakeError
from movie_assets.lake import lake_uri
from movie_assets.pipeline.arrivals import Poll, poll
from movie_assets.pipeline.ingestion import Ingestion

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

_NAMED = 3
"""The number of days that a tick names; it counts the rest."""


def file_arrival(job: "UnresolvedAssetJobDefinition", ingestion: Ingestion) -> dg.SensorDefinition:
    """Off by default: otherwise days that landed to be run by hand, or not at all, would start by themselves."""

    again = ingestion.feed.command("run --day D")

    @dg.sensor(
        name=ingestion.feed.named("file_arrival"),
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Runs a day once for each version of its landed file that was not judged yet, files that landed "
        f"before it was turned on included. A run that failed is run again by `{again}`.",
    )
    def file_arrival(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        found = poll(ingestion, context.instance, context.cursor, datetime.now(UTC))
        problem = _named(found.problems)
        if problem and not found.news and found.cursor == (context.cursor or Poll().cursor):
            raise LakeError(problem)  # a failed tick; everything that could go on has been requested before
        if problem:
            context.log.error(f"Left to the next look: {problem}")
        for news in found.news:
            context.log.info(f"{news.arrival.day}: asks for the run of {news}")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=news.run_key, partition_key=news.arrival.day.isoformat(), tags=news.tags)
                for news in found.news
            ],
            skip_reason=None if found.news else _nothing(found, lake_uri(ingestion.settings, ingestion.feed), problem),
            cursor=found.cursor,
        )

    return file_arrival


def _nothing(found: Poll, lake: str, problem: str) -> str:
    """Why a poll requested no run."""
    strange = [day.isoformat() for day in found.strange]
    return "; ".join(
        [
            f"no file to run in {lake}/landing",
            *([f"left to the next look: {_named(found.waiting)}"] if found.waiting else []),
            *([f"files of days that have no partition: {_named(strange)}"] if strange else []),
            *([problem] if problem else []),
        ]
    )


def _named(things: Sequence[str]) -> str:
    others = len(things) - _NAMED
    return ", ".join(things[:_NAMED]) + (f" and {others} more" if others > 0 else "")
