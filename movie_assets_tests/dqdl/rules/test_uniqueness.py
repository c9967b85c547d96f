"""Uniqueness, IsUnique, IsPrimaryKey, UniqueValueRatio, DistinctValuesCount, DuplicateRowCount, Entropy."""

from math import log

import pytest

from movie_assets import dqdl
from movie_assets_tests.support.judged import Case, check, judge, table

TABLE = table(
    {"c": "string", "n": "long", "u": "long", "z": "long"},
    c=["a", "a", "b", None, "d", None],
    n=[1, 1, 1, None, None, 2],
    u=[1, 2, 3, 4, 5, None],
    z=[None] * 6,
)
EMPTY = table({"c": "string"}, c=[])


@pytest.mark.parametrize(
    "case",
    [
        Case('Uniqueness "c" = 0.5', True, [0, 1, 3, 5], metrics={"Column.c.Uniqueness": 0.5}),
        Case('Uniqueness "c" > 0.5', False, [0, 1, 3, 5], "Value: 0.5 does not meet the constraint requirement!"),
        Case('Uniqueness "u" = 1', True, []),
        Case('Uniqueness "c" "n" = 0.6', True, [0, 1], metrics={"Multicolumn.c,n.Uniqueness": 0.6}),
        Case('Uniqueness "c" = 1 where "u > 1"', True, []),
        Case('Uniqueness "c" = 0.1 where "u > 100"', True, []),
        Case('Uniqueness "z" >= 0', False, [0, 1, 2, 3, 4, 5]),
        Case('IsUnique "u"', True, []),
        Case('IsUnique "c"', False, [0, 1, 3, 5]),
        Case('IsUnique "c" where "u > 1"', True, []),
        Case('IsUnique "c" "u"', True, []),
        Case('IsUnique "zz"', False, [0, 1, 2, 3, 4, 5], "Input data does not include column zz!"),
        Case('IsPrimaryKey "u"', False, [5]),
        Case('IsPrimaryKey "u" where "u is not null"', True, []),
        Case('IsPrimaryKey "c"', False, [0, 1, 3, 5]),
        Case('IsPrimaryKey "c" "u"', False, [3, 5]),
        Case('UniqueValueRatio "c" between 0.66 and 0.67', True, [0, 1, 3, 5]),
        Case('UniqueValueRatio "c" = 1', False, [0, 1, 3, 5]),
        Case('UniqueValueRatio "c" = 1 where "u > 1"', True, []),
        Case('UniqueValueRatio "z" >= 0', False, [0, 1, 2, 3, 4, 5]),
        Case('DistinctValuesCount "c" = 4', True, metrics={"Column.c.DistinctValuesCount": 4}),
        Case('DistinctValuesCount "c" = 3', False, reason="Value: 4 does not meet the constraint requirement!"),
        Case('DistinctValuesCount "u" = 6', True),
        Case('DistinctValuesCount "c" = 1 where "n = 1 and c = \'a\'"', True),
        Case('DistinctValuesCount "z" = 1', True),
        Case('DuplicateRowCount "c" = 1', True, metrics={"Column.c.DuplicateRowCount": 1}),
        Case('DuplicateRowCount "n" = 2', True),
        Case('DuplicateRowCount "n" < 2', False, reason="Value: 2 does not meet the constraint requirement!"),
        Case('DuplicateRowCount "c" "n" = 1', True, metrics={"Multicolumn.c,n.DuplicateRowCount": 1}),
        Case('DuplicateRowCount "c" "zz" = 1', False, reason="Input data does not include column zz!"),
        Case("DuplicateRowCount = 0", True, metrics={"Dataset.*.DuplicateRowCount": 0}),
        Case('DuplicateRowCount "n" = 1 where "u < 3"', True),
        Case('DuplicateRowCount "n" = 0 where "u > 100"', True),
        Case('DuplicateRowCount "n" = 1 where "u > 100"', False),
        Case('DuplicateRowCount "z" = 0', True),
        Case('Entropy "c" between 1.03 and 1.04', True),
        Case('Entropy "n" > 2', False),
        Case('Entropy "c" = 0 where "c = \'a\'"', True),
        Case('Entropy "z" >= 0', False),
    ],
    ids=str,
)
def test_uniqueness(case: Case) -> None:
    check(case, TABLE)


@pytest.mark.parametrize(
    "case",
    [
        Case('Uniqueness "c" >= 0', False, []),
        Case('IsUnique "c"', False, []),
        Case('IsPrimaryKey "c"', False, []),
        Case('UniqueValueRatio "c" >= 0', False, []),
        Case('DistinctValuesCount "c" = 0', True),
        Case("DuplicateRowCount = 0", True),
        Case('Entropy "c" >= 0', False, reason="Empty state for analyzer Entropy(c), all input values were NULL."),
    ],
    ids=str,
)
def test_uniqueness_of_an_empty_table(case: Case) -> None:
    check(case, EMPTY)


def test_entropy_is_in_nats() -> None:
    outcome, _ = judge('Entropy "c" > 0', TABLE)
    expected = -(2 / 4 * log(2 / 4) + 2 * (1 / 4 * log(1 / 4)))
    assert outcome.metrics["Column.c.Entropy"] == pytest.approx(expected, abs=1e-12)


def test_whole_rows_are_compared_where_no_column_is_named() -> None:
    twice = table({"a": "long", "b": "string"}, a=[1, 1, 1, 1, None, None], b=["x", "x", None, None, None, None])
    check(Case("DuplicateRowCount = 2", True, metrics={"Dataset.*.DuplicateRowCount": 2}), twice)


def test_duplicates_are_compared_with_earlier_days_and_measured_alone() -> None:
    outcome, _ = judge('DuplicateRowCount "c" <= last()', TABLE, history={"Column.c.DuplicateRowCount": [1]})
    assert (outcome.passed, outcome.evaluated_rule) == (True, 'DuplicateRowCount "c" <= 1.0')
    analyzed = dqdl.evaluate(dqdl.parse('Analyzers = [ DuplicateRowCount, DuplicateRowCount "n" ]'), TABLE)
    assert analyzed.metrics == {"Dataset.*.DuplicateRowCount": 0, "Column.n.DuplicateRowCount": 2}
