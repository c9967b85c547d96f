"""Topic, bus and metrics down for a while: each gets its messages in the end, once, and delays no other."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.alerts import configured_publishers
from movie_assets.errors import PublishError
from movie_assets.lake import open_lake
from movie_assets.pipeline.alerting import Delivery, deliver, deliver_from_command_line
from movie_assets.pipeline.home import open_instance
from movie_assets.pipeline.sensors import failed_rules_alert
from movie_assets.settings import Settings
from movie_assets_tests.alerts.test_cloudwatch import read_back
from movie_assets_tests.alerts.test_eventbridge import listened
from movie_assets_tests.support.aws_local import Inbox
from movie_assets_tests.support.fixtures import aws_environment, ministack
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.pipeline import ingestion, land_golden, run
from movie_assets_tests.support.proxy import FaultProxy
from movie_assets_tests.support.waiting import PATIENCE

__all__ = ["aws_environment", "ministack"]

ENDPOINTS = {"sns": "SNS", "eventbridge": "EVENTBRIDGE", "cloudwatch": "CLOUDWATCH"}
SAID = {"sns": "SNS Publish", "eventbridge": "EventBridge PutEvents", "cloudwatch": "CloudWatch PutMetricData"}
SOON = 5
_numbers = count(1)


class Told:
    """A topic, a bus and metrics that are this test's own, each behind a proxy, and what arrived there."""

    def __init__(self, server: Ministack, proxies: dict[str, FaultProxy]) -> None:
        self.proxies = proxies
        self.name = f"alerting-{next(_numbers)}"
        self.topic = server.client("sns").create_topic(Name=self.name)["TopicArn"]
        self.ruleset = f"{self.name}.dqdl"
        self._server = server
        self._alerts = Inbox(server, self.topic, self.name)
        self._events = listened(server, self.name, {"source": ["movie_assets"]})

    def settings(self, given: Settings, folder: Path) -> Settings:
        (folder / self.ruleset).write_text('Rules = [ IsComplete "genre", RowCount > 5000 ]')
        own = {"sns_topic": self.topic, "event_bus": self.name, "cloudwatch_metrics": True}
        return given.model_copy(update={**own, "ruleset": folder / self.ruleset})

    def arrived(self, alerts: Sequence[str] = (), events: Sequence[str] = ()) -> bool:
        """Whether the alerts of these keys and the events of these results have come since the last look, no more."""
        alerted = self._alerts.messages(SOON if alerts else 0)
        heard = self._events.messages(SOON if events else 0)
        keys = [told["MessageAttributes"]["idempotency_key"]["Value"] for told in alerted]
        results = [json.loads(told["Message"])["detail"]["resultId"] for told in heard]
        assert (keys, results) == ([*alerts], [*events])
        return True

    def counted(self) -> float:
        """Failed rules in the metrics."""
        found = read_back(self._server, "glue.data.quality.rules.failed", self.name)
        return found[2] if found else 0

    @contextmanager
    def down(self, service: str) -> Iterator[None]:
        with self.proxies[service].down():
            yield


