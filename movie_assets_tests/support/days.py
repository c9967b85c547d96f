"""A judged day to test with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from movie_assets.alerts import Alert
from movie_assets.model import DayReport, LandedFile, RuleReport

DAY = date(2024, 3, 24)


def landed_file(day: date = DAY) -> LandedFile:
    return LandedFile(day, "/lake/movies.csv", "movies.csv", 120, "ab" * 32, datetime(2024, 3, 25, 6, tzinfo=UTC))


def passed_rule() -> RuleReport:
    return RuleReport(
        rule='IsComplete "genre"',
        check_name="genre_is_complete",
        outcome="Passed",
        failure_reason=None,
        metrics={"Column.genre.Completeness": 1.0},
        evaluated_rule='IsComplete "genre"',
        rows_failed=0,
        dataset_level=False,
    )


def failed_rule() -> RuleReport:
    return RuleReport(
        rule='ColumnValues "imdb_rating" between 8.5 and 10.3',
        check_name="imdb_rating_column_values",
        outcome="Failed",
        failure_reason="Value: 7.9 does not meet the constraint requirement",
        metrics={"Column.imdb_rating.Minimum": 7.9, "Column.imdb_rating.Maximum": None},
        evaluated_rule='ColumnValues "imdb_rating" between 8.5 and 10.3',
        rows_failed=2,
        dataset_level=False,
        failing_rows=(
            {"line_number": 2, "series_title": "Ängste, Ängste", "imdb_rating": 7.9},
            {"line_number": 5, "series_title": "The Quiet Harbour", "imdb_rating": None},
        ),
    )


def judged_as(alert: Alert, **changes: Any) -> Alert:
    """The alert, with other values in what was judged."""
    assert alert.judged is not None
    return replace(alert, judged=replace(alert.judged, **changes))


def day_report(
    day: date = DAY,
    evaluation_id: str = "e1",
    *,
    rules: tuple[RuleReport, ...] | None = None,
    files: dict[str, tuple[str, ...]] | None = None,
    accepted: int = 3,
) -> DayReport:
    rules = (passed_rule(), failed_rule()) if rules is None else rules
    return DayReport(
        evaluation_id=evaluation_id,
        run_id=f"run-of-{evaluation_id}",
        day=day,
        evaluated_at=datetime(2024, 3, 25, 6, 1, tzinfo=UTC),
        source=landed_file(day),
        ruleset_name="imdb_movies_rating",
        ruleset_hash="cd" * 32,
        nulls="fail",
        lines=accepted + 3,
        accepted=accepted,
        quarantined=2,
        unreadable=1,
        extra_columns=("added",),
        score=sum(rule.passed for rule in rules) / len(rules) if rules else None,
        rules=rules,
        files=files or {},
    )
