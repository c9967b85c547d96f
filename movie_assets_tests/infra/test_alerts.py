"""From the pipeline's event to the person's message, and where it goes when nobody takes it."""

import json
import re
from typing import Any

import pytest

from movie_assets.alerts.eventbridge import EventBus
from movie_assets.alerts.sns import SnsTopic
from movie_assets.errors import PublishError
from movie_assets_tests.alerts.test_contract import alert
from movie_assets_tests.alerts.test_eventbridge import EVALUATION
from movie_assets_tests.infra.stacks import DETAIL, DETAIL_TYPE, EVENT
from movie_assets_tests.support.aws_local import Inbox
from movie_assets_tests.support.ministack import REGION, Ministack
from movie_assets_tests.support.stack import ACCOUNT, Stack, deploy


def test_failed_rules_are_told_in_readable_text(stack: Stack) -> None:
    inbox = Inbox(stack.aws, stack.outputs["AlertTopicArn"], "inbox")
    events = [
        {
            **EVENT,
            "Source": source,
            "Detail": json.dumps(DETAIL | {"state": state}),
            "Resources": ["arn:aws:s3:::lake/movies/rule_outcome/ingest_date=2024-03-24/"],
        }
        for source, state in [("movie_assets", "SUCCEEDED"), ("another", "FAILED"), ("movie_assets", "FAILED")]
    ]
    assert stack.pipeline("events").put_events(Entries=events)["FailedEntryCount"] == 0
    (received,) = inbox.messages(wait_seconds=20)
    *lines, origin = received["Message"].splitlines()
    assert lines == [
        '"Data quality: 1 rules failed, 3 passed, 0 were skipped. Score 0.75 (1 is best)."',
        '"Ruleset: [imdb_movies_rating]"',
        '"Evaluated: {contextType: GLUE_JOB, jobName: movies_day, evaluationContext: 2024-03-24}"',
        '"Result: dqresult-1 [arn:aws:s3:::lake/movies/rule_outcome/ingest_date=2024-03-24/]"',
    ]
    assert re.fullmatch(rf'"From movie_assets at \S+Z, account {ACCOUNT}, region {REGION}\."', origin)


@pytest.mark.parametrize(
    ("changed", "matches"),
    [
        ({}, True),
        ({"source": "movie_assets"}, True),
        ({"source": "aws.glue"}, False),
        ({"detail-type": "Glue Job State Change"}, False),
        ({"detail": DETAIL | {"state": "SUCCEEDED"}}, False),
    ],
    ids=["of Glue", "of the pipeline", "of others", "of another kind", "without failed rules"],
)
def test_the_rule_takes_events(stack: Stack, changed: dict[str, Any], matches: bool) -> None:
    event = {
        "id": "1",
        "source": "aws.glue-dataquality",
        "detail-type": DETAIL_TYPE,
        "account": ACCOUNT,
        "time": "2024-03-24T10:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": DETAIL,
    }
    rule = stack.rule()
    assert (rule["State"], rule["EventBusName"]) == ("ENABLED", "default")
    tried = stack.aws.client("events").test_event_pattern(
        EventPattern=rule["EventPattern"], Event=json.dumps(event | changed)
    )
    assert tried["Result"] is matches


def test_what_the_topic_refuses_may_go_to_the_queue(stack: Stack) -> None:
    rule = stack.rule()
    (target,) = stack.aws.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    found = stack.aws.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["DeadLetterQueueUrl"], AttributeNames=["All"]
    )["Attributes"]
    assert target["DeadLetterConfig"] == {"Arn": found["QueueArn"]}
    assert found["MessageRetentionPeriod"] == "1209600"
    topic = stack.aws.client("sns").get_topic_attributes(TopicArn=stack.outputs["AlertTopicArn"])["Attributes"]
    for policy, action, resource in [
        (found["Policy"], "sqs:SendMessage", found["QueueArn"]),
        (topic["Policy"], "sns:Publish", target["Arn"]),
    ]:
        (statement,) = json.loads(policy)["Statement"]
        assert statement == {
            "Sid": "FailedRulesRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": action,
            "Resource": resource,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule["Arn"]}},
        }


def test_the_pipeline_tells_the_topic_itself_where_asked_to(aws: Ministack) -> None:
    stack = deploy(aws, "told", AlertsVia="pipeline", AlertEmail="someone@example.com")
    topic = stack.settings["MOVIES_SNS_TOPIC"]
    stack.pipeline("sns").publish(TopicArn=topic, Message="failed")
    assert json.loads(stack.rule()["EventPattern"])["source"] == ["aws.glue-dataquality"]
    (subscribed,) = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscribed["Protocol"], subscribed["Endpoint"]) == ("email", "someone@example.com")


def test_what_the_role_may_not_tell_is_told_with_the_action(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in stack.aws.environment(stack.credentials()).items():
        monkeypatch.setenv(name, value)
    topic = stack.outputs["AlertTopicArn"]  # by default the rule tells it, and nobody else may
    with pytest.raises(PublishError, match="SNS Publish: access denied") as told:
        SnsTopic(topic).publish(alert())
    assert told.value.hint == f"allow sns:Publish on {topic} for these credentials"
    with pytest.raises(PublishError, match="EventBridge PutEvents: access denied") as recorded:
        EventBus("another").publish(EVALUATION)
    assert recorded.value.hint == "allow events:PutEvents on the event bus another for these credentials"