@pytest.fixture
def told(ministack: Ministack, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    proxies = {service: FaultProxy(ministack.port).start() for service in ENDPOINTS}
    for service, variable in ENDPOINTS.items():
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{variable}", proxies[service].endpoint)
    yield Told(ministack, proxies)
    for proxy in proxies.values():
        proxy.stop()


@pytest.fixture
def given(own_settings: Settings, told: Told, tmp_path: Path) -> Settings:
    return told.settings(own_settings, tmp_path)


def judge(settings: Settings, instance: dg.DagsterInstance) -> str:
    """Judge the day; the evaluation's id."""
    land_golden(settings)
    assert run(settings, instance).success
    report = open_lake(settings.lake).report(open_lake(settings.lake).days()[0])
    assert report is not None
    return report.evaluation_id


def look(settings: Settings, instance: dg.DagsterInstance, cursor: str | None) -> Delivery:
    publishers = configured_publishers(settings)
    return deliver(ingestion(settings), instance, publishers, cursor, datetime.now(UTC))


def tick(settings: Settings, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    sensor = failed_rules_alert(ingestion(settings), configured_publishers(settings))
    result = sensor(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return result


@pytest.mark.parametrize("service", ENDPOINTS)
def test_who_is_down_is_told_later_and_holds_up_nobody(
    given: Settings, instance: dg.DagsterInstance, told: Told, service: str
) -> None:
    evaluation = judge(given, instance)
    alert, event = [f"{evaluation}-rules-failed"], [f"dqresult-{evaluation}"]
    at_once = {
        "alerts": [] if service == "sns" else alert,
        "events": [] if service == "eventbridge" else event,
    }
    later = {"alerts": alert if service == "sns" else [], "events": event if service == "eventbridge" else []}
    with told.down(service):
        first = look(given, instance, None)
        assert SAID[service] in (first.problem or "")
        assert told.arrived(**at_once)
        assert told.counted() == (0 if service == "cloudwatch" else 1)
        with pytest.raises(PublishError, match=SAID[service]):  # a red tick, for as long as it takes
            tick(given, instance, first.cursor)
        assert told.arrived()
    after = tick(given, instance, first.cursor)
    assert told.arrived(**later)
    assert told.counted() == 1
    assert tick(given, instance, after.cursor).cursor == after.cursor
    assert told.arrived()


def test_the_command_line_goes_on_where_a_topic_was_down_and_the_sensor_tells_nobody_again(
    given: Settings, instance: dg.DagsterInstance, told: Told
) -> None:
    evaluation = judge(given, instance)

    def deliver_now() -> Delivery:
        return deliver_from_command_line(ingestion(given), instance, configured_publishers(given), datetime.now(UTC))

    with told.down("sns"):
        stuck = deliver_now()
        assert (stuck.sent, SAID["sns"] in (stuck.problem or "")) == (1, True)  # the outbox has it
        assert told.arrived(events=[f"dqresult-{evaluation}"])
    assert deliver_now().problem is None
    assert told.arrived(alerts=[f"{evaluation}-rules-failed"])
    tick(given, instance, None)
    assert told.arrived()
    assert told.counted() == 1


def test_what_passed_is_an_event_and_no_alert(given: Settings, instance: dg.DagsterInstance, told: Told) -> None:
    given.ruleset.write_text('Rules = [ IsComplete "genre" ]')
    evaluation = judge(given, instance)
    assert look(given, instance, None).problem is None
    assert told.arrived(events=[f"dqresult-{evaluation}"])


def test_who_comes_later_is_told_of_the_last_day_and_nobody_twice(
    given: Settings, instance: dg.DagsterInstance, told: Told
) -> None:
    evaluation = judge(given, instance)
    alone = given.model_copy(update={"sns_topic": None, "event_bus": None, "cloudwatch_metrics": False})
    outbox_only = look(alone, instance, None)
    assert (outbox_only.sent, told.arrived()) == (1, True)
    with_topic = alone.model_copy(update={"sns_topic": told.topic})
    joined = look(with_topic, instance, outbox_only.cursor)
    assert told.arrived(alerts=[f"{evaluation}-rules-failed"])
    left = look(alone, instance, joined.cursor)
    assert "sns" not in json.loads(left.cursor)
    look(with_topic, instance, left.cursor)
    assert told.arrived()
    assert len(list(given.outbox.glob("*.json"))) == 1


def test_a_cursor_from_when_there_was_only_the_outbox(
    given: Settings, instance: dg.DagsterInstance, told: Told
) -> None:
    judge(given, instance)
    alone = given.model_copy(update={"sns_topic": None, "event_bus": None, "cloudwatch_metrics": False})
    place = json.loads(look(alone, instance, None).cursor)["outbox"]
    judge(given, instance)
    told_since = look(given, instance, json.dumps(place))
    assert (told_since.problem, len(list(given.outbox.glob("*.json")))) == (None, 2)


KILLED = """
import os, signal
from datetime import UTC, datetime
from movie_assets.alerts import configured_publishers
from movie_assets.alerts.sns import SnsTopic
from movie_assets.pipeline.alerting import deliver_from_command_line
from movie_assets.pipeline.home import open_instance
from movie_assets.settings import settings
from movie_assets_tests.support.pipeline import ingestion

publish = SnsTopic.publish
def publish_and_die(self, alert):
    publish(self, alert)
    os.kill(os.getpid(), signal.SIGKILL)
SnsTopic.publish = publish_and_die
with open_instance(settings()) as instance:
    found = settings()
    deliver_from_command_line(ingestion(found), instance, configured_publishers(found), datetime.now(UTC))
"""


def test_killed_between_telling_and_noting_it_tells_again_by_the_same_key(given: Settings, told: Told) -> None:
    names = ("lake", "warehouse", "outbox", "dagster_home", "ruleset", "sns_topic")
    variables = {f"MOVIES_{name.upper()}": str(getattr(given, name)) for name in names}
    with open_instance(given) as instance:
        evaluation = judge(given, instance)
        killed = subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, **variables}, timeout=PATIENCE)
        assert killed.returncode == -signal.SIGKILL
        assert told.arrived(alerts=[f"{evaluation}-rules-failed"])
        assert look(given, instance, None).problem is None
    assert told.arrived(alerts=[f"{evaluation}-rules-failed"], events=[f"dqresult-{evaluation}"])
    assert len(list(given.outbox.glob("*.json"))) == 1
