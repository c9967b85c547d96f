"""What there is to tell of a finished run: an alert of a failed run or failed rules, and the evaluation."""

from datetime import date
from typing import Any

import dagster as dg

from movie_assets.alerts import Alert, Evaluation, FailedRule, Judged, judged_of, rules_failed
from movie_assets.errors import LakeError
from movie_assets.feed import Feed
from movie_assets.pipeline.checks import GATE
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.pipeline.problems import Problem, find_problem
from movie_assets.pipeline.reporting import materialization


def evaluation_of_run(ingestion: Ingestion, instance: dg.DagsterInstance, run: dg.DagsterRun) -> Evaluation | None:
    """What a run found that judged its day, from what Dagster keeps of it; None where it judged none."""
    known = _known(ingestion, instance, run)
    if known is None:
        return None
    day = date.fromisoformat(run.tags[PARTITION])
    return Evaluation(
        evaluation_id=known["evaluation"],
        day=day,
        run_id=run.run_id,
        job=ingestion.keys.job,
        ruleset=known["ruleset"],
        score=known.get("score"),
        rules_passed=known["rules_passed"],
        rules_failed=known["dagster/partition_row_count"] - known["rules_passed"],
        outcomes=ingestion.lake.uri_of("rule_outcome", day),
    )


def alert_of_run(ingestion: Ingestion, instance: dg.DagsterInstance, run: dg.DagsterRun) -> Alert | None:
    """The alert of a day's run that failed, was canceled or found failed rules; None for any other run."""
    problem, failed = find_problem(instance, run), _failed_rules(instance, run.run_id)
    if PARTITION not in run.tags or (problem is None and not failed):
        return None
    day = date.fromisoformat(run.tags[PARTITION])
    if problem is not None:
        judged = _judged(ingestion, instance, run, failed, needs_lake=False)
        return _run_failed(ingestion.feed, day, run.run_id, problem, judged)
    judged = _judged(ingestion, instance, run, failed, needs_lake=True)
    return rules_failed(day, run.run_id, judged, ingestion.feed.name) if judged is not None else None


def _run_failed(feed: Feed, day: date, run_id: str, problem: Problem, judged: Judged | None) -> Alert:
    again = feed.command(f"run --day {day}")
    steps = [problem.hint] if problem.hint else []
    if not problem.hint or again not in problem.hint:
        steps.append(again)
    next_step = "; then: ".join(steps)
    return Alert(f"{run_id}-run-failed", day, run_id, problem.state, problem.reason, next_step, judged, feed.name)


def _judged(
    ingestion: Ingestion,
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    failed: tuple[FailedRule, ...],
    *,
    needs_lake: bool,
) -> Judged | None:
    """What the run's evaluation found: with links from the lake, or from what Dagster keeps of a replaced one.

    Raises: LakeError, where the lake is needed; a failed run is told without it, for it may be what failed.
    """
    known = _known(ingestion, instance, run)
    if known is None and not failed:
        return None
    try:
        report = ingestion.lake.report(date.fromisoformat(run.tags[PARTITION]))
    except LakeError:
        if needs_lake:
            raise
        report = None
    if known is not None and (report is None or report.run_id != run.run_id):
        return _replaced(known, failed)
    return judged_of(report, ingestion.lake) if report is not None else None


def _known(ingestion: Ingestion, instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, Any] | None:
    """What Dagster keeps of the run's evaluation, None where the run judged nothing."""
    judged = materialization(instance, run.run_id, ingestion.keys.outcomes)
    return None if judged is None else {key: value.value for key, value in judged.metadata.items()}


def _replaced(known: dict[str, Any], failed: tuple[FailedRule, ...]) -> Judged:
    return Judged(
        evaluation_id=known["evaluation"],
        ruleset=known["ruleset"],
        ruleset_hash=known["ruleset_hash"],
        score=known.get("score"),
        rules_passed=known["rules_passed"],
        failed=failed,
        lines=known["lines"],
        accepted=known["accepted"],
        quarantined=known["quarantined"],
        unreadable=known["unreadable"],
        links={},
    )


def _failed_rules(instance: dg.DagsterInstance, run_id: str) -> tuple[FailedRule, ...]:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [entry.dagster_event.asset_check_evaluation_data for entry in entries if entry.dagster_event]
    return tuple(_failed_rule(found) for found in evaluations if not found.passed and found.check_name != GATE)


def _failed_rule(evaluation: dg.AssetCheckEvaluation) -> FailedRule:
    known: dict[str, Any] = {key: value.value for key, value in evaluation.metadata.items()}
    return FailedRule(known["rule"], known.get("failure_reason"), known.get("rows_failed"))
