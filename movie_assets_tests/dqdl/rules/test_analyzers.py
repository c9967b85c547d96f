"""Analyzers: the metrics of every type, AllStatistics, Distribution."""

import pytest

from movie_assets import dqdl
from movie_assets.dqdl import EvaluationResult
from movie_assets_tests.support.judged import NOW, table

TABLE = table(
    {"n": "long", "s": "string", "d": "date"}, n=[1, 2, 4, None], s=["a", "bb", "a", None], d=["2024-01-01"] * 4
)
EMPTY = table({"n": "long", "s": "string"}, n=[], s=[])


def analyze(text: str, data: object = TABLE) -> EvaluationResult:
    return dqdl.evaluate(dqdl.parse(f"Analyzers = [ {text} ]"), data, now=NOW)  # type: ignore[arg-type]


OF_N = {
    "Dataset.*.RowCount": 4,
    "Dataset.*.ColumnCount": 3,
    "Column.n.Completeness": 0.75,
    "Column.n.Uniqueness": 1.0,
    "Column.n.Minimum": 1.0,
    "Column.n.Maximum": 4.0,
    "Column.n.Entropy": pytest.approx(1.0986, abs=1e-4),
    "Column.n.Mean": pytest.approx(7 / 3),
    "Column.n.StandardDeviation": pytest.approx(1.2472, abs=1e-4),
    "Column.n.Sum": 7.0,
}
OF_S = {
    "Column.s.Completeness": 0.75,
    "Column.s.Uniqueness": pytest.approx(1 / 3),
    "Column.s.MinimumLength": 0.0,
    "Column.s.MaximumLength": 2.0,
}


@pytest.mark.parametrize(
    ("analyzer", "metrics"),
    [
        ("RowCount", {"Dataset.*.RowCount": 4}),
        ('Completeness "n"', {"Column.n.Completeness": 0.75}),
        ('ColumnValues "n"', {"Column.n.Minimum": 1.0, "Column.n.Maximum": 4.0}),
        ('ColumnValues "s"', {"Column.s.MinimumLength": 1.0, "Column.s.MaximumLength": 2.0}),
        ('ColumnLength "s"', {"Column.s.MinimumLength": 0.0, "Column.s.MaximumLength": 2.0}),
        ('DistinctValuesCount "s"', {"Column.s.DistinctValuesCount": 3}),
        ('AllStatistics "n"', OF_N),
        ('AllStatistics "s"', {"Dataset.*.RowCount": 4, "Dataset.*.ColumnCount": 3, **OF_S}),
        ('AllStatistics "AllColumns"', {**OF_N, **OF_S, "Column.d.Completeness": 1.0, "Column.d.Uniqueness": 0.0}),
        ('Distribution "s"', {"Column.s.Distribution.a": 2, "Column.s.Distribution.bb": 1}),
        (
            'Distribution "n" with bins = 3',
            {"Column.n.Distribution.[1,2)": 1, "Column.n.Distribution.[2,3)": 1, "Column.n.Distribution.[3,4]": 1},
        ),
        ('Distribution "s" with bins = 1', {"Column.s.Distribution.a": 2}),
    ],
)
def test_metrics(analyzer: str, metrics: dict[str, float]) -> None:
    result = analyze(analyzer)
    assert result.metrics == metrics
    assert result.score == 1.0
    assert set(result.rows["DataQualityEvaluationResult"].to_pylist()) == {"Passed"}


def test_what_is_odd_is_observed_and_does_not_count() -> None:
    history = {"Column.n.Mean": [900.0, 901.0, 899.0, 900.0], "Column.n.Sum": [7.0] * 4}
    ruleset = dqdl.parse('Rules = [ RowCount > 0 ] Analyzers = [ AllStatistics "AllColumns" ]')
    result = dqdl.evaluate(ruleset, TABLE, history=history)
    assert [found.metric for found in result.observations] == ["Column.n.Mean"]
    assert result.observations[0].suggested_rules[0].startswith('Mean "n" between ')
    assert result.score == 1.0


def test_an_empty_table() -> None:
    assert analyze('AllStatistics "n", Distribution "n", Distribution "s"', EMPTY).metrics["Column.n.Mean"] is None


@pytest.mark.parametrize("analyzer", ['AllStatistics "zz"', 'Distribution "zz"', 'Mean "zz"'])
def test_a_missing_column(analyzer: str) -> None:
    (outcome,) = analyze(analyzer).analyzer_outcomes
    assert (outcome.message, outcome.metrics) == ("Input data does not include column zz!", {})


def test_bins_that_are_no_number() -> None:
    (outcome,) = analyze('Distribution "n" with bins = 1000').analyzer_outcomes
    assert outcome.message == "bins is a whole number from 1 to 100, not '1000'"
