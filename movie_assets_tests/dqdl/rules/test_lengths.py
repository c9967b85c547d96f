"""ColumnLength."""

import pytest

from movie_assets_tests.support.judged import Case, check, table

TABLE = table({"c": "string", "n": "long"}, c=["a", "ab", "é😀x", None, ""], n=[1, 2, 3, 4, 5])
EMPTY = table({"c": "string"}, c=[])


def line(length: float) -> str:
    return f"Value: {length} does not meet the constraint requirement!"


@pytest.mark.parametrize(
    "case",
    [
        Case('ColumnLength "c" between 0 and 4', False, [3, 4], line(0.0)),
        Case('ColumnLength "c" between 0 and 3', False, [2, 3, 4], f"{line(0.0)}\n{line(3.0)}"),
        Case('ColumnLength "c" not between 1 and 2', True, []),
        Case('ColumnLength "c" >= 0', True, [], metrics={"Column.c.MinimumLength": 0.0, "Column.c.MaximumLength": 3.0}),
        Case('ColumnLength "c" > 1', False, [0, 3, 4]),
        Case('ColumnLength "c" < 3', False, [2]),
        Case('ColumnLength "c" = 3 where "n = 3"', True, []),
        Case('ColumnLength "c" != 2', False, [1]),
        Case('ColumnLength "c" in [1,2,3]', False, [3, 4]),
        Case('ColumnLength "c" in [0,1,2,3]', True, []),
        Case('ColumnLength "c" not in [0]', False, [3, 4]),
        Case('ColumnLength "c" > 9 where "n > 100"', True, []),
        Case(
            'ColumnLength "n" > 0',
            False,
            [0, 1, 2, 3, 4],
            "Expected type of column n to be StringType, but found LongType instead!",
        ),
        Case('ColumnLength "zz" > 0', False, [0, 1, 2, 3, 4]),
    ],
    ids=str,
)
def test_lengths(case: Case) -> None:
    check(case, TABLE)


def test_lengths_of_an_empty_table() -> None:
    check(Case('ColumnLength "c" >= 0', False, []), EMPTY)
