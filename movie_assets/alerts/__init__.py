"""Subscribers of a day: alerts go to people, every evaluation to services."""

from typing import Any

from movie_assets.alerts.base import Publisher, Publishers
from movie_assets.alerts.evaluation import Evaluation
from movie_assets.alerts.message import Alert, FailedRule, Judged, State, alert_of, judged_of, rules_failed
from movie_assets.alerts.outbox import Outbox
from movie_assets.settings import Settings

__all__ = [
    "Alert",
    "Evaluation",
    "FailedRule",
    "Judged",
    "Outbox",
    "Publisher",
    "Publishers",
    "State",
    "alert_of",
    "configured_publishers",
    "judged_of",
    "rules_failed",
]


def configured_publishers(settings: Settings) -> Publishers:
    """All configured subscribers, the outbox first; nothing is created or connected until it is used."""
    publishers: list[Publisher[Any]] = [Outbox(settings.outbox)]
    # Each of these modules imports boto3.
    if settings.sns_topic:
        from movie_assets.alerts.sns import SnsTopic

        publishers.append(SnsTopic(settings.sns_topic))
    if settings.event_bus:
        from movie_assets.alerts.eventbridge import EventBus

        publishers.append(EventBus(settings.event_bus))
    if settings.cloudwatch_metrics:
        from movie_assets.alerts.cloudwatch import CloudWatchMetrics

        publishers.append(CloudWatchMetrics())
    return tuple(publishers)
