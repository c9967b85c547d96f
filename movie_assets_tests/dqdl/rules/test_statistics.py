"""Mean, Sum, StandardDeviation, Variance, ColumnCorrelation."""

import pytest

from movie_assets_tests.support.judged import Case, check, judge, table

TABLE = table(
    {"n": "long", "m": "decimal(4,1)", "x": "double", "y": "double", "z": "double", "s": "string"},
    n=[2, 4, None, 6],
    m=["1.5", "2.5", None, "3.5"],
    x=[1.0, 2.0, float("nan"), None],
    y=[1.0, float("inf"), None, 2.0],
    z=[None] * 4,
    s=["1", "2", "3", "4"],
)
EMPTY = table({"n": "long"}, n=[])


@pytest.mark.parametrize(
    "case",
    [
        Case('Mean "n" = 4', True, metrics={"Column.n.Mean": 4.0}),
        Case('Mean "n" between 4 and 5', False, reason="Value: 4.0 does not meet the constraint requirement!"),
        Case('Mean "m" = 2.5', True),
        Case('Mean "n" = 5 where "n > 2"', True),
        Case('Mean "n" = 5 where "n > 200"', True),
        Case('Mean "z" > 0', False, reason="Empty state for analyzer Mean(z), all input values were NULL."),
        Case('Mean "x" > 0', False, reason="Value: NaN does not meet the constraint requirement!"),
        Case('Mean "x" = 1.5 where "n > 0 and n < 6"', True),
        Case('Mean "y" = 0', False, reason="Value: Infinity does not meet the constraint requirement!"),
        Case('Sum "y" > 5', True),
        Case('StandardDeviation "y" >= 0', False, reason="Value: NaN does not meet the constraint requirement!"),
        Case('StandardDeviation "x" >= 0 where "isnan(x)"', False),
        Case('Variance "x" = 0 where "isnan(x)"', False),
        Case('Sum "n" = 12', True, metrics={"Column.n.Sum": 12.0}),
        Case('Sum "m" = 7.5', True),
        Case('Sum "n" in [1,2]', False),
        Case('Sum "z" = 0', False),
        Case('StandardDeviation "n" between 1.632 and 1.634', True),
        Case('StandardDeviation "n" = 0 where "n = 2"', True),
        Case('StandardDeviation "z" >= 0', False),
        Case('Variance "m" between 0.666 and 0.667', True),
        Case('Variance "x" >= 0', False),
        Case('Mean "zz" > 0', False, reason="Input data does not include column zz!"),
        Case(
            'Sum "s" > 0',
            False,
            reason="Expected type of column s to be one of "
            "(LongType,IntegerType,ShortType,ByteType,DoubleType,FloatType,DecimalType), but found StringType instead!",
        ),
        Case('ColumnCorrelation "n" "m" > 0.999', True),
        Case('ColumnCorrelation "n" "m" < 0.5', False),
        Case('ColumnCorrelation "n" "N" = 1', True),
        Case('ColumnCorrelation "n" "s" > 0', False),
        Case('ColumnCorrelation "n" "z" > 0', False),
        Case('ColumnCorrelation "n" "m" > 0.999 where "n > 2"', True),
    ],
    ids=str,
)
def test_statistics(case: Case) -> None:
    check(case, TABLE)


@pytest.mark.parametrize("name", ["Mean", "Sum", "StandardDeviation", "Variance"])
def test_statistics_of_an_empty_table(name: str) -> None:
    reason = f"Empty state for analyzer {name}(n), all input values were NULL."
    check(Case(f'{name} "n" >= 0', False, reason=reason), EMPTY)


def test_the_deviation_is_the_populations() -> None:
    outcome, _ = judge('StandardDeviation "n" > 0', TABLE)
    assert outcome.metrics["Column.n.StandardDeviation"] == pytest.approx((8 / 3) ** 0.5, abs=1e-12)
