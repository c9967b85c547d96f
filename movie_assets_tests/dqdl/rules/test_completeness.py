"""Completeness and IsComplete."""

import pytest

from movie_assets_tests.support.judged import Case, check, table

TABLE = table(
    {"c": "string", "k": "string", "z": "long"}, c=["a", None, "", " "], k=["x", "x", "y", None], z=[None] * 4
)
EMPTY = table({"c": "string"}, c=[])
EMPTY_STATE = "Empty state for analyzer {}(c), all input values were NULL."


@pytest.mark.parametrize(
    "case",
    [
        Case('Completeness "c" = 0.75', True, [1], metrics={"Column.c.Completeness": 0.75}),
        Case('Completeness "c" > 0.75', False, [1], "Value: 0.75 does not meet the constraint requirement!"),
        Case('Completeness "C" >= 0.1', True, [1]),
        Case('Completeness "c" between 0.7 and 0.8', True, [1]),
        Case('Completeness "c" = 0.5 where "k = \'x\'"', True, [1]),
        Case('Completeness "c" = 1 where "k = \'y\'"', True, []),
        Case('Completeness "c" = 0.3 where "k = \'none\'"', True, []),
        Case('Completeness "z" = 0', True, [0, 1, 2, 3]),
        Case('Completeness "zz" = 0', False, [0, 1, 2, 3], "Input data does not include column zz!"),
        Case('IsComplete "c"', False, [1], "Value: 0.75 does not meet the constraint requirement!"),
        Case('IsComplete "c" where "k = \'y\'"', True, []),
        Case('IsComplete "k"', False, [3]),
        Case('IsComplete "k" where "k <> \'x\'"', True, []),
        Case('IsComplete "z"', False, [0, 1, 2, 3]),
    ],
    ids=str,
)
def test_completeness(case: Case) -> None:
    check(case, TABLE)


@pytest.mark.parametrize(
    "case",
    [
        Case('Completeness "c" >= 0', False, [], EMPTY_STATE.format("Completeness")),
        Case('IsComplete "c"', False, [], EMPTY_STATE.format("IsComplete")),
    ],
    ids=str,
)
def test_completeness_of_an_empty_table(case: Case) -> None:
    check(case, EMPTY)
