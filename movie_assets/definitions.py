"""START HERE: for every feed its assets, checks, job, schedule and sensors, by name."""

import dagster as dg

from movie_assets.alerts import configured_publishers
from movie_assets.feeds import feeds
from movie_assets.pipeline.assets import feed_assets
from movie_assets.pipeline.checks import rule_checks
from movie_assets.pipeline.file_arrival import file_arrival
from movie_assets.pipeline.ingestion import Ingestion, configured_ingestion
from movie_assets.pipeline.schedules import daily_schedule, day_job
from movie_assets.pipeline.sensors import failed_rules_alert
from movie_assets.settings import Settings, settings


@dg.definitions
def definitions() -> dg.Definitions:
    """The pipelines of all feeds with the current settings; an invalid ruleset is rejected here."""
    return all_pipelines(settings())


def all_pipelines(settings: Settings) -> dg.Definitions:
    """The pipelines of all feeds.

    Raises:
        RulesetError: a ruleset is invalid, with line, caret and hint.
        FeedError: a feed is invalid, or feeds conflict.
    """
    return dg.Definitions.merge(*(pipeline(configured_ingestion(settings, feed)) for feed in feeds(settings)))


def pipeline(ingestion: Ingestion) -> dg.Definitions:
    """The pipeline of one feed."""
    job = day_job(ingestion.keys)
    return dg.Definitions(
        assets=feed_assets(ingestion),  # the raw file; validated and bad rows, rule outcomes; the table; its aggregates
        asset_checks=[rule_checks(ingestion)],  # a check per rule, and the gate before the load
        jobs=[job],
        schedules=[daily_schedule(job, ingestion)],
        sensors=[
            file_arrival(job, ingestion),
            failed_rules_alert(ingestion, configured_publishers(ingestion.settings)),
        ],
        executor=dg.in_process_executor,
    )
