"""A cursor that can't be used starts fresh, with a warning."""

import logging
from datetime import UTC, datetime

import dagster as dg
import pytest

from movie_assets.pipeline.alerting import deliver, deliver_from_command_line
from movie_assets.pipeline.arrivals import poll
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import DAY, Listener, ingestion, land_golden, run

DAMAGED = ["{", "null", "[1]", '"text"', "7", '{"listener": 1}', '{"listener": {"since": "x", "seen": {}}}']


@pytest.mark.slow
def test_alerts_start_fresh_and_tell_what_was_not_told(
    own_settings: Settings, instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture
) -> None:
    run(own_settings, instance)
    given, now = ingestion(own_settings), datetime.now(UTC)
    listener = Listener()
    for damaged in DAMAGED:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            delivery = deliver(given, instance, (listener,), damaged, now)
        assert "The cursor of the alerts can't be used" in caplog.text
        assert delivery.problem is None
        again = deliver(given, instance, (listener,), delivery.cursor, now)
        assert (again.sent, again.cursor) == (0, delivery.cursor)
    assert len(listener.heard) == 1


@pytest.mark.slow
def test_the_command_line_writes_a_damaged_cursor_afresh(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    run(own_settings, instance)
    store, key = instance.daemon_cursor_storage, "movies_command_line_alerts"
    store.set_cursor_values({key: "{"})
    listener = Listener()
    publishers = (listener,)
    delivery = deliver_from_command_line(ingestion(own_settings), instance, publishers, datetime.now(UTC))
    assert (delivery.sent, delivery.problem) == (1, None)
    assert store.get_cursor_values({key}) == {key: delivery.cursor}


@pytest.mark.parametrize("damaged", ["{", "null", "[1]", '"text"'])
def test_arrivals_start_fresh(own_settings: Settings, instance: dg.DagsterInstance, damaged: str) -> None:
    given = own_settings.model_copy(update={"arrival_settle_seconds": 0})
    land_golden(given)
    found = poll(ingestion(given), instance, damaged, datetime.now(UTC))
    assert [news.arrival.day for news in found.news] == [DAY]
