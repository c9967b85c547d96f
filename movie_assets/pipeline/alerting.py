"""Reports finished runs to subscribers, once each: alerts of failed runs and rules, and every evaluation.

Each subscriber has its own position in the sequence of finished runs, and each run a tag per subscriber that got it. So
a subscriber that can't be reached delays no other, misses nothing, and gets nothing twice.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeAlias

import dagster as dg
from filelock import FileLock

from movie_assets.alerts import Alert, Evaluation, Publisher, Publishers
from movie_assets.errors import PipelineError
from movie_assets.feed import Feed
from movie_assets.pipeline.cursors import read_cursor
from movie_assets.pipeline.home import make_home
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.run_alerts import alert_of_run, evaluation_of_run

LOOK_BACK = timedelta(days=1)
"""How far back the first poll goes; without a bound it would report all of history."""

RUNS_PER_POLL = 50
End: TypeAlias = Literal[
    dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED
]
_ENDS: Mapping[str, End] = {
    "success": dg.DagsterEventType.RUN_SUCCESS,
    "failure": dg.DagsterEventType.RUN_FAILURE,
    "canceled": dg.DagsterEventType.RUN_CANCELED,
}
MessageOf: TypeAlias = Callable[[dg.DagsterRun], Alert | Evaluation | None]
"""The message about a run; None if there is none."""


@dataclass(frozen=True, slots=True)
class Position:
    """A publisher's progress: runs since `since` (epoch seconds) are due, but for ids up to `seen` per kind of end."""

    since: float
    seen: Mapping[str, int]

    def after(self, end: str, storage_id: int) -> "Position":
        return replace(self, seen={**self.seen, end: storage_id})


@dataclass(frozen=True, slots=True)
class Delivery:
    """The number of alerts sent, the next cursor, and what blocked further alerts."""

    cursor: str
    sent: int
    problem: str | None


def alerted_tag(feed: Feed, publisher: str) -> str:
    """The tag of a run that was reported to a publisher, so that sensor and command line don't both report it."""
    return f".dagster/{feed.name}_alerted_{publisher}"


def deliver(
    ingestion: Ingestion,
    instance: dg.DagsterInstance,
    publishers: Publishers,
    cursor: str | None,
    now: datetime,
) -> Delivery:
    """Report the feed's finished runs to each publisher, oldest first; stop at a failed delivery.

    At least once: a process killed between delivery and tag delivers again, with the same idempotency key.
    """
    before, positions = read_cursor("the alerts", cursor, _positions), {}
    alerted: set[str] = set()
    problems: dict[str, None] = {}
    looks: Mapping[type, MessageOf] = {
        Alert: _once(partial(alert_of_run, ingestion, instance)),
        Evaluation: _once(partial(evaluation_of_run, ingestion)),
    }
    with FileLock(f"{make_home(ingestion.settings)}/alerts.lock"):
        for publisher in publishers:
            position = before.get(publisher.name) or Position((now - LOOK_BACK).timestamp(), {})
            try:
                for end, storage_id, run_id in _finished(instance, position):
                    if _tell(ingestion, instance, publisher, looks[publisher.kind], run_id) and publisher.kind is Alert:
                        alerted.add(run_id)
                    position = position.after(end, storage_id)
            except PipelineError as error:
                problems[str(error)] = None
            positions[publisher.name] = position
    return Delivery(_written(positions), len(alerted), " ".join(problems) or None)


def deliver_from_command_line(
    ingestion: Ingestion, instance: dg.DagsterInstance, publishers: Publishers, now: datetime
) -> Delivery:
    """Deliver everything, with a cursor of its own, whether the daemon runs or not."""
    store, name = instance.daemon_cursor_storage, f"{ingestion.feed.name}_command_line_alerts"
    cursor = store.get_cursor_values({name}).get(name)
    sent = 0
    while True:
        delivery = deliver(ingestion, instance, publishers, cursor, now)
        store.set_cursor_values({name: delivery.cursor})
        sent += delivery.sent
        if delivery.problem or delivery.cursor == cursor:
            return replace(delivery, sent=sent)
        cursor = delivery.cursor


def _once(look: MessageOf) -> MessageOf:
    """Caches the message of a run, or the error: a lake that is down costs one timeout, not one per publisher."""
    seen: dict[str, Alert | Evaluation | PipelineError | None] = {}

    def looked(run: dg.DagsterRun) -> Alert | Evaluation | None:
        if run.run_id not in seen:
            try:
                seen[run.run_id] = look(run)
            except PipelineError as error:
                seen[run.run_id] = error
        found = seen[run.run_id]
        if isinstance(found, PipelineError):
            raise found
        return found

    return looked


def _positions(stored: dict[str, Any]) -> dict[str, Position]:
    if "since" in stored:  # from when there was nobody but the outbox
        stored = {"outbox": stored}
    return {
        name: Position(float(position["since"]), {end: int(seen) for end, seen in position["seen"].items()})
        for name, position in stored.items()
    }


def _written(positions: Mapping[str, Position]) -> str:
    stored = {name: {"since": position.since, "seen": dict(position.seen)} for name, position in positions.items()}
    return json.dumps(stored, sort_keys=True)


def _finished(instance: dg.DagsterInstance, position: Position) -> Iterator[tuple[str, int, str]]:
    """(end, storage id, run id) of the runs that ended after the position, in the order they ended."""
    found = []
    for end, event_type in _ENDS.items():
        after = dg.RunStatusChangeRecordsFilter(
            event_type, after_timestamp=position.since, after_storage_id=position.seen.get(end)
        )
        changes = instance.fetch_run_status_changes(after, limit=RUNS_PER_POLL, ascending=True)
        found += [(record.storage_id, end, record.event_log_entry.run_id) for record in changes.records]
    return ((end, storage_id, run_id) for storage_id, end, run_id in sorted(found))


def _tell(
    ingestion: Ingestion, instance: dg.DagsterInstance, publisher: Publisher[Any], look: MessageOf, run_id: str
) -> bool:
    """Report a run, unless it was reported or there is nothing to report; returns whether it was."""
    run, tag = instance.get_run_by_id(run_id), alerted_tag(ingestion.feed, publisher.name)
    if run is None or tag in run.tags or not ingestion.keys.owns(run):
        return False
    news = look(run)
    if news is not None:
        publisher.publish(news)
        instance.add_run_tags(run_id, {tag: news.idempotency_key})
    return news is not None
