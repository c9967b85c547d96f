"""Health checks of topic, bus and metrics: no alert is sent without --send, and missing resources are named."""

from collections.abc import Callable
from typing import Any

import pytest

from movie_assets.alerts.cloudwatch import EXAMINED, FAILED, NAMESPACE, PASSED
from movie_assets_tests.doctor.conftest import Findings, failed
from movie_assets_tests.support.aws_local import Inbox
from movie_assets_tests.support.ministack import Ministack

Examined = Callable[..., Findings]
ACCOUNT = "arn:aws:{service}:us-east-1:000000000000:{name}"


@pytest.fixture(params=["doctor", "doctor.fifo"])
def topic(request: pytest.FixtureRequest, ministack: Ministack, aws_environment: dict[str, str]) -> str:
    fifo = {"FifoTopic": "true"} if request.param.endswith(".fifo") else {}
    return str(ministack.client("sns").create_topic(Name=request.param, Attributes=fifo)["TopicArn"])


def test_a_topic_is_not_told(examined: Examined, ministack: Ministack, topic: str) -> None:
    inbox = Inbox(ministack, topic, "quiet" + topic.rpartition("doctor")[2])
    found = examined(MOVIES_SNS_TOPIC=topic)["SNS", "publish"]
    assert (found.status, found.hint) == (
        "not verified",
        "movies doctor --send sends a trial alert to all who listen to the topic",
    )
    assert topic in found.said
    assert inbox.messages() == []
    assert examined(send=True)["SNS", "publish"].status == "ok"
    [received] = inbox.messages(wait_seconds=20)
    assert "No rule failed." in received["Message"]


def test_a_topic_that_is_not_there(examined: Examined, aws_environment: dict[str, str]) -> None:
    topic = ACCOUNT.format(service="sns", name="nowhere")
    found = examined(MOVIES_SNS_TOPIC=topic)
    assert failed(found) == {("SNS", "publish")}
    assert f"SNS Publish: {topic} is not in this account and region" in found["SNS", "publish"].said
    assert found["SNS", "publish"].hint == "create it, or correct MOVIES_SNS_TOPIC or AWS_REGION"


@pytest.fixture
def heard(ministack: Ministack, aws_environment: dict[str, str]) -> Callable[[], list[Any]]:
    """What a rule for all of the pipeline's events takes off the bus `doctor`."""
    events, sns = ministack.client("events"), ministack.client("sns")
    events.create_event_bus(Name="doctor")
    topic = sns.create_topic(Name="heard")["TopicArn"]
    inbox = Inbox(ministack, topic, "heard")
    pattern = '{"source": ["movie_assets"]}'
    events.put_rule(Name="failed", EventBusName="doctor", EventPattern=pattern)
    events.put_targets(Rule="failed", EventBusName="doctor", Targets=[{"Id": "topic", "Arn": topic}])
    return lambda: inbox.messages(wait_seconds=1)


def test_rules_on_a_bus_hear_only_what_was_asked_for(examined: Examined, heard: Callable[[], list[Any]]) -> None:
    found = examined(MOVIES_EVENT_BUS="doctor")["EventBridge", "put an event"]
    assert found.status == "ok"
    assert "of the source movie_assets.doctor" in found.said
    assert examined(send=True)["EventBridge", "put an event"].status == "ok"
    [received] = heard()
    assert '"rulesetNames": ["a trial"]' in received["Message"]


def test_a_bus_that_is_not_there(examined: Examined, aws_environment: dict[str, str]) -> None:
    found = examined(MOVIES_EVENT_BUS="nowhere")
    assert failed(found) == {("EventBridge", "put an event")}
    said = "EventBridge DescribeEventBus: the event bus nowhere is not in this account and region"
    assert said in found["EventBridge", "put an event"].said


def test_metrics_get_one_that_stands_for_nothing_else(
    examined: Examined, ministack: Ministack, aws_environment: dict[str, str]
) -> None:
    assert examined(MOVIES_CLOUDWATCH_METRICS="true")["CloudWatch", "put a metric"].status == "ok"
    metrics = ministack.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert [metric["MetricName"] for metric in metrics] == [EXAMINED]
    assert EXAMINED not in (PASSED, FAILED)
