"""The evaluated rule: the rule as written, with numbers where it asked for earlier values or computed."""

import pytest

from movie_assets import dqdl
from movie_assets_tests.support.judged import table

TABLE = table({"a": "long", "> last()": "long"}, a=[1, 2, 3], **{"> last()": [4, 5, 6]})
HISTORY: dict[str, list[float]] = {
    "Dataset.*.RowCount": [3, 5, 7],
    "Column.a.Mean": [1.5],
    "Column.> last().Mean": [2],
    "Dataset.*.CustomSQL.Compliance": [0.5],
}


@pytest.mark.parametrize(
    ("rule", "evaluated"),
    [
        ("RowCount > 1", "RowCount > 1"),
        ("RowCount >= last()", "RowCount >= 3.0"),
        ("RowCount between avg(last(3)) - 3 and (10)", "RowCount between 2.0 and 10.0"),
        ("RowCount in [last(),4,1 + 1]", "RowCount in [3.0,4,2.0]"),
        ("RowCount > (9007199254740993)", "RowCount > 9007199254740993"),
        ('Mean "> last()" > last()', 'Mean "> last()" > 2.0'),
        (
            'Mean "a" > last() where "a > 0" labels=["k"="> last()"]',
            'Mean "a" > 1.5 where "a > 0" labels=["k"="> last()"]',
        ),
        (
            'CustomSql "select a from primary" with threshold >= last()',
            'CustomSql "select a from primary" with threshold >= 0.5',
        ),
        (
            '(RowCount > last()) AND ((Mean "a" > 1) OR (Mean "a" > last()))',
            '(RowCount > 3.0) AND ((Mean "a" > 1) OR (Mean "a" > 1.5))',
        ),
    ],
)
def test_numbers_stand_where_they_were_asked_for(rule: str, evaluated: str) -> None:
    result = dqdl.evaluate(dqdl.parse(f"Rules = [ {rule} ]"), TABLE, history=HISTORY)
    assert [outcome.evaluated_rule for outcome in result.rule_outcomes] == [evaluated]


HUGE = " * ".join(["9" * 99] * 4)


@pytest.mark.parametrize(
    ("expression", "history"),
    [
        (HUGE, []),
        (f"{HUGE} / 3", []),
        (f"{HUGE} * 0.5", []),
        ("std(last(2))", [float("inf"), 1]),
        ("sum(last(2))", [float("inf"), float("-inf")]),
        ("avg(last(2))", [1e308, 1e308]),
    ],
    ids=lambda value: str(value)[-20:],
)
@pytest.mark.parametrize("condition", ["> {}", "between 1 and {}", "in [{},3]"])
def test_a_number_beyond_all_numbers_fails_its_rule_only(condition: str, expression: str, history: list[float]) -> None:
    rules = f"RowCount {condition.format(expression)}, RowCount = 3"
    result = dqdl.evaluate(dqdl.parse(f"Rules = [ {rules} ]"), TABLE, history={"Dataset.*.RowCount": history})
    failed, other = result.rule_outcomes
    assert (failed.failure_reason or "").endswith(" can't be computed: it leaves the range of numbers")
    assert other.passed


def test_a_condition_that_can_not_be_resolved_stays_as_written() -> None:
    result = dqdl.evaluate(dqdl.parse("Rules = [ RowCount > last(2) ]"), TABLE, history=HISTORY)
    assert [(outcome.passed, outcome.evaluated_rule) for outcome in result.rule_outcomes] == [
        (False, "RowCount > last(2)")
    ]
