"""Alerts to a topic of SNS: text for people, attributes for filter policies."""

import re
from typing import Any

from movie_assets.alerts.message import Alert
from movie_assets.aws import ClientFactory, Service, make_client, region_of
from movie_assets.errors import PublishError

MAX_BODY = 200_000
"""Bytes. SNS takes 262,144 with the attributes, and refuses what is longer for ever."""

_NUMBERS = {"score", "rules_passed", "rules_failed", "quarantined"}
_NO_TEXT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML, in which queues get it, can't hold."""


class SnsTopic:
    """A `Publisher`. A FIFO topic takes an alert of the same key once within five minutes; others take what comes, and
    subscribers tell by the attribute `idempotency_key`.
    """

    name = "sns"

    def __init__(self, arn: str, *, client_factory: ClientFactory = make_client) -> None:
        self.arn = arn
        self._service = Service(
            "sns",
            PublishError,
            resource=arn,
            setting="MOVIES_SNS_TOPIC",
            region=region_of(arn),
            client_factory=client_factory,
        )

    def __repr__(self) -> str:
        return f"SnsTopic({self.arn!r})"

    def __str__(self) -> str:
        return self.arn

    def publish(self, alert: Alert) -> None:
        once: dict[str, str] = {}
        if self.arn.endswith(".fifo"):
            once = {"MessageGroupId": "movies", "MessageDeduplicationId": alert.idempotency_key}
        self._service.call(
            f"tell the topic of {alert.day}",
            "publish",
            TopicArn=self.arn,
            Subject=_text(alert.subject),
            Message=_shortened(_text(alert.body), alert),
            MessageAttributes=_attributes({"state": "FAILED", **alert.attributes}),
            **once,
        )


def _attributes(values: dict[str, str]) -> dict[str, Any]:
    """Without empty ones, which SNS refuses; numbers as such, so that `{"numeric": ["<", 0.9]}` works on them."""
    return {
        name: {"DataType": "Number" if name in _NUMBERS else "String", "StringValue": _text(value)}
        for name, value in values.items()
        if value
    }


def _shortened(body: str, alert: Alert) -> str:
    if len(body.encode()) <= MAX_BODY:
        return body
    kept = body.encode()[:MAX_BODY].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n... and more: movies show rules --day {alert.day}\n"


def _text(text: str) -> str:
    return _NO_TEXT.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
