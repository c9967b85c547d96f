"""The contract of every publisher."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from movie_assets.alerts import Alert, Outbox, Publisher, alert_of
from movie_assets.alerts.sns import SnsTopic
from movie_assets_tests.support.aws_local import Inbox
from movie_assets_tests.support.days import day_report

_numbers = count(1)
Told = Callable[[], list[str]]
"""The keys that people were told about so far, sorted."""


def alert(evaluation_id: str = "e1") -> Alert:
    made = alert_of(day_report(evaluation_id=evaluation_id))
    assert made is not None
    return made


@pytest.fixture(params=["outbox", "sns"])
def publisher_and_told(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Publisher[Alert], Told]:
    if request.param == "outbox":
        folder = tmp_path / "alerts"
        return Outbox(folder), lambda: sorted(
            json.loads(path.read_text())["idempotency_key"] for path in folder.glob("*.json")
        )
    request.getfixturevalue("aws_environment")
    server, name = request.getfixturevalue("ministack"), f"contract-{next(_numbers)}"
    arn = server.client("sns").create_topic(Name=name)["TopicArn"]
    inbox = Inbox(server, arn, name)
    # Told twice of one key, a subscriber knows by it.
    return SnsTopic(arn), lambda: sorted(
        {message["MessageAttributes"]["idempotency_key"]["Value"] for message in inbox.messages(5)}
    )


def test_each_alert_is_told_once(publisher_and_told: tuple[Publisher[Alert], Told]) -> None:
    publisher, told = publisher_and_told
    publisher.publish(alert())
    publisher.publish(alert("e2"))
    publisher.publish(alert())
    assert told() == ["e1-rules-failed", "e2-rules-failed"]


def test_an_alert_that_differs_only_in_its_run_is_the_same(publisher_and_told: tuple[Publisher[Alert], Told]) -> None:
    publisher, told = publisher_and_told
    publisher.publish(alert())
    publisher.publish(replace(alert(), run_id="retried"))
    assert told() == ["e1-rules-failed"]
