"""Alerts on a topic of SNS: what arrives in queues, by which filters, and what is said where nothing does."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from movie_assets.alerts import Alert, FailedRule
from movie_assets.alerts.sns import MAX_BODY, SnsTopic
from movie_assets.errors import PublishError
from movie_assets_tests.alerts.test_contract import alert
from movie_assets_tests.support.aws_local import Inbox
from movie_assets_tests.support.days import judged_as
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults

SOON, NOT_AT_ALL = 5, 0
_numbers = count(1)


@pytest.fixture
def arn(ministack: Ministack, aws_environment: dict[str, str]) -> str:
    return str(ministack.client("sns").create_topic(Name=f"alerts-{next(_numbers)}")["TopicArn"])


def inbox(ministack: Ministack, arn: str, policy: dict[str, Any] | None = None) -> Inbox:
    return Inbox(ministack, arn, f"alerts-{next(_numbers)}", policy)


def test_what_arrives(ministack: Ministack, arn: str) -> None:
    received = inbox(ministack, arn)
    SnsTopic(arn).publish(alert())
    [told] = received.messages(SOON)
    assert (told["Subject"], told["Message"]) == (alert().subject, alert().body)
    assert {name: (found["Type"], found["Value"]) for name, found in told["MessageAttributes"].items()} == {
        "feed": ("String", "movies"),
        "state": ("String", "FAILED"),
        "day": ("String", "2024-03-24"),
        "ruleset": ("String", "imdb_movies_rating"),
        "score": ("Number", "0.5000"),
        "rules_passed": ("Number", "1"),
        "rules_failed": ("Number", "1"),
        "quarantined": ("Number", "2"),
        "run_id": ("String", "run-of-e1"),
        "idempotency_key": ("String", "e1-rules-failed"),
    }


@pytest.mark.parametrize(
    ("policy", "passes"),
    [
        ({"ruleset": ["imdb_movies_rating"]}, True),
        ({"ruleset": ["another"]}, False),
        ({"day": [{"prefix": "2024-03"}], "state": ["FAILED"]}, True),
        ({"score": [{"numeric": ["<", 0.9]}]}, True),
        ({"score": [{"numeric": [">=", 0.9]}]}, False),
        ({"rules_failed": [{"numeric": [">", 0, "<=", 1]}]}, True),
        ({"quarantined": [{"numeric": [">", 2]}]}, False),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_subscribers_may_filter(ministack: Ministack, arn: str, policy: dict[str, Any], passes: bool) -> None:
    everything, filtered = inbox(ministack, arn), inbox(ministack, arn, policy)
    SnsTopic(arn).publish(alert())
    assert len(everything.messages(SOON)) == 1
    assert len(filtered.messages(NOT_AT_ALL)) == passes


def test_a_day_without_rules_has_no_score(ministack: Ministack, arn: str) -> None:
    received = inbox(ministack, arn)
    SnsTopic(arn).publish(judged_as(alert(), score=None))
    [told] = received.messages(SOON)
    assert "score" not in told["MessageAttributes"]


def test_a_long_alert_is_shortened_at_a_line(ministack: Ministack, arn: str) -> None:
    received = inbox(ministack, arn)
    rules = tuple(FailedRule(f'IsComplete "ß{number:05}"', "ß" * 90, 1) for number in range(2000))
    long = judged_as(alert(), failed=rules)
    assert len(long.body.encode()) > 262_144
    SnsTopic(arn).publish(long)
    [told] = received.messages(SOON)
    assert len(told["Message"].encode()) < MAX_BODY + 100
    *kept, last = told["Message"].splitlines()
    assert last == "... and more: movies show rules --day 2024-03-24"
    assert kept == long.body.splitlines()[: len(kept)]


def test_what_no_queue_can_hold_is_escaped(ministack: Ministack, arn: str) -> None:
    received = inbox(ministack, arn)
    SnsTopic(arn).publish(judged_as(alert(), failed=(FailedRule('CustomSql "\x00\x1b"', None, None),), ruleset="a\x01"))
    [told] = received.messages(SOON)
    assert 'CustomSql "\\x00\\x1b"' in told["Message"]
    assert told["MessageAttributes"]["ruleset"]["Value"] == "a\\x01"


def test_a_fifo_topic_tells_once(ministack: Ministack, aws_environment: dict[str, str]) -> None:
    arn = ministack.client("sns").create_topic(Name="alerts.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    received = Inbox(ministack, arn, "alerts.fifo")
    for told in (alert(), alert(), alert("e2")):
        SnsTopic(arn).publish(told)
    keys = [message["MessageAttributes"]["idempotency_key"]["Value"] for message in received.messages(SOON)]
    keys += [message["MessageAttributes"]["idempotency_key"]["Value"] for message in received.messages(1)]
    assert keys == ["e1-rules-failed", "e2-rules-failed"]


def refused(topic: SnsTopic, told: Alert | None = None) -> PublishError:
    with pytest.raises(PublishError) as caught:
        topic.publish(told or alert())
    assert caught.value.message.startswith("Can't tell the topic of 2024-03-24: SNS Publish: ")
    assert "planted" not in f"{caught.value}{caught.value.__cause__}"
    return caught.value


def test_a_topic_that_is_not_there(arn: str) -> None:
    found = refused(SnsTopic(arn + "x"))
    assert f"{arn}x is not in this account and region (NotFound" in found.message
    assert found.hint == "create it, or correct MOVIES_SNS_TOPIC or AWS_REGION"


def test_it_is_asked_in_the_topics_own_region(arn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    topic = SnsTopic(arn)
    topic.publish(alert())
    assert topic._service.client.meta.region_name == "us-east-1"


@pytest.mark.parametrize(
    ("variables", "reason", "hint"),
    [
        ({"AWS_ACCESS_KEY_ID": ""}, "no credentials were found", "give this process credentials"),
        ({"AWS_PROFILE": "nobody"}, "the profile named in AWS_PROFILE does not exist", "correct AWS_PROFILE"),
        (
            {"AWS_ENDPOINT_URL": "http://me:planted@127.0.0.1:1"},
            "http://127.0.0.1:1 can't be reached",
            "needs an endpoint for sns",
        ),
    ],
    ids=["no keys", "no profile", "no host, a password in its address"],
)
def test_an_environment_that_is_wrong(
    arn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, variables: dict[str, str], reason: str, hint: str
) -> None:
    for file in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(file, str(tmp_path / "none"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    found = refused(SnsTopic(arn))
    assert reason in found.message
    assert hint in (found.hint or "")


@pytest.mark.parametrize(
    ("faults", "reason", "hint"),
    [
        (Faults(blackhole=True), "does not answer any more", "look at the network"),
        (Faults(http_503=9), "the service has a fault of its own (503)", "run again later"),
        (Faults(reset_after=0), "does not answer any more", "look at the network"),
    ],
    ids=["black hole", "503", "reset"],
)
def test_a_network_that_fails(
    arn: str,
    monkeypatch: pytest.MonkeyPatch,
    aws_proxy: FaultProxy,
    impatient: Callable[..., Any],
    faults: Faults,
    reason: str,
    hint: str,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_proxy.endpoint)
    with aws_proxy.fault(faults):
        found = refused(SnsTopic(arn, client_factory=impatient))
    assert reason in found.message
    assert hint in (found.hint or "")


def test_a_certificate_nobody_vouches_for(arn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ministack(enforced=True) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
        found = refused(SnsTopic(arn))
        assert f"the certificate of {server.endpoint} is not trusted" in found.message
        monkeypatch.setenv("AWS_CA_BUNDLE", str(server.authority))
        assert "is not in this account and region" in refused(SnsTopic(arn)).message
