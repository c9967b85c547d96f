"""Messages about a finished run: an alert of a failed run or failed rules, and the evaluation."""

from datetime import date

import dagster as dg

from movie_assets.alerts import Alert, Evaluation, Judged, judged_of, rules_failed
from movie_assets.errors import LakeError
from movie_assets.feed import Feed
from movie_assets.lake import Lake
from movie_assets.pipeline.checks import GATE
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.pipeline.problems import Problem, find_problem


def evaluation_of_run(ingestion: Ingestion, run: dg.DagsterRun) -> Evaluation | None:
    """The evaluation of a run; None if it judged no day."""
    if PARTITION not in run.tags:
        return None
    day = date.fromisoformat(run.tags[PARTITION])
    report = ingestion.lake.report(day, run.run_id)
    if report is None:
        return None
    return Evaluation(
        evaluation_id=report.evaluation_id,
        day=day,
        run_id=run.run_id,
        job=ingestion.keys.job,
        ruleset=report.ruleset_name,
        score=report.score,
        rules_passed=report.rules_passed,
        rules_failed=len(report.failed_rules),
        outcomes=ingestion.lake.uri_of("rule_outcome", day),
    )


def alert_of_run(ingestion: Ingestion, instance: dg.DagsterInstance, run: dg.DagsterRun) -> Alert | None:
    """The alert of a run that failed, was canceled or found failed rules; None for any other run."""
    if PARTITION not in run.tags:
        return None
    day, problem = date.fromisoformat(run.tags[PARTITION]), find_problem(instance, run)
    reported = _reported_failed_rules(instance, run.run_id)
    if problem is None and not reported:
        return None
    try:
        judged = _judged(ingestion.lake, day, run.run_id, reported)
    except LakeError:
        if problem is None:
            raise
        judged = None  # a failed run is reported without it, because the lake may be what failed
    if problem is not None:
        return _run_failed(ingestion.feed, day, run.run_id, problem, judged)
    return rules_failed(day, run.run_id, judged, ingestion.feed.name) if judged is not None else None


def _run_failed(feed: Feed, day: date, run_id: str, problem: Problem, judged: Judged | None) -> Alert:
    again = feed.command(f"run --day {day}")
    steps = [problem.hint] if problem.hint else []
    if not problem.hint or again not in problem.hint:
        steps.append(again)
    next_step = "; then: ".join(steps)
    return Alert(f"{run_id}-run-failed", day, run_id, problem.state, problem.reason, next_step, judged, feed.name)


def _judged(lake: Lake, day: date, run_id: str, reported: bool) -> Judged | None:
    """What the run's own evaluation found; of a run that reported another's failed rules, what the day's found."""
    own = lake.report(day, run_id)
    try:
        present = lake.report(day) if own or reported else None
    except LakeError:
        if own is None:
            raise
        present = None
    if own is None:
        return None if present is None else judged_of(present, lake)
    replaced = present is None or present.evaluation_id != own.evaluation_id
    return judged_of(own, None if replaced else lake)


def _reported_failed_rules(instance: dg.DagsterInstance, run_id: str) -> bool:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = (entry.dagster_event.asset_check_evaluation_data for entry in entries if entry.dagster_event)
    return any(not found.passed and found.check_name != GATE for found in evaluations)
