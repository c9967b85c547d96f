"""Finished runs with failed checks, each told once: whoever asks, the sensor or the command line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

import dagster as dg
from filelock import FileLock

from movie_assets.alerts import Alert, FailedRule, Publisher, alert_of
from movie_assets.errors import MoviesError
from movie_assets.lake import Lake
from movie_assets.pipeline.checks import GATE
from movie_assets.pipeline.home import make_home
from movie_assets.pipeline.reporting import RULE_OUTCOMES, materialization
from movie_assets.settings import Settings

LOOK_BACK = timedelta(days=1)
"""How far the first look goes: without a bound it would tell of all history."""

ALERTED = "movies/alerted"
"""Tag of a run that was told, so that the sensor and the command line don't both tell it."""

PARTITION = "dagster/partition"
"""Tag in which Dagster keeps the day of a run."""

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


@dataclass(frozen=True, slots=True)
class Cursor:
    """What was dealt with: nothing before `since` (seconds of the epoch), and of each end the ids up to `seen`."""

    since: float
    seen: Mapping[str, int]

    @classmethod
    def read(cls, text: str | None, now: datetime) -> "Cursor":
        if text is None:
            return cls((now - LOOK_BACK).timestamp(), {})
        stored = json.loads(text)
        return cls(stored["since"], stored["seen"])

    def after(self, end: str, storage_id: int) -> "Cursor":
        return replace(self, seen={**self.seen, end: storage_id})

    def __str__(self) -> str:
        return json.dumps({"since": self.since, "seen": dict(self.seen)}, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How many alerts went out, where to go on, and what stood in the way of the next one."""

    cursor: str
    sent: int
    problem: str | None


def deliver(
    instance: dg.DagsterInstance,
    publisher: Publisher,
    lake: Lake,
    settings: Settings,
    cursor: str | None,
    now: datetime,
) -> Delivery:
    """Tell of the finished runs after the cursor, oldest first, and stop at the first that can't be told.

    At least once: a process killed between telling and noting it tells again, under the same idempotency key.
    """
    position = Cursor.read(cursor, now)
    sent = 0
    with FileLock(f"{make_home(settings)}/alerts.lock"):
        for end, storage_id, run_id in _finished(instance, position):
            try:
                sent += _tell(instance, publisher, lake, run_id)
            except MoviesError as error:
                return Delivery(str(position), sent, str(error))
            position = position.after(end, storage_id)
    return Delivery(str(position), sent, None)


def deliver_from_command_line(
    instance: dg.DagsterInstance, publisher: Publisher, lake: Lake, settings: Settings, now: datetime
) -> Delivery:
    """All there is to tell, with a cursor of its own: the daemon need not run, and may."""
    store = instance.daemon_cursor_storage
    cursor = store.get_cursor_values({_COMMAND_LINE}).get(_COMMAND_LINE)
    sent = 0
    while True:
        delivery = deliver(instance, publisher, lake, settings, cursor, now)
        store.set_cursor_values({_COMMAND_LINE: delivery.cursor})
        sent += delivery.sent
        if delivery.problem or delivery.cursor == cursor:
            return replace(delivery, sent=sent)
        cursor = delivery.cursor


def _finished(instance: dg.DagsterInstance, position: Cursor) -> Iterator[tuple[str, int, str]]:
    """(end, storage id, run id) of the runs that ended after the position, in the order they ended."""
    found = []
    for end, event_type in _ENDS.items():
        after = dg.RunStatusChangeRecordsFilter(
            event_type, after_timestamp=position.since, after_storage_id=position.seen.get(end)
        )
        changes = instance.fetch_run_status_changes(after, limit=RUNS_A_LOOK, ascending=True)
        found += [(record.storage_id, end, record.event_log_entry.run_id) for record in changes.records]
    return ((end, storage_id, run_id) for storage_id, end, run_id in sorted(found))


def _tell(instance: dg.DagsterInstance, publisher: Publisher, lake: Lake, run_id: str) -> int:
    """Tell of a run if it has failed checks and was not told yet; how many alerts that were, 0 or 1."""
    run = instance.get_run_by_id(run_id)
    if run is None or ALERTED in run.tags:
        return 0
    failed = _failed_checks(instance, run_id)
    if not failed:
        return 0
    day = date.fromisoformat(run.tags[PARTITION])
    report = lake.report(day)
    judged = materialization(instance, run_id, RULE_OUTCOMES)
    if judged is not None and (report is None or report.run_id != run_id):
        alert: Alert | None = _replaced(day, run_id, judged, failed)
    else:
        alert = alert_of(report, lake) if report is not None else None
    if alert is None:
        return 0
    publisher.publish(alert)
    instance.add_run_tags(run_id, {ALERTED: alert.idempotency_key})
    return 1


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
