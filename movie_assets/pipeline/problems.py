"""Why a run failed, in one sentence, read from Dagster's event log; and the newest run of each day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from movie_assets.alerts import State
from movie_assets.errors import NoLandedFileError
from movie_assets.pipeline.keys import Keys
from movie_assets.pipeline.partitions import PARTITION

_RUNS_A_PAGE = 1000
_HINT = " Hint: "  # the separator of a `PipelineError`'s two parts


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a run failed, in a sentence (`reason`), and what to do about it (`hint`)."""

    state: State
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        return self.reason if self.hint is None else f"{self.reason}{_HINT}{self.hint}"


def problem_of(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """Why a run failed or was canceled, with a hint; None for any other run."""
    run = instance.get_run_by_id(run_id)
    problem = find_problem(instance, run) if run is not None else None
    return None if problem is None else str(problem)


def find_problem(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Problem | None:
    """Why a run failed or was canceled; None for any other run."""
    if run.status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        return None
    canceled = run.status is dg.DagsterRunStatus.CANCELED
    failed = next(_events(instance, run.run_id, dg.DagsterEventType.STEP_FAILURE), None)
    if failed is not None:
        found = _of_step(instance, run.run_id, failed)
        return replace(found, state="CANCELED") if canceled else found
    if canceled:
        return Problem("CANCELED", "The run was canceled.")
    ended = [event.message for event in _events(instance, run.run_id, dg.DagsterEventType.RUN_FAILURE)]
    said = next((message for message in reversed(ended) if message), "The run failed before its first step.")
    return Problem("RUN_FAILED", said)


def newest_runs(instance: dg.DagsterInstance, keys: Keys) -> dict[date, dg.DagsterRun]:
    """The newest run of the feed for each day that has one, finished or not."""
    newest: dict[date, dg.DagsterRun] = {}
    cursor = None
    while True:
        runs = instance.get_runs(cursor=cursor, limit=_RUNS_A_PAGE)  # newest first
        for run in runs:
            if PARTITION in run.tags and keys.owns(run):
                newest.setdefault(date.fromisoformat(run.tags[PARTITION]), run)
        if len(runs) < _RUNS_A_PAGE:
            return newest
        cursor = runs[-1].run_id


def _of_step(instance: dg.DagsterInstance, run_id: str, event: dg.DagsterEvent) -> Problem:
    """The message of the step, or of the blocking check that failed it, or of the innermost cause."""
    failure = event.step_failure_data
    causes = list(_causes(failure.error))
    if any(error.cls_name == dg.DagsterExecutionInterruptedError.__name__ for error in causes):
        return Problem("CANCELED", "The run was stopped.")
    if failure.user_failure_data and failure.user_failure_data.description:
        missing = any(error.cls_name == NoLandedFileError.__name__ for error in causes)
        return _said("MISSING" if missing else "RUN_FAILED", failure.user_failure_data.description)
    for found in _events(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        check = found.asset_check_evaluation_data
        if check.blocking and not check.passed:
            return _said("STOPPED", check.description or f"The check {check.check_name} stopped the load.")
    said = causes[-1].message.strip() if causes else "failed"
    return Problem("RUN_FAILED", f"{event.step_key}: {said}")


def _said(state: State, text: str) -> Problem:
    """One of our messages, split into reason and hint."""
    reason, _, hint = text.partition(_HINT)
    return Problem(state, reason, hint or None)


def _causes(error: SerializableErrorInfo | None) -> Iterator[SerializableErrorInfo]:
    while error:
        yield error
        error = error.cause


def _events(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> Iterator[dg.DagsterEvent]:
    for entry in instance.all_logs(run_id, of_type=kind):
        if entry.dagster_event is not None:
            yield entry.dagster_event
