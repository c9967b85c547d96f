import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from movie_assets.alerts import Alert, State, alert_of
from movie_assets.lake import open_lake
from movie_assets_tests.support.days import DAY, day_report, failed_rule, judged_as, passed_rule


def alert(**changes: object) -> Alert:
    made = alert_of(replace(day_report(), **changes))  # type: ignore[arg-type]
    assert made is not None
    return made


@pytest.mark.parametrize("rules", [(), (passed_rule(),)], ids=["no rules", "all passed"])
def test_a_day_without_failed_rules_alerts_nobody(rules: tuple[()]) -> None:
    assert alert_of(day_report(rules=rules)) is None


def test_the_text_that_people_read(tmp_path: Path) -> None:
    files: dict[str, tuple[str, ...]] = {
        "bad_data": ("e1.parquet",),
        "unreadable": ("e1.parquet",),
        "rule_outcome": ("e1.jsonl",),
    }
    made = alert_of(day_report(files=files), open_lake(str(tmp_path)))
    assert made is not None
    assert made.subject == "Movies 2024-03-24: 1 of 2 rules failed, 2 rows quarantined"
    assert made.body == (
        "The movies of 2024-03-24: 1 of 2 rules passed, 1 failed (score 0.5000).\n"
        "\n"
        "           6  lines in the file\n"
        "           3  accepted\n"
        "           2  quarantined\n"
        "           1  unreadable\n"
        "\n"
        "Failed rules\n"
        '  1. ColumnValues "imdb_rating" between 8.5 and 10.3\n'
        "     Value: 7.9 does not meet the constraint requirement\n"
        "     2 failing rows\n"
        "\n"
        "Where\n"
        "  landed file       /lake/movies.csv\n"
        f"  quarantined rows  {tmp_path}/bad_data/ingest_date=2024-03-24/e1.parquet\n"
        f"  unreadable lines  {tmp_path}/unreadable/ingest_date=2024-03-24/e1.parquet\n"
        f"  rule outcomes     {tmp_path}/rule_outcome/ingest_date=2024-03-24/e1.jsonl\n"
        "\n"
        "Next: movies show bad_data --day 2024-03-24\n"
        "\n"
        "Run run-of-e1, evaluation e1, ruleset imdb_movies_rating.\n"
    )


def test_unreadable_lines_are_linked_only_where_there_are_some(tmp_path: Path) -> None:
    made = alert_of(replace(day_report(), unreadable=0), open_lake(str(tmp_path)))
    assert made is not None
    assert made.judged is not None
    assert list(made.judged.links) == ["landed file", "quarantined rows", "rule outcomes"]


def test_attributes_are_text() -> None:
    assert alert(score=39 / 43).attributes == {
        "idempotency_key": "e1-rules-failed",
        "feed": "movies",
        "state": "FAILED",
        "day": "2024-03-24",
        "run_id": "run-of-e1",
        "ruleset": "imdb_movies_rating",
        "score": "0.9070",
        "rules_passed": "1",
        "rules_failed": "1",
        "quarantined": "2",
    }


def test_the_key_is_the_evaluations() -> None:
    assert alert().idempotency_key == alert(run_id="another run").idempotency_key
    assert alert().idempotency_key != alert(evaluation_id="e2").idempotency_key


def test_long_rules_and_reasons_stay_on_one_short_line() -> None:
    values = ", ".join(f'"{year}"' for year in range(1900, 2000))
    rule = replace(failed_rule(), rule=f'ColumnValues "released_year" in [{values}]', failure_reason="one\ntwo " * 99)
    made = alert(rules=(rule,))
    assert max(map(len, made.body.splitlines())) <= 205
    assert "     one two one two" in made.body
    assert made.judged is not None
    assert made.judged.failed[0].rule == rule.rule
    assert json.loads(json.dumps(made.to_json()))["failed"][0]["reason"] == "one\ntwo " * 99


def test_a_rule_over_the_whole_day_has_no_failing_rows() -> None:
    rule = replace(failed_rule(), rows_failed=None, failure_reason=None, dataset_level=True)
    body = alert(rules=(rule,), quarantined=1).body
    assert "failing row" not in body
    assert "     no reason given\n" in body


def test_the_subject_is_short_whatever_the_counts() -> None:
    made = judged_as(alert(), rules_passed=10**60, quarantined=10**60)
    assert len(made.subject) == 100
    assert made.subject.isascii()


def failed_run(**changes: Any) -> Alert:
    step = "land one with: movies land FILE --day 2024-03-24; then: movies run --day 2024-03-24"
    made = Alert("r1-run-failed", DAY, "r1", "MISSING", "No file has landed for 2024-03-24.", step, None)
    return replace(made, **changes)


def test_a_day_that_was_not_judged_says_why_and_what_to_do() -> None:
    assert failed_run().subject == "Movies 2024-03-24: no file has landed"
    assert failed_run().body == (
        "Movies of 2024-03-24: no file has landed.\n"
        "\n"
        "No file has landed for 2024-03-24.\n"
        "\n"
        "Next: land one with: movies land FILE --day 2024-03-24; then: movies run --day 2024-03-24\n"
        "\n"
        "Run r1.\n"
    )
    assert failed_run().attributes == {
        "idempotency_key": "r1-run-failed",
        "feed": "movies",
        "state": "MISSING",
        "day": "2024-03-24",
        "run_id": "r1",
    }
    assert set(failed_run().to_json()) == {
        "idempotency_key",
        "feed",
        "day",
        "run_id",
        "state",
        "reason",
        "next_step",
    }


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        ("STOPPED", "Movies 2024-03-24: the gate stopped the load, 1 of 2 rules failed, 2 rows quarantined"),
        ("RUN_FAILED", "Movies 2024-03-24: the run failed, 1 of 2 rules failed, 2 rows quarantined"),
        ("CANCELED", "Movies 2024-03-24: the run was canceled, 1 of 2 rules failed, 2 rows quarantined"),
    ],
)
def test_a_judged_day_whose_run_failed_says_both(state: State, subject: str) -> None:
    made = failed_run(state=state, reason="Not loaded: the table is away.", judged=alert().judged)
    assert made.subject == subject
    assert "\nNot loaded: the table is away.\n\nThe movies of 2024-03-24: 1 of 2 rules passed, 1 failed" in made.body
    assert (made.attributes["state"], made.attributes["rules_failed"]) == (state, "1")
    assert (made.to_json()["reason"], made.to_json()["rules_failed"]) == ("Not loaded: the table is away.", 1)


def test_a_judged_day_without_failed_rules_lists_none() -> None:
    judged = judged_as(alert(), failed=()).judged
    made = failed_run(state="RUN_FAILED", judged=judged)
    assert made.subject == "Movies 2024-03-24: the run failed"
    assert "Failed rules" not in made.body
