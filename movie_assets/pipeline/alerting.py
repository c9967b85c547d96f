"""Finished runs told once to each of the audience: alerts of failed checks, and every evaluation.

Each of the audience has a place of its own in the row of finished runs, and each run a tag for everyone who was told of
it. So whoever can't be reached holds nobody else up, misses nothing, and no one is told twice for another's sake.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

import dagster as dg
from filelock import FileLock

from movie_assets.alerts import Alert, Audience, Evaluation, FailedRule, alert_of
from movie_assets.errors import MoviesError
from movie_assets.lake import Lake
from movie_assets.pipeline.checks import GATE
from movie_assets.pipeline.home import make_home
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.pipeline.reporting import RULE_OUTCOMES, materialization
from movie_assets.pipeline.schedules import JOB
from movie_assets.settings import Settings

LOOK_BACK = timedelta(days=1)
"""How far the first look goes: without a bound it would tell of all history."""

ALERTED = ".dagster/movies_alerted"
"""Tag of a run that somebody was told of, whose name follows: the sensor and the command line don't both tell."""

RUNS_A_LOOK = 50
_COMMAND_LINE = "movies_command_line_alerts"
End: TypeAlias = Literal[
    dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED
]
_ENDS: Mapping[str, End] = {
    "success": dg.DagsterEventType.RUN_SUCCESS,
    "failure": dg.DagsterEventType.RUN_FAILURE,
    "canceled": dg.DagsterEventType.RUN_CANCELED,
}
News = TypeVar("News", Alert, Evaluation)


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody was told: nothing before `since` (seconds of the epoch), and of each end ids up to `seen`."""

    since: float
    seen: Mapping[str, int]

    def after(self, end: str, storage_id: int) -> "Place":
        return replace(self, seen={**self.seen, end: storage_id})


@dataclass(frozen=True, slots=True)
class Delivery:
    """How many alerts went out, where to go on, and what stood in the way of the next ones."""

    cursor: str
    sent: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Listener:
    """One of the audience. `tell` tells of a run; the key of what was told, None where there was nothing to tell."""

    name: str
    tell: Callable[[dg.DagsterRun], str | None]
    alerts: bool


def deliver(
    instance: dg.DagsterInstance,
    audience: Audience,
    lake: Lake,
    settings: Settings,
    cursor: str | None,
    now: datetime,
) -> Delivery:
    """Tell each of the audience of the finished runs after its place, oldest first, and stop at what can't be told.

    At least once: a process killed between telling and noting it tells again, under the same idempotency key.
    """
    before, places = _read(cursor), {}
    alerted: set[str] = set()
    problems: dict[str, None] = {}
    with FileLock(f"{make_home(settings)}/alerts.lock"):
        for listener in _listeners(instance, audience, lake):
            place = before.get(listener.name) or Place((now - LOOK_BACK).timestamp(), {})
            try:
                for end, storage_id, run_id in _finished(instance, place):
                    if _tell(instance, listener, run_id) and listener.alerts:
                        alerted.add(run_id)
                    place = place.after(end, storage_id)
            except MoviesError as error:
                problems[str(error)] = None
            places[listener.name] = place
    return Delivery(_written(places), len(alerted), " ".join(problems) or None)


def deliver_from_command_line(
    instance: dg.DagsterInstance, audience: Audience, lake: Lake, settings: Settings, now: datetime
) -> Delivery:
    """All there is to tell, with a cursor of its own: the daemon need not run, and may."""
    store = instance.daemon_cursor_storage
    cursor = store.get_cursor_values({_COMMAND_LINE}).get(_COMMAND_LINE)
    sent = 0
    while True:
        delivery = deliver(instance, audience, lake, settings, cursor, now)
        store.set_cursor_values({_COMMAND_LINE: delivery.cursor})
        sent += delivery.sent
        if delivery.problem or delivery.cursor == cursor:
            return replace(delivery, sent=sent)
        cursor = delivery.cursor


def _listeners(instance: dg.DagsterInstance, audience: Audience, lake: Lake) -> Iterator[_Listener]:
    alert = _once(partial(_alert, instance, lake))
    for publisher in audience.publishers:
        yield _Listener(publisher.name, _telling(alert, publisher.publish), alerts=True)
    for recorder in audience.recorders:
        evaluation = partial(_evaluation, instance, lake)
        yield _Listener(recorder.name, _telling(evaluation, recorder.record), alerts=False)


def _telling(
    look: Callable[[dg.DagsterRun], News | None], tell: Callable[[News], None]
) -> Callable[[dg.DagsterRun], str | None]:
    def told(run: dg.DagsterRun) -> str | None:
        news = look(run)
        if news is None:
            return None
        tell(news)
        return news.idempotency_key

    return told


def _once(look: Callable[[dg.DagsterRun], Alert | None]) -> Callable[[dg.DagsterRun], Alert | None]:
    """Looks once per run, and at a refusal once: a lake that is down is waited for once, not for each publisher."""
    seen: dict[str, Alert | MoviesError | None] = {}

    def looked(run: dg.DagsterRun) -> Alert | None:
        if run.run_id not in seen:
            try:
                seen[run.run_id] = look(run)
            except MoviesError as error:
                seen[run.run_id] = error
        found = seen[run.run_id]
        if isinstance(found, MoviesError):
            raise found
        return found

    return looked


def _read(cursor: str | None) -> dict[str, Place]:
    stored = json.loads(cursor) if cursor else {}
    if "since" in stored:  # from when there was nobody but the outbox
        stored = {"outbox": stored}
    return {name: Place(place["since"], place["seen"]) for name, place in stored.items()}


def _written(places: Mapping[str, Place]) -> str:
    stored = {name: {"since": place.since, "seen": dict(place.seen)} for name, place in places.items()}
    return json.dumps(stored, sort_keys=True)


def _finished(instance: dg.DagsterInstance, place: Place) -> Iterator[tuple[str, int, str]]:
    """(end, storage id, run id) of the runs that ended after the place, in the order they ended."""
    found = []
    for end, event_type in _ENDS.items():
        after = dg.RunStatusChangeRecordsFilter(
            event_type, after_timestamp=place.since, after_storage_id=place.seen.get(end)
        )
        changes = instance.fetch_run_status_changes(after, limit=RUNS_A_LOOK, ascending=True)
        found += [(record.storage_id, end, record.event_log_entry.run_id) for record in changes.records]
    return ((end, storage_id, run_id) for storage_id, end, run_id in sorted(found))


def _tell(instance: dg.DagsterInstance, listener: _Listener, run_id: str) -> bool:
    """Tell of a run, if there is something to tell that was not told yet; whether there was."""
    run, tag = instance.get_run_by_id(run_id), f"{ALERTED}_{listener.name}"
    if run is None or tag in run.tags:
        return False
    key = listener.tell(run)
    if key is not None:
        instance.add_run_tags(run_id, {tag: key})
    return key is not None


def _evaluation(instance: dg.DagsterInstance, lake: Lake, run: dg.DagsterRun) -> Evaluation | None:
    """What a run found that judged its day, from what Dagster keeps of it; None where it judged none."""
    judged = materialization(instance, run.run_id, RULE_OUTCOMES)
    if judged is None:
        return None
    known: dict[str, Any] = {key: value.value for key, value in judged.metadata.items()}
    day = date.fromisoformat(run.tags[PARTITION])
    return Evaluation(
        evaluation_id=known["evaluation"],
        day=day,
        run_id=run.run_id,
        job=JOB,
        ruleset=known["ruleset"],
        score=known.get("score"),
        rules_passed=known["rules_passed"],
        rules_failed=known["dagster/partition_row_count"] - known["rules_passed"],
        outcomes=lake.uri_of("rule_outcome", day),
    )


def _alert(instance: dg.DagsterInstance, lake: Lake, run: dg.DagsterRun) -> Alert | None:
    """The alert of a run with failed checks; None for any other."""
    failed = _failed_checks(instance, run.run_id)
    if not failed:
        return None
    day = date.fromisoformat(run.tags[PARTITION])
    report = lake.report(day)
    judged = materialization(instance, run.run_id, RULE_OUTCOMES)
    if judged is not None and (report is None or report.run_id != run.run_id):
        return _replaced(day, run.run_id, judged, failed)
    return alert_of(report, lake) if report is not None else None


def _failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckEvaluation]:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [entry.dagster_event.asset_check_evaluation_data for entry in entries if entry.dagster_event]
    return [evaluation for evaluation in evaluations if not evaluation.passed and evaluation.check_name != GATE]


def _replaced(
    day: date, run_id: str, judged: dg.AssetMaterialization, failed: Sequence[dg.AssetCheckEvaluation]
) -> Alert:
    """The alert of a run whose files a later run has replaced, from what Dagster keeps of it."""
    known: dict[str, Any] = {key: value.value for key, value in judged.metadata.items()}
    return Alert(
        idempotency_key=f"{known['evaluation']}-rules-failed",
        day=day,
        run_id=run_id,
        evaluation_id=known["evaluation"],
        ruleset=known["ruleset"],
        ruleset_hash=known["ruleset_hash"],
        score=known.get("score"),
        rules_passed=known["rules_passed"],
        rules_failed=len(failed),
        failed=tuple(_failed_rule(evaluation) for evaluation in failed),
        lines=known["lines"],
        accepted=known["accepted"],
        quarantined=known["quarantined"],
        unreadable=known["unreadable"],
        links={},
    )


def _failed_rule(evaluation: dg.AssetCheckEvaluation) -> FailedRule:
    known: dict[str, Any] = {key: value.value for key, value in evaluation.metadata.items()}
    return FailedRule(known["rule"], known.get("failure_reason"), known.get("rows_failed"))
