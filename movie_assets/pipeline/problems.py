"""Why a run failed, in one sentence, read from Dagster's event log; and the newest run of each day."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from movie_assets.pipeline.partitions import PARTITION
from movie_assets.visible import visible

_RUNS_A_PAGE = 1000


def problem_of(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """The reason why a run failed or was canceled; None for a run that did neither."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        return None
    failed = next(_events(instance, run_id, dg.DagsterEventType.STEP_FAILURE), None)
    if failed is not None:
        return _of_step(instance, run_id, failed)
    if run.status is dg.DagsterRunStatus.CANCELED:
        return "The run was canceled."
    ended = [event.message for event in _events(instance, run_id, dg.DagsterEventType.RUN_FAILURE) if event.message]
    return ended[-1] if ended else "The run failed before its first step."


def newest_runs(instance: dg.DagsterInstance) -> dict[date, dg.DagsterRun]:
    """The newest run of each day that has one, whether it ended or not."""
    newest: dict[date, dg.DagsterRun] = {}
    cursor = None
    while True:
        runs = instance.get_runs(cursor=cursor, limit=_RUNS_A_PAGE)  # newest first
        for run in runs:
            if PARTITION in run.tags:
                newest.setdefault(date.fromisoformat(run.tags[PARTITION]), run)
        if len(runs) < _RUNS_A_PAGE:
            return newest
        cursor = runs[-1].run_id


def _of_step(instance: dg.DagsterInstance, run_id: str, event: dg.DagsterEvent) -> str:
    """The step's own words, or those of the blocking check that failed it, or the innermost cause."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    for found in _events(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        check = found.asset_check_evaluation_data
        if check.blocking and not check.passed:
            return check.description or f"The check {check.check_name} stopped the load."
    error = failure.error
    while error and error.cause:
        error = error.cause
    return f"{event.step_key}: {visible(error.message.strip())}" if error else f"{event.step_key} failed."


def _events(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> Iterator[dg.DagsterEvent]:
    for entry in instance.all_logs(run_id, of_type=kind):
        if entry.dagster_event is not None:
            yield entry.dagster_event
