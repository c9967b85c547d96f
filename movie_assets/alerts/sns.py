"""Alerts to an SNS topic: text for people, attributes for filter policies."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from movie_assets.alerts.message import Alert
from movie_assets.aws.services import ClientFactory, Service, code_of, make_client, region_of
from movie_assets.errors import NotVerifiedError, PublishError
from movie_assets.findings import Finding, attempt
from movie_assets.program import PROGRAM, command
from movie_assets.visible import visible

MAX_BODY = 200_000
"""Bytes. SNS accepts 262,144 including the attributes, and never accepts a longer message."""

_REFUSED = json.dumps({"nobody": "x" * 300_000})
"""A message that SNS never delivers: it lacks the required default protocol, and it is too long."""

_NUMBERS = {"score", "rules_passed", "rules_failed", "quarantined"}


class SnsTopic:
    """A `Publisher`. A FIFO topic deduplicates alerts of the same key within five minutes; on other topics,
    subscribers deduplicate by the attribute `idempotency_key`.
    """

    name = "sns"
    kind = Alert

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
        self._publish(
            f"tell the topic of {alert.day}",
            alert.idempotency_key,
            Subject=alert.subject,
            Message=_shortened(alert.body, alert),
            MessageAttributes=_attributes(alert.attributes),
        )

    def examine(self, *, send: bool) -> Iterator[Finding]:
        """Check the topic. Only a message proves that publishing works: with `send` it gets a test alert."""
        yield attempt("SNS", "publish", self._send_trial if send else self._send_nothing)

    def _send_trial(self) -> str:
        key = f"doctor-{uuid4().hex}"
        self._publish(
            "send a trial alert",
            key,
            Subject=f"{PROGRAM.capitalize()}: a trial alert",
            Message=f"Somebody tried whether alerts arrive: {command('doctor --send')}. No rule failed.\n",
            MessageAttributes=_attributes({"state": "FAILED", "ruleset": "a trial", "idempotency_key": key}),
        )
        return f"a trial alert is on its way to those who listen to {self.arn}"

    def _send_nothing(self) -> str:
        try:
            self._publish("try the topic", "doctor", Message=_REFUSED, MessageStructure="json")
        except PublishError as error:
            if not code_of(error.__cause__).startswith("Invalid"):
                raise
            # AWS does not document whether it checks permissions before it rejects such a message.
            raise NotVerifiedError(
                f"SNS answers; that {self.arn} is there and may be told shows only when something is sent.",
                f"{command('doctor --send')} sends a trial alert to all who listen to the topic",
            ) from error
        return self.arn

    def _publish(self, doing: str, key: str, **message: Any) -> None:
        once: dict[str, str] = {}
        if self.arn.endswith(".fifo"):
            once = {"MessageGroupId": PROGRAM, "MessageDeduplicationId": key}
        self._service.call(doing, "publish", TopicArn=self.arn, **message, **once)


def _attributes(values: dict[str, str]) -> dict[str, Any]:
    """Without empty ones, which SNS rejects; numbers stay numbers, so that `{"numeric": ["<", 0.9]}` matches."""
    return {
        name: {"DataType": "Number" if name in _NUMBERS else "String", "StringValue": visible(value)}
        for name, value in values.items()
        if value
    }


def _shortened(body: str, alert: Alert) -> str:
    if len(body.encode()) <= MAX_BODY:
        return body
    kept = body.encode()[:MAX_BODY].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n... and more: {command(f'show rules --day {alert.day}', alert.feed)}\n"
