"""Subscribers of a day: alerts go to people, every evaluation to services."""

from collections.abc import Iterator
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


def configured_publishers(settings: Settings, *, once: bool = False) -> Publishers:
    """All configured subscribers, the outbox first; nothing is created or connected until it is used.

    `once` is for health checks, which report every error.
    """
    publishers: list[Publisher[Any]] = [Outbox(settings.outbox)]
    if settings.sns_topic or settings.event_bus or settings.cloudwatch_metrics:
        publishers += _on_aws(settings, once)
    return tuple(publishers)


def _on_aws(settings: Settings, once: bool) -> Iterator[Publisher[Any]]:
    # Each of these modules imports boto3.
    from movie_assets.alerts.cloudwatch import CloudWatchMetrics
    from movie_assets.alerts.eventbridge import EventBus
    from movie_assets.alerts.sns import SnsTopic
    from movie_assets.aws.services import make_client, make_client_once

    factory = make_client_once if once else make_client
    if settings.sns_topic:
        yield SnsTopic(settings.sns_topic, client_factory=factory)
    if settings.event_bus:
        yield EventBus(settings.event_bus, client_factory=factory)
    if settings.cloudwatch_metrics:
        yield CloudWatchMetrics(client_factory=factory)
