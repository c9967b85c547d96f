"""Evaluations as events: in Glue's shape, past rules, and what is said where an entry fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import pytest

from movie_assets.alerts import Evaluation
from movie_assets.alerts.eventbridge import EventBus
from movie_assets.errors import PublishError
from movie_assets_tests.support.aws_local import Inbox
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy

EVALUATION = Evaluation(
    evaluation_id="e1",
    day=date(2024, 3, 24),
    run_id="run-of-e1",
    job="movies_day",
    ruleset="imdb_movies_rating",
    score=0.75,
    rules_passed=3,
    rules_failed=1,
    outcomes="s3://lake/movies/rule_outcome/ingest_date=2024-03-24/",
)
SOON = 5
_numbers = count(1)


def listened(ministack: Ministack, bus: str, pattern: dict[str, Any]) -> Inbox:
    """What a rule on a bus sends on, by a topic."""
    name = f"events-{next(_numbers)}"
    events, topic = ministack.client("events"), ministack.client("sns").create_topic(Name=name)["TopicArn"]
    if bus != "default":
        events.create_event_bus(Name=bus)
    inbox = Inbox(ministack, topic, name)
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "topic", "Arn": topic}])
    return inbox


@pytest.mark.parametrize("by", ["name", "arn"])
def test_an_event_as_glue_sends_it(ministack: Ministack, aws_environment: dict[str, str], by: str) -> None:
    inbox = listened(ministack, f"quality-{by}", {"detail-type": ["Data Quality Evaluation Results Available"]})
    bus = ministack.client("events").describe_event_bus(Name=f"quality-{by}")["Arn"] if by == "arn" else f"quality-{by}"
    EventBus(bus).publish(EVALUATION)
    [told] = inbox.messages(SOON)
    event = json.loads(told["Message"])
    assert event["source"] == "movie_assets"
    assert event["resources"] == ["arn:aws:s3:::lake/movies/rule_outcome/ingest_date=2024-03-24/"]
    assert event["detail"] == {
        "resultId": "dqresult-e1",
        "context": {
            "contextType": "GLUE_JOB",
            "jobId": "run-of-e1",
            "jobName": "movies_day",
            "evaluationContext": "2024-03-24",
        },
        "rulesetNames": ["imdb_movies_rating"],
        "state": "FAILED",
        "score": 0.75,
        "numRulesSucceeded": 3,
        "numRulesFailed": 1,
        "numRulesSkipped": 0,
    }


@pytest.mark.parametrize(
    ("evaluation", "state", "heard"),
    [
        (replace(EVALUATION, rules_failed=0, score=1.0), "SUCCEEDED", 1),
        (replace(EVALUATION, rules_failed=0, score=1.0), "FAILED", 0),
        (EVALUATION, "FAILED", 1),
    ],
    ids=["passed, heard by who asks for it", "passed, no failure", "failed"],
)
def test_every_evaluation_is_an_event(
    ministack: Ministack, aws_environment: dict[str, str], evaluation: Evaluation, state: str, heard: int
) -> None:
    everything = listened(ministack, "default", {"source": ["movie_assets"]})
    some = listened(ministack, "default", {"source": ["movie_assets"], "detail": {"state": [state]}})
    EventBus("default").publish(evaluation)
    assert len(everything.messages(SOON)) == 1
    assert len(some.messages(0)) == heard


def test_without_rules_there_is_no_score_and_in_a_folder_no_resource(
    ministack: Ministack, aws_environment: dict[str, str]
) -> None:
    inbox = listened(ministack, "default", {"source": ["movie_assets"]})
    EventBus("default").publish(
        replace(EVALUATION, score=None, rules_passed=0, rules_failed=0, outcomes="/lake/rule_outcome")
    )
    [told] = inbox.messages(SOON)
    event = json.loads(told["Message"])
    assert "score" not in event["detail"]
    assert (event["detail"]["state"], event["resources"]) == ("SUCCEEDED", [])


@contextmanager
def answering(answer: dict[str, Any]) -> Iterator[str]:
    """EventBridge's HTTP with one answer to everything; ministack takes every entry."""
    content = json.dumps(answer).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.1")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("code", "said", "reason", "hint"),
    [
        ("ThrottlingException", "Rate exceeded", "too many requests (ThrottlingException: Rate exceeded)", "later"),
        ("InternalFailure", "", "the service has a fault of its own (InternalFailure)", "later"),
        ("NotAuthorizedForSourceException", "no", "access denied", "allow events:PutEvents on the event bus quality"),
    ],
    ids=["throttled", "fault", "denied"],
)
def test_an_entry_that_fails_in_an_answer_of_200(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, code: str, said: str, reason: str, hint: str
) -> None:
    with answering({"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": said}]}) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", endpoint)
        with pytest.raises(PublishError) as caught:
            EventBus("quality").publish(EVALUATION)
    assert caught.value.message.startswith(f"Can't tell the event bus of 2024-03-24: EventBridge PutEvents: {reason}")
    assert hint in (caught.value.hint or "")


def test_a_service_that_is_down(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, aws_proxy: FaultProxy, impatient: Any
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_proxy.endpoint)
    with aws_proxy.down(), pytest.raises(PublishError) as caught:
        EventBus("default", client_factory=impatient).publish(EVALUATION)
    assert f"EventBridge PutEvents: {aws_proxy.endpoint} can't be reached" in caught.value.message
    assert "needs an endpoint for events" in (caught.value.hint or "")
