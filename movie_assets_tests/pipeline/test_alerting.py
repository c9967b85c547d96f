"""Finished runs with failed checks are reported once, by sensor or command line, and none is lost meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.alerts import Alert, Judged, Outbox, Publisher
from movie_assets.errors import PublishError
from movie_assets.pipeline.alerting import LOOK_BACK, Delivery, deliver, deliver_from_command_line
from movie_assets.pipeline.sensors import failed_rules_alert
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import DAY, Listener, ingestion, land_golden, land_sample, run, settings_in

pytestmark = pytest.mark.slow

NEXT_DAY = DAY + timedelta(days=1)


def look(
    settings: Settings, instance: dg.DagsterInstance, listener: Listener, cursor: str | None, **later: float
) -> Delivery:
    now = datetime.now(UTC) + timedelta(**later)
    return deliver(ingestion(settings), instance, (listener,), cursor, now)


def judged(alert: Alert) -> Judged:
    assert alert.judged is not None
    return alert.judged


def run_failing(settings: Settings, instance: dg.DagsterInstance, day: object = DAY) -> str:
    land_golden(settings, DAY if day == DAY else NEXT_DAY)
    result = run(settings, instance, DAY if day == DAY else NEXT_DAY)
    assert result.success
    return result.run_id


def test_one_alert_per_run(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    listener = Listener()
    runs = [run_failing(own_settings, instance, day) for day in (DAY, NEXT_DAY)]
    first = look(own_settings, instance, listener, None)
    assert (first.sent, first.problem) == (2, None)
    assert [alert.run_id for alert in listener.heard] == runs
    assert [alert.state for alert in listener.heard] == ["FAILED", "FAILED"]
    assert [judged(alert).rules_failed for alert in listener.heard] == [4, 4]
    again = look(own_settings, instance, listener, first.cursor)
    assert (again.sent, again.cursor) == (0, first.cursor)
    seen = json.loads(first.cursor)["listener"]["seen"]
    assert set(seen) == {"success"}


def test_a_run_that_went_well_is_no_news(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    listener, given = Listener(), settings_in(tmp_path, ruleset=tmp_path / "mine.dqdl")
    given.ruleset.write_text("Rules = [ RowCount = 1000 ]")
    run_failing(given, instance)
    seen = look(given, instance, listener, None)
    assert (seen.sent, set(json.loads(seen.cursor)["listener"]["seen"])) == (0, {"success"})


def test_nothing_is_lost_while_nobody_listens(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    listener = Listener()
    told = run_failing(own_settings, instance)
    cursor = look(own_settings, instance, listener, None).cursor
    waiting = run_failing(own_settings, instance, NEXT_DAY)

    listener.down = True
    for _ in range(2):
        stuck = look(own_settings, instance, listener, cursor)
        assert stuck == Delivery(cursor, 0, "nobody listens")

    listener.down = False
    assert look(own_settings, instance, listener, cursor).sent == 1
    assert [alert.run_id for alert in listener.heard] == [told, waiting]


def test_the_first_look_goes_back_a_day(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    listener = Listener()
    run_failing(own_settings, instance)
    assert look(own_settings, instance, listener, None, days=LOOK_BACK.days, hours=1).sent == 0
    assert look(own_settings, instance, listener, None, hours=23).sent == 1


def test_a_run_stuck_since_the_first_look_is_told_however_late(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    listener = Listener(down=True)
    run_failing(own_settings, instance)
    cursor = look(own_settings, instance, listener, None).cursor
    listener.down = False
    assert look(own_settings, instance, listener, cursor, days=30).sent == 1


def test_a_stopped_load_is_told_too(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    listener, given = Listener(), settings_in(tmp_path, gate="stop")
    land_sample(given, rows=3, dirt={})
    assert not run(given, instance).success
    assert look(given, instance, listener, None).sent == 1
    [alert] = listener.heard
    assert alert.state == "STOPPED"
    assert (alert.reason or "").startswith("Not loaded: RowCount between 500 and 2000; StandardDeviation ")
    assert "RowCount between 500 and 2000" in {failed.rule for failed in judged(alert).failed}
    assert alert.subject.startswith("Movies 2024-03-24: the gate stopped the load, ")


def test_a_run_whose_day_was_judged_again_is_told_with_what_it_found(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    listener = Listener()
    runs = [run_failing(own_settings, instance) for _ in range(2)]
    assert look(own_settings, instance, listener, None).sent == 2
    replaced, present = listener.heard
    assert [replaced.run_id, present.run_id] == runs
    assert replaced.idempotency_key != present.idempotency_key
    found, now = judged(replaced), judged(present)
    assert found.failed == now.failed
    assert (found.score, found.lines, found.quarantined) == (now.score, 1000, 980)


def test_the_command_line_and_the_sensor_do_not_both_tell(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    listener = Listener()
    run_id = run_failing(own_settings, instance)
    given, now = ingestion(own_settings), datetime.now(UTC)
    assert deliver_from_command_line(given, instance, (listener,), now).sent == 1
    assert look(own_settings, instance, listener, None).sent == 0
    assert deliver_from_command_line(given, instance, (listener,), now).sent == 0
    told = instance.get_run_by_id(run_id)
    assert told is not None
    assert told.tags[".dagster/movies_alerted_listener"] == listener.heard[0].idempotency_key


def tick(
    settings: Settings, instance: dg.DagsterInstance, listener: Publisher[Alert], cursor: str | None
) -> dg.SensorResult:
    sensor = failed_rules_alert(ingestion(settings), (listener,))
    result = sensor(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return result


def test_the_sensor_keeps_its_cursor_where_telling_failed(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    listener = Listener()
    quiet = tick(own_settings, instance, listener, None)
    assert quiet.skip_reason is not None
    run_failing(own_settings, instance)
    listener.down = True
    with pytest.raises(PublishError, match="nobody listens"):
        tick(own_settings, instance, listener, quiet.cursor)
    listener.down = False
    told = tick(own_settings, instance, listener, quiet.cursor)
    assert told.cursor != quiet.cursor
    assert len(listener.heard) == 1
    assert tick(own_settings, instance, listener, told.cursor).cursor == told.cursor
    assert len(listener.heard) == 1


def test_the_outbox_holds_a_text_and_a_json_per_run(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    run_failing(own_settings, instance)
    tick(own_settings, instance, Outbox(own_settings.outbox), None)
    names = sorted(path.suffix for path in own_settings.outbox.iterdir())
    assert names == [".json", ".txt"]
    [text] = own_settings.outbox.glob("*.txt")
    assert text.read_text().startswith("Movies 2024-03-24: 4 of 43 rules failed, 980 rows quarantined")
