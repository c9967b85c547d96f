"""Subscribers of a day: publishers send alerts to people, recorders send every evaluation to services."""

from movie_assets.alerts.base import Audience, Publisher, Recorder
from movie_assets.alerts.evaluation import Evaluation
from movie_assets.alerts.message import Alert, FailedRule, Judged, State, alert_of, judged_of, rules_failed
from movie_assets.alerts.outbox import Outbox
from movie_assets.settings import Settings

__all__ = [
    "Alert",
    "Audience",
    "Evaluation",
    "FailedRule",
    "Judged",
    "Outbox",
    "Publisher",
    "Recorder",
    "State",
    "alert_of",
    "configured_audience",
    "judged_of",
    "rules_failed",
]


def configured_audience(settings: Settings) -> Audience:
    """All configured subscribers, the outbox first; nothing is created or connected until it is used."""
    publishers: list[Publisher] = [Outbox(settings.outbox)]
    recorders: list[Recorder] = []
    # Each of these modules imports boto3.
    if settings.sns_topic:
        from movie_assets.alerts.sns import SnsTopic

        publishers.append(SnsTopic(settings.sns_topic))
    if settings.event_bus:
        from movie_assets.alerts.eventbridge import EventBus

        recorders.append(EventBus(settings.event_bus))
    if settings.cloudwatch_metrics:
        from movie_assets.alerts.cloudwatch import CloudWatchMetrics

        recorders.append(CloudWatchMetrics())
    return Audience(tuple(publishers), tuple(recorders))
