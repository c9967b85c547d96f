"""RowCount, ColumnCount, ColumnExists, ColumnNamesMatchPattern."""

import pytest

from movie_assets_tests.support.judged import Case, check, judge, table

TABLE = table({"n": "long", "Name": "string"}, n=[1, 2, None], Name=["a", None, "b"])
EMPTY = table({"n": "long"}, n=[])


@pytest.mark.parametrize(
    "case",
    [
        Case("RowCount = 3", True, metrics={"Dataset.*.RowCount": 3}),
        Case("RowCount > 3", False, reason="Value: 3 does not meet the constraint requirement!"),
        Case("RowCount between 2 and 4", True),
        Case("RowCount between 3 and 5", False),
        Case("RowCount not between 3 and 9", True),
        Case("RowCount in [1,3]", True),
        Case("RowCount not in [1,3]", False),
        Case('RowCount = 2 where "n is not null"', True, metrics={"Dataset.*.RowCount": 2}),
        Case('RowCount = 99 where "n > 50"', False, reason="Value: 0 does not meet the constraint requirement!"),
        Case('RowCount = 0 where "n > 50"', True),
        Case("RowCount > NULL", False),
        Case("RowCount != NULL", True),
        Case("ColumnCount = 2", True, metrics={"Dataset.*.ColumnCount": 2}),
        Case("ColumnCount < 2", False, reason="Value: 2 does not meet the constraint requirement!"),
        Case("ColumnCount != 3", True),
        Case('ColumnExists "n"', True, metrics={}),
        Case('ColumnExists "NAME"', True),
        Case('ColumnExists "zz"', False, reason="Input data does not include column zz!"),
        Case('ColumnNamesMatchPattern "a|n"', True),
        Case('ColumnNamesMatchPattern "^N"', False, reason="Columns that do not match the pattern: n"),
        Case('ColumnNamesMatchPattern "."', True, metrics={"Dataset.*.ColumnNamesPatternMatchRatio": 1.0}),
        Case('ColumnNamesMatchPattern "^(?=[a-zN]).*(?<!x)$"', True),
    ],
    ids=str,
)
def test_shape(case: Case) -> None:
    check(case, TABLE)


@pytest.mark.parametrize(
    "case",
    [
        Case("RowCount = 0", True),
        Case("RowCount > 0", False),
        Case('RowCount = 0 where "n > 1"', True),
        Case("ColumnCount = 1", True),
        Case('ColumnExists "n"', True),
        Case('ColumnNamesMatchPattern "n"', True),
    ],
    ids=str,
)
def test_shape_of_an_empty_table(case: Case) -> None:
    check(case, EMPTY)


@pytest.mark.parametrize(
    ("condition", "passed"),
    [
        ("= last(1) - 1", True),
        ("> avg(last(3)) - 3 * 2", True),
        ("between min(last(9)) and max(last(9))", False),
        ("= index(last(3),2)", True),
        ("= index(last(3),3)", False),
        ("> index(last(3),0.5)", False),
        ("> last(1.5)", False),
        ("> last(0)", False),
        ("> last(2)", False),
        ("> last() / 0", False),
        ("> unknown(last())", False),
    ],
)
def test_conditions_on_earlier_values(condition: str, passed: bool) -> None:
    outcome, _ = judge(f"RowCount {condition}", TABLE, history={"Dataset.*.RowCount": [4.0, 5.0, 3.0]})
    assert outcome.passed is passed, outcome.failure_reason
