"""What a failed rule on the whole dataset does to the load."""

from pathlib import Path

import dagster as dg

from movie_assets.lake import open_lake
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.pipeline import DAY, checks, land_golden, land_sample, materialized, run, settings_in

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
    gate = found["dataset_rules"]
    assert not gate.passed
    assert gate.blocking
    assert "RowCount between 500 and 2000" in (gate.description or "")
    report = open_lake(given.lake).report(DAY)
    assert report is not None
    assert (report.lines, report.run_id) == (0, result.run_id)
    assert open_warehouse(given.warehouse).loaded() == {DAY: 20}


def test_continue_replaces_the_day_by_nothing(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path)
    land_golden(given)
    assert run(given, instance).success
    land_sample(given, rows=0)
    result = run(given, instance)
    assert result.success
    assert materialized(result) == JUDGED | LOADED
    assert not checks(result)["RowCount"].passed
    assert open_warehouse(given.warehouse).loaded() == {DAY: 0}


def test_a_failed_rule_on_rows_is_no_matter_of_the_gate(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path, gate="stop")
    land_golden(given)
    result = run(given, instance)
    assert result.success
    assert not checks(result)["Uniqueness_star3"].passed
    assert checks(result)["dataset_rules"].passed
    assert open_warehouse(given.warehouse).loaded() == {DAY: 20}
