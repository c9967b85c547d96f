"""Small tables judged by one rule: what the tests of rule types are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from movie_assets import dqdl
from movie_assets.dqdl import EvaluationResult, RuleOutcome

NOW = datetime(2024, 1, 20, 12, 0, tzinfo=UTC)
"""The clock of these tests."""

TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "byte": pa.int8(),
    "short": pa.int16(),
    "int": pa.int32(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def table(types: Mapping[str, str], **columns: Sequence[Any]) -> pa.Table:
    """A table from lists; dates, timestamps and decimals may be given as text."""
    return pa.table({name: pa.array(_cells(cells, types[name]), _type(types[name])) for name, cells in columns.items()})


def _type(name: str) -> pa.DataType:
    if name.startswith("decimal"):
        precision, scale = name[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return TYPES[name]


def _cells(cells: Sequence[Any], name: str) -> list[Any]:
    read: Any = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat}.get(name)
    if name.startswith("decimal"):
        read = Decimal
    return [read(cell) if read and isinstance(cell, str) else cell for cell in cells]


@dataclass(frozen=True)
class Case:
    """A rule with its verdict; ``failing`` are the row numbers that fail it, None where it judges no rows."""

    rule: str
    passed: bool
    failing: list[int] | None = None
    reason: str | None = None
    metrics: Mapping[str, float | None] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.rule


def judge(rule: str, data: pa.Table, **options: Any) -> tuple[RuleOutcome, EvaluationResult]:
    """The outcome of one rule on a table, at NOW."""
    ruleset = dqdl.parse(f"Rules = [ {rule} ]")
    result = dqdl.evaluate(ruleset, data, **{"now": NOW, **options})
    return result.rule_outcomes[0], result


def failing_rows(result: EvaluationResult) -> list[int]:
    """The numbers of the rows that fail at least one rule."""
    return [
        row for row, verdict in enumerate(result.rows["DataQualityEvaluationResult"].to_pylist()) if verdict == "Failed"
    ]


def check(case: Case, data: pa.Table, **options: Any) -> None:
    """Assert everything the case says."""
    outcome, result = judge(case.rule, data, **{**options, **case.options})
    assert (outcome.outcome, outcome.failure_reason) == ("Passed" if case.passed else "Failed", outcome.failure_reason)
    failed = failing_rows(result)
    assert failed == (case.failing or [])
    assert outcome.rows_failed == (None if case.failing is None else len(case.failing))
    if case.reason is not None:
        assert outcome.failure_reason == case.reason
    if case.metrics is not None:
        assert dict(outcome.metrics) == dict(case.metrics)
