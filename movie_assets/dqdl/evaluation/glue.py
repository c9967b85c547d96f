"""An evaluation in the formats of AWS Glue Data Quality: API result, ruleOutcomes, S3 result lines, event detail.

Identity and time come from the caller; nothing here reads a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from movie_assets.dqdl.declaring.plan import Observation, Value
from movie_assets.dqdl.evaluation.outcomes import AnalyzerOutcome, RowTotals, RuleOutcome, score

if TYPE_CHECKING:
    import pyarrow as pa

DEFAULT_CONTEXT = "default_context"
"""Glue's name of an unnamed evaluation."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of an evaluation: ids, names and times in Glue's results."""

    result_id: str | None = None
    ruleset_name: str | None = None
    evaluation_context: str = DEFAULT_CONTEXT
    job_name: str | None = None
    job_run_id: str | None = None
    started_on: datetime | None = None
    completed_on: datetime | None = None
    catalog_id: str | None = None
    database_name: str | None = None
    table_name: str | None = None


def api_result(
    identity: Identity,
    outcomes: Sequence[RuleOutcome],
    analyzed: Sequence[AnalyzerOutcome],
    observations: Sequence[Observation],
    rows: RowTotals,
) -> dict[str, Any]:
    """The evaluation as GetDataQualityResult returns it; without unknown parts of the identity."""
    known = {
        "ResultId": identity.result_id,
        "Score": score(tuple(outcomes)),
        "RulesetName": identity.ruleset_name,
        "EvaluationContext": identity.evaluation_context,
        "StartedOn": identity.started_on,
        "CompletedOn": identity.completed_on,
        "JobName": identity.job_name,
        "JobRunId": identity.job_run_id,
    }
    passed = sum(outcome.passed for outcome in outcomes)
    return {
        **{key: value for key, value in known.items() if value is not None},
        "RuleResults": [_rule_result(index, outcome) for index, outcome in enumerate(outcomes, start=1)],
        "AnalyzerResults": [_analyzer_result(index, outcome) for index, outcome in enumerate(analyzed, start=1)],
        "Observations": [observation(found) for found in observations],
        "AggregatedMetrics": {
            "TotalRowsProcessed": float(rows.total),
            "TotalRowsPassed": float(rows.accepted),
            "TotalRowsFailed": float(rows.quarantined),
            "TotalRulesProcessed": float(len(outcomes)),
            "TotalRulesPassed": float(passed),
            "TotalRulesFailed": float(len(outcomes) - passed),
        },
    }


def _rule_result(index: int, outcome: RuleOutcome) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Name": f"Rule_{index}",
        "Description": str(outcome.rule),
        "Result": "PASS" if outcome.passed else "FAIL",
        "EvaluatedMetrics": _doubles(outcome.metrics),
        "EvaluatedRule": outcome.evaluated_rule,
        "Labels": dict(outcome.labels),
    }
    return result if outcome.failure_reason is None else result | {"EvaluationMessage": outcome.failure_reason}


def _analyzer_result(index: int, outcome: AnalyzerOutcome) -> dict[str, Any]:
    result = {
        "Name": f"Analyzer_{index}",
        "Description": str(outcome.analyzer),
        "EvaluatedMetrics": _doubles(outcome.metrics),
    }
    return result if outcome.message is None else result | {"EvaluationMessage": outcome.message}


def observation(found: Observation) -> dict[str, Any]:
    """An anomaly as the API result shows it."""
    return {
        "Description": found.description,
        "MetricBasedObservation": {
            "MetricName": found.metric,
            "MetricValues": {
                "ActualValue": found.actual,
                "ExpectedValue": found.expected,
                "LowerLimit": found.lower,
                "UpperLimit": found.upper,
            },
            "NewRules": list(found.suggested_rules),
        },
    }


def rule_outcome_rows(outcomes: Sequence[RuleOutcome], total: int) -> list[dict[str, Any]]:
    """A dict per rule with the columns of Glue's ruleOutcomes, aggregated counts included.

    A rule that judges no rows counts all of them as skipped.
    """
    return [
        {
            "Rule": str(outcome.rule),
            "Outcome": outcome.outcome,
            "FailureReason": outcome.failure_reason,
            "EvaluatedMetrics": _doubles(outcome.metrics),
            "EvaluatedRule": outcome.evaluated_rule,
            "Labels": dict(outcome.labels),
            "PassedCount": 0 if outcome.rows_failed is None else total - outcome.rows_failed,
            "FailedCount": outcome.rows_failed or 0,
            "SkippedCount": total if outcome.rows_failed is None else 0,
            "TotalCount": total,
        }
        for outcome in outcomes
    ]


def rule_outcomes_table(outcomes: Sequence[RuleOutcome], total: int) -> "pa.Table":
    """Glue's ruleOutcomes as a table, in ruleset order: maps for metrics and labels, longs for counts."""
    import pyarrow as pa

    counts = [pa.field(name, pa.int64()) for name in ("PassedCount", "FailedCount", "SkippedCount", "TotalCount")]
    schema = pa.schema(
        [
            pa.field("Rule", pa.string()),
            pa.field("Outcome", pa.string()),
            pa.field("FailureReason", pa.string()),
            pa.field("EvaluatedMetrics", pa.map_(pa.string(), pa.float64())),
            pa.field("EvaluatedRule", pa.string()),
            pa.field("Labels", pa.map_(pa.string(), pa.string())),
            *counts,
        ]
    )
    rows = [
        {key: list(value.items()) if isinstance(value, dict) else value for key, value in row.items()}
        for row in rule_outcome_rows(outcomes, total)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def result_lines(identity: Identity, outcomes: Sequence[RuleOutcome]) -> list[dict[str, Any]]:
    """A dict per rule as Glue writes them as JSON lines under ``resultsS3Prefix``."""
    shared = {
        "catalogId": identity.catalog_id,
        "databaseName": identity.database_name,
        "tableName": identity.table_name,
        "dqRunId": identity.job_run_id,
        "evaluationStartedOn": _iso(identity.started_on),
        "evaluationCompletedOn": _iso(identity.completed_on),
    }
    return [
        {
            **shared,
            "rule": str(outcome.rule),
            "outcome": outcome.outcome,
            "failureReason": outcome.failure_reason,
            "evaluatedMetrics": _doubles(outcome.metrics),
        }
        for outcome in outcomes
    ]


def event_detail(identity: Identity, *, score: float, passed: int, failed: int, skipped: int = 0) -> dict[str, Any]:
    """The detail of the event ``Data Quality Evaluation Results Available``; ``state`` judges the data, not the run."""
    return {
        "resultId": identity.result_id,
        "context": {
            "contextType": "GLUE_JOB",
            "jobId": identity.job_run_id,
            "jobName": identity.job_name,
            "evaluationContext": identity.evaluation_context,
        },
        "rulesetNames": [identity.ruleset_name] if identity.ruleset_name else [],
        "state": "FAILED" if failed else "SUCCEEDED",
        "score": score,
        "numRulesSucceeded": passed,
        "numRulesFailed": failed,
        "numRulesSkipped": skipped,
    }


def _doubles(metrics: Mapping[str, Value]) -> dict[str, float]:
    return {key: float(value) for key, value in metrics.items() if value is not None}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
