"""What keeps a judged day out of the table: failed rules on the whole dataset, too many unreadable or quarantined."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.lake import open_lake
from movie_assets.pipeline.checks import gate_result
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.days import day_report
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import (
    DAY,
    checks,
    ingestion,
    land_golden,
    land_sample,
    materialized,
    run,
    settings_in,
)

pytestmark = pytest.mark.slow

JUDGED = {"raw_movies", "validated_movies", "bad_movies", "rule_outcomes"}
LOADED = {"imdb_movies_rating", "movies_by_year_and_genre"}


def test_stop_keeps_the_day_out_of_the_table_only(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path, gate="stop")
    land_golden(given)
    assert run(given, instance).success  # four rules fail, all of them on rows
    land_sample(given, rows=0)
    result = run(given, instance)
    assert not result.success
    assert materialized(result) == JUDGED
    found = checks(result)
    assert len(found) == 44
    gate = found["load_gate"]
    assert not gate.passed
    assert gate.blocking
    assert "RowCount between 500 and 2000" in (gate.description or "")
    report = open_lake(given.lake).report(DAY)
    assert report is not None
    assert (report.lines, report.run_id) == (0, result.run_id)
    assert open_warehouse(given.warehouse, FEED).loaded() == {DAY: 20}


def test_continue_replaces_the_day_by_nothing(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path)
    land_golden(given)
    assert run(given, instance).success
    land_sample(given, rows=0)
    result = run(given, instance)
    assert result.success
    assert materialized(result) == JUDGED | LOADED
    assert not checks(result)["RowCount"].passed
    assert open_warehouse(given.warehouse, FEED).loaded() == {DAY: 0}


def test_a_failed_rule_on_rows_is_no_matter_of_the_gate(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path, gate="stop")
    land_golden(given)
    result = run(given, instance)
    assert result.success
    assert not checks(result)["Uniqueness_star3"].passed
    assert checks(result)["load_gate"].passed
    assert open_warehouse(given.warehouse, FEED).loaded() == {DAY: 20}


def land_half_unreadable(given: Settings, unreadable: int) -> None:
    """Three films, and lines that are no rows of the header."""
    land_sample(given, rows=3, dirt={})
    [path] = Path(given.lake, "landing", f"ingest_date={DAY}").iterdir()
    path.write_bytes(path.read_bytes() + b"only,three,cells\r\n" * unreadable)


def test_too_many_unreadable_lines_are_kept_and_not_loaded(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path)
    land_half_unreadable(given, 3)
    assert run(given, instance).success
    land_half_unreadable(given, 4)
    result = run(given, instance)
    assert materialized(result) == JUDGED
    said = "Not loaded: 4 of 7 lines are unreadable, more than MOVIES_UNREADABLE_SHARE=0.5 allows."
    assert (checks(result)["load_gate"].description or "").startswith(said)
    report = open_lake(given.lake).report(DAY)
    assert report is not None
    assert (report.run_id, report.unreadable) == (result.run_id, 4)
    assert open_warehouse(given.warehouse, FEED).loaded() == {DAY: 3}


@pytest.mark.parametrize(("bound", "passed"), [(1.0, True), (0.98, True), (0.979, False), (0.0, False)])
def test_the_share_of_quarantined_rows(tmp_path: Path, bound: float, passed: bool) -> None:
    report = replace(day_report(), lines=1100, accepted=20, quarantined=980, unreadable=100)
    found = gate_result(report, ingestion(settings_in(tmp_path, quarantined_share=bound)))
    assert found.passed == passed
    if not passed:
        said = f"980 of 1,000 rows are quarantined, more than MOVIES_QUARANTINED_SHARE={bound:g} allows."
        assert (found.description or "").startswith(f"Not loaded: {said}")


def test_a_day_without_lines_exceeds_no_share(tmp_path: Path) -> None:
    report = replace(day_report(), lines=0, accepted=0, quarantined=0, unreadable=0)
    assert gate_result(report, ingestion(settings_in(tmp_path, quarantined_share=0, unreadable_share=0))).passed
