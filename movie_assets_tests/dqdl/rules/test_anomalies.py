"""DetectAnomalies and the forecast behind it."""

import random

import pytest

from movie_assets import dqdl
from movie_assets.dqdl.declaring.forecast import predict
from movie_assets_tests.support.judged import judge, table

TABLE = table({"n": "long", "s": "string", "z": "long"}, n=[1, 2, None], s=["a", "bb", None], z=[None] * 3)
EMPTY = table({"n": "long"}, n=[])
STEADY = [3.0] * 10
FAR = [100.0, 101.0, 99.0, 100.0, 100.0, 101.0, 99.0, 100.0]


@pytest.mark.parametrize(
    ("rule", "history", "passed"),
    [
        ('DetectAnomalies "RowCount"', {}, True),
        ('DetectAnomalies "RowCount"', {"Dataset.*.RowCount": [100, 100]}, True),
        ('DetectAnomalies "RowCount"', {"Dataset.*.RowCount": FAR}, False),
        ('DetectAnomalies "RowCount"', {"Dataset.*.RowCount": STEADY}, True),
        ('DetectAnomalies "ColumnCount"', {"Dataset.*.ColumnCount": [5, 5, 5]}, False),
        ('DetectAnomalies "Completeness" "n"', {"Column.n.Completeness": [1.0] * 8}, False),
        ('DetectAnomalies "Mean" "N"', {"Column.N.Mean": [1.5] * 5}, True),
        ('DetectAnomalies "ColumnLength" "s"', {"Column.s.MaximumLength": [9.0] * 5}, False),
        ('DetectAnomalies "ColumnValues" "n"', {"Column.n.Maximum": [2.0] * 5, "Column.n.Minimum": [1.0] * 5}, True),
        ('DetectAnomalies "CustomSQL" "select count(*) from primary"', {"Dataset.*.CustomSQL": FAR}, False),
        ('DetectAnomalies "Mean" "z"', {"Column.z.Mean": FAR}, True),
        ('DetectAnomalies "RowCount"', {"Dataset.*.RowCount": [float("nan")] * 9}, True),
    ],
)
def test_anomalies(rule: str, history: dict[str, list[float]], passed: bool) -> None:
    outcome, result = judge(rule, TABLE, history=history)
    assert outcome.passed is passed, outcome.failure_reason
    assert bool(result.observations) is not passed
    assert outcome.rows_failed is None


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('DetectAnomalies "IsComplete" "n"', "DetectAnomalies does not know IsComplete; it takes RowCount, "),
        ('DetectAnomalies "Mean"', 'DetectAnomalies "Mean" takes the parameters of Mean'),
        ('DetectAnomalies "Mean" "zz"', "Input data does not include column zz!"),
        ('DetectAnomalies "Mean" "s"', "Expected type of column s to be one of"),
    ],
)
def test_what_cannot_be_watched(rule: str, reason: str) -> None:
    outcome, _ = judge(rule, TABLE)
    assert outcome.failure_reason is not None
    assert outcome.failure_reason.startswith(reason)


def test_an_observation() -> None:
    outcome, result = judge('DetectAnomalies "RowCount"', TABLE, history={"Dataset.*.RowCount": FAR})
    (found,) = result.observations
    assert (found.metric, found.actual) == ("Dataset.*.RowCount", 3.0)
    assert 90 < found.lower < found.expected < found.upper < 110
    assert found.expected == pytest.approx(100.0, abs=0.5)
    assert outcome.failure_reason == found.description
    assert "RowCount is 3, below the predicted" in found.description
    (suggested,) = found.suggested_rules
    assert [str(rule) for rule in dqdl.parse(f"Rules = [ {suggested} ]").rules] == [suggested]


def test_suggestions_name_the_column() -> None:
    _, result = judge('DetectAnomalies "ColumnLength" "s"', TABLE, history={"Column.s.MaximumLength": [9.0] * 5})
    assert result.observations[0].suggested_rules == ('ColumnLength "s" <= 9.09',)


def test_an_empty_table() -> None:
    outcome, _ = judge('DetectAnomalies "RowCount"', EMPTY, history={"Dataset.*.RowCount": FAR})
    assert not outcome.passed
    outcome, _ = judge('DetectAnomalies "Mean" "n"', EMPTY, history={"Column.n.Mean": FAR})
    assert outcome.passed


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 2.0, 3.0], 4.0), ([5.0] * 4, 5.0), ([10.0, 20.0, 30.0, 40.0], 50.0), ([7.0, 1, 1, 1, 1, 1, 1] * 3, 7.0)],
)
def test_trend_and_weekdays_are_continued(values: list[float], expected: float) -> None:
    forecast = predict(values)
    assert forecast is not None
    assert forecast.expected == pytest.approx(expected)
    assert forecast.upper - forecast.expected >= 0.0099 * expected


def test_too_little_history() -> None:
    assert predict([1.0, 2.0]) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[1e308, -1e308, 1e308], [1e308] * 20])
def test_values_too_large_to_be_summed_predict_nothing_aloud(values: list[float]) -> None:
    assert predict(values) is None


def test_one_odd_day_does_little_harm() -> None:
    rng = random.Random(7)
    values = [1000 + rng.gauss(0, 10) for _ in range(30)]
    calm = predict(values)
    values[11] = 50_000.0
    shaken = predict(values)
    assert calm is not None
    assert shaken is not None
    assert abs(shaken.expected - calm.expected) < 20
    assert shaken.upper - shaken.lower < 1.5 * (calm.upper - calm.lower)


@pytest.mark.parametrize("count", [5, 10, 20, 40])
def test_ordinary_noise_is_seldom_odd(count: int) -> None:
    rng = random.Random(count)
    outside = 0
    for _ in range(200):
        *earlier, latest = [1000 + 5 * day + rng.gauss(0, 30) for day in range(count + 1)]
        forecast = predict(earlier)
        assert forecast is not None
        outside += not forecast.lower <= latest <= forecast.upper
    assert outside <= 12


def test_shares_stay_between_0_and_1() -> None:
    forecast = predict([0.9, 1.0, 0.95, 1.0, 0.9], share=True)
    assert forecast is not None
    assert (forecast.lower >= 0, forecast.upper) == (True, 1.0)
