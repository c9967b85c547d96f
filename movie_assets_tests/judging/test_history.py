"""Earlier values by day: what a dynamic rule sees, whatever order days run in."""

from datetime import date

import pytest

from movie_assets import dqdl
from movie_assets.errors import PipelineError
from movie_assets.judging.history import days_needed, earlier_values, exclude
from movie_assets.lake import open_lake
from movie_assets.model import DayReport
from movie_assets.settings import Settings
from movie_assets_tests.support.judging import csv_of, judge_text

pytestmark = pytest.mark.slow

RULE = "RowCount >= avg(last(2))"


def day(number: int) -> date:
    return date(2024, 3, number)


def judge(settings: Settings, number: int, rows: int, rule: str = RULE) -> DayReport:
    return judge_text(settings, csv_of([{}] * rows), rule, day(number))


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ("RowCount > 1", 0),
        ("RowCount > last()", 1),
        ("RowCount between min(last(10)) - 1 and max(last(3)) + 1", 10),
        ("(RowCount > 0) and (ColumnCount = index(last(5), 4))", 5),
        ('DetectAnomalies "RowCount"', 90),
    ],
    ids=["none", "last", "widest", "composite", "anomalies"],
)
def test_as_many_days_are_read_as_the_rules_look_back(rules: str, days: int) -> None:
    assert days_needed(dqdl.parse(f"Rules = [ {rules} ]")) == days


def test_a_day_is_compared_with_the_days_before_it(own_settings: Settings) -> None:
    for number, rows in ((1, 2), (2, 4), (3, 3)):
        report = judge(own_settings, number, rows)
    assert report.rules[0].evaluated_rule == "RowCount >= 3.0"
    assert report.rules[0].outcome == "Passed"
    assert judge(own_settings, 4, 2).rules[0].evaluated_rule == "RowCount >= 3.5"


def test_a_backfill_sees_only_what_came_before_it(own_settings: Settings) -> None:
    for number, rows in ((1, 2), (3, 9), (2, 2)):
        report = judge(own_settings, number, rows)
    assert report.day == day(2)
    assert report.rules[0].evaluated_rule == "RowCount >= 2.0"
    again = judge(own_settings, 3, 9)
    assert again.rules[0].evaluated_rule == "RowCount >= 2.0"


def test_a_rerun_replaces_its_own_values(own_settings: Settings) -> None:
    judge(own_settings, 1, 2)
    judge(own_settings, 1, 5)
    assert judge(own_settings, 2, 5).rules[0].evaluated_rule == "RowCount >= 5.0"


def test_an_excluded_day_does_not_count_until_taken_in_again(own_settings: Settings) -> None:
    lake = open_lake(own_settings.lake)
    judge(own_settings, 1, 2)
    judge(own_settings, 2, 9)
    exclude(lake, day(2))
    assert judge(own_settings, 3, 2).rules[0].evaluated_rule == "RowCount >= 2.0"
    exclude(lake, day(2), excluded=False)
    assert judge(own_settings, 3, 2).rules[0].outcome == "Failed"
    with pytest.raises(PipelineError, match="2024-03-09 was not judged"):
        exclude(lake, day(9))


def test_a_day_that_could_not_be_judged_does_not_count(own_settings: Settings) -> None:
    judge(own_settings, 1, 2)
    with pytest.raises(PipelineError):
        judge_text(own_settings, "not,a,header\n1,2,3\n", RULE, day(2))
    assert judge(own_settings, 3, 2).rules[0].evaluated_rule == "RowCount >= 2.0"


def test_analyzers_feed_the_history_too(own_settings: Settings) -> None:
    report = judge_text(own_settings, csv_of([{}] * 3), 'RowCount > 0 ] Analyzers = [ Mean "imdb_rating"')
    assert report.metrics == {"Dataset.*.RowCount": 3.0, "Column.imdb_rating.Mean": 9.3}
    ruleset = dqdl.parse("Rules = [ RowCount > last(9) ]")
    assert earlier_values(open_lake(own_settings.lake), day(30), ruleset)["Column.imdb_rating.Mean"] == [9.3]


def test_an_anomaly_is_observed_and_stored(own_settings: Settings) -> None:
    for number in range(1, 6):
        judge(own_settings, number, 5, 'DetectAnomalies "RowCount"')
    report = judge(own_settings, 6, 50, 'DetectAnomalies "RowCount"')
    assert report.rules[0].outcome == "Failed"
    observed = report.observations[0]["MetricBasedObservation"]
    assert observed["MetricName"] == "Dataset.*.RowCount"
    assert observed["MetricValues"]["ActualValue"] == 50.0
    assert observed["MetricValues"]["UpperLimit"] < 50.0
