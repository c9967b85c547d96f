import json
import math
from dataclasses import replace
from decimal import Decimal

import pytest

from movie_assets.model import DayReport
from movie_assets_tests.support.days import day_report, failed_rule


def test_a_report_survives_json() -> None:
    report = day_report(files={"validated": ("e1.parquet",), "bad_data": ("a.parquet", "b.parquet")})
    stored = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert stored["format"] == 1
    assert DayReport.from_json(stored) == report


def test_numbers_that_json_lacks_survive() -> None:
    rule = replace(failed_rule(), metrics={"a": math.inf, "b": -math.inf, "c": math.nan, "d": None})
    stored = json.loads(json.dumps(day_report(rules=(rule,)).to_json(), allow_nan=False))
    metrics = DayReport.from_json(stored).rules[0].metrics
    assert (metrics["a"], metrics["b"], metrics["d"]) == (math.inf, -math.inf, None)
    assert metrics["c"] is not None
    assert math.isnan(metrics["c"])


def test_odd_cells_of_failing_rows_become_text() -> None:
    rule = replace(failed_rule(), failing_rows=({"rating": Decimal("7.90"), "votes": 3, "seen": True},))
    [stored] = day_report(rules=(rule,)).to_json()["rules"]
    assert stored["failing_rows"] == [{"rating": "7.90", "votes": 3, "seen": True}]


@pytest.mark.parametrize("found", [None, 2, "1"])
def test_another_format_is_refused(found: object) -> None:
    with pytest.raises(ValueError, match=r"format is .*, this version reads 1"):
        DayReport.from_json({**day_report().to_json(), "format": found})


@pytest.mark.parametrize(("lines", "conserved"), [(6, True), (5, False), (7, False)])
def test_conservation(lines: int, conserved: bool) -> None:
    assert replace(day_report(), lines=lines).conserved is conserved


def test_counts_of_rules() -> None:
    report = day_report()
    assert report.rules_passed == 1
    assert [rule.check_name for rule in report.failed_rules] == ["imdb_rating_column_values"]
