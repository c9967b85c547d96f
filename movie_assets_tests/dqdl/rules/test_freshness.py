"""DataFreshness, at noon of 2024-01-20."""

from datetime import UTC, datetime

import pytest

from movie_assets_tests.support.judged import Case, check, judge, table

TABLE = table(
    {"d": "date", "t": "timestamp", "s": "string", "n": "long"},
    d=["2024-01-20", "2024-01-19", "2024-01-01", None],
    t=["2024-01-20 11:40:00", "2024-01-19 12:00:00", "2024-01-20 13:00:00", None],
    s=["2024-01-20T13:00:00+02:00", "2024-01-20", "no date", None],
    n=[1, 2, 3, 4],
)
EMPTY = table({"d": "date"}, d=[])


@pytest.mark.parametrize(
    "case",
    [
        Case('DataFreshness "d" <= 12 hours', False, [1, 2, 3], "25.00 % of rows passed the threshold"),
        Case('DataFreshness "d" < 12 hours', False, [0, 1, 2, 3], "0.00 % of rows passed the threshold"),
        Case('DataFreshness "d" between 12 hours and 2 days', False, [0, 2, 3]),
        Case('DataFreshness "d" not between 12 hours and 2 days', False, [1, 3]),
        Case(
            'DataFreshness "d" <= 30 days where "n < 4"',
            True,
            [],
            metrics={"Column.d.DataFreshness.Compliance": 1.0},
        ),
        Case('DataFreshness "d" <= 1 days where "n > 99"', True, []),
        Case('DataFreshness "t" < 19 minutes', False, [0, 1, 3]),
        Case('DataFreshness "t" < 20 minutes', False, [1, 3]),  # 20 minutes old is 0.33 hours, the bound is 0.3333
        Case('DataFreshness "t" < 21 minutes', False, [1, 3]),
        Case('DataFreshness "t" = 24 hours where "n = 2"', True, []),
        Case('DataFreshness "t" >= 0 hours', False, [2, 3]),
        Case('DataFreshness "t" != 1 days', False, [1, 3]),
        Case('DataFreshness "s" <= 1 hours', False, [1, 2, 3]),
        Case(
            'DataFreshness "n" <= 1 hours',
            False,
            [0, 1, 2, 3],
            "Expected type of column n to be one of (DateType,TimestampType,StringType), but found LongType instead!",
        ),
        Case('DataFreshness "zz" <= 1 hours', False, [0, 1, 2, 3]),
    ],
    ids=str,
)
def test_freshness(case: Case) -> None:
    check(case, TABLE)


def test_an_empty_table_passes() -> None:
    check(Case('DataFreshness "d" <= 1 hours', True, []), EMPTY)


def test_the_clock_is_the_present_where_none_is_given() -> None:
    fresh = table({"t": "timestamp"}, t=[datetime.now(UTC).replace(tzinfo=None)])
    assert judge('DataFreshness "t" <= 1 hours', fresh, now=None)[0].passed
    assert judge('DataFreshness "t" > 365 days where "t is not null"', TABLE, now=None)[0].passed
