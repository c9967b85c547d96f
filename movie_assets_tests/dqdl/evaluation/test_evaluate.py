"""The public door: which options it takes, and what it says of others."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from movie_assets import dqdl

TABLE = pa.table({"a": [1, None, 3], "b": ["x", "y", "z"]})


def evaluate(rules: str, **options: Any) -> dqdl.EvaluationResult:
    return dqdl.evaluate(dqdl.parse(f"Rules = [ {rules} ]"), TABLE, **options)


@pytest.mark.parametrize(
    ("rules", "options"),
    [
        ('ColumnValues "a" > 0', {"nulls": "IGNORE"}),
        ('(ColumnValues "a" > 2) or (IsComplete "b")', {"composite": "ROW"}),
        ('(ColumnValues "a" > 2) or (ColumnValues "b" in ["x", "y"])', {"composite": "Row"}),
    ],
)
def test_options_are_taken_in_any_case(rules: str, options: dict[str, Any]) -> None:
    assert [outcome.outcome for outcome in evaluate(rules, **options).rule_outcomes] == ["Passed"]


def test_rows_left_out_are_skipped_in_any_case() -> None:
    rule = 'IsComplete "a" where "b = \'x\'"'
    assert evaluate(rule, filtered_rows="SKIPPED").rows["DataQualityRulesSkip"].to_pylist() == [[], [rule], [rule]]


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("now", [datetime(2024, 1, 1, 6), datetime(2024, 1, 1, 6, tzinfo=UTC)], ids=str)
def test_a_moment_without_a_zone_is_in_utc(now: datetime, in_tokyo: None) -> None:
    ruleset = dqdl.parse('Rules = [ DataFreshness "t" = 6 hours ]')
    result = dqdl.evaluate(ruleset, pa.table({"t": [datetime(2024, 1, 1)]}), now=now)
    assert result.rule_outcomes[0].failure_reason is None


LABELLED = """DefaultLabels = ["team"="films"]
Rules = [
    IsComplete "b" labels=["prio"="1"],
    ((IsComplete "a" labels=["x"="y"]) and (IsUnique "b")) labels=["team"="ours"],
    RowCount > 0
]"""


@pytest.mark.parametrize(
    ("options", "complete", "both", "count"),
    [
        ({}, 'IsComplete "b"', '(IsComplete "a") AND (IsUnique "b")', "RowCount > 0"),
        (
            {"rule_labels": True},
            'IsComplete "b" labels=["team"="films", "prio"="1"]',
            '((IsComplete "a") AND (IsUnique "b")) labels=["team"="ours"]',
            'RowCount > 0 labels=["team"="films"]',
        ),
    ],
    ids=["without", "with"],
)
def test_labels_in_row_results(options: dict[str, Any], complete: str, both: str, count: str) -> None:
    ruleset = dqdl.parse(LABELLED)
    rows = dqdl.evaluate(ruleset, TABLE, **options).rows
    assert rows["DataQualityRulesPass"].to_pylist() == [[complete, both], [complete], [complete, both]]
    assert rows["DataQualityRulesFail"].to_pylist() == [[], [both], []]
    assert rows["DataQualityRulesSkip"].to_pylist() == [[count]] * 3


@pytest.mark.parametrize(
    "statement",
    ['select max(shiftleft(a, 63)) from primary" > 0', 'select shiftleft(a, 63) as a from primary"'],
    ids=["measured", "by row"],
)
def test_what_fails_on_the_data_is_said_in_plain_words(statement: str) -> None:
    (outcome,) = evaluate(f'CustomSql "{statement}').rule_outcomes
    assert outcome.failure_reason == "overflow in left shift (1 << 63)"
