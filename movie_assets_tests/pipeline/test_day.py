"""A day through the real job: what lands in the lake, in the table and in the UI."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.definitions import pipeline
from movie_assets.lake import open_lake
from movie_assets.pipeline.running import QUIET
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import (
    DAY,
    checks,
    ingestion,
    land_golden,
    land_sample,
    materialized,
    metadata,
    run,
    settings_in,
)

pytestmark = pytest.mark.slow

FAILING = {
    "ColumnValues_imdb_rating": 967,
    "ColumnValues_meta_score": 249,
    "ColumnValues_meta_score_2": 157,
    "Uniqueness_star3": 191,
}


def test_the_golden_day(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    result = run(own_settings, instance)
    assert result.success

    assert metadata(result, "raw_movies")["lines"] == 1001
    shown = metadata(result, "rule_outcomes")
    assert (shown["rules_passed"], round(shown["score"], 4), shown["extra_columns"]) == (39, 0.9070, "none")
    assert shown["conservation"] == "1000 lines = 20 accepted + 980 quarantined + 0 unreadable"
    assert metadata(result, "validated_movies")["dagster/partition_row_count"] == 20
    assert metadata(result, "bad_movies")["dagster/partition_row_count"] == 980
    assert metadata(result, "imdb_movies_rating")["dagster/partition_row_count"] == 20
    assert open_warehouse(own_settings.warehouse, FEED).loaded() == {DAY: 20}
    for asset in ("validated_movies", "bad_movies", "rule_outcomes"):
        assert Path(metadata(result, asset)["dagster/uri"]).is_file()
    columns = {
        column.name: column.type for column in metadata(result, "imdb_movies_rating")["dagster/column_schema"].columns
    }
    assert (columns["imdb_rating"], columns["ingest_date"]) == ("DECIMAL(10,2)", "DATE")

    found = checks(result)
    assert len(found) == 44
    assert found["load_gate"].passed
    assert {name: check.metadata["rows_failed"].value for name, check in found.items() if not check.passed} == FAILING
    assert {check.partition for check in found.values()} == {"2024-03-24"}


def test_what_a_failed_check_shows(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    found = checks(run(own_settings, instance))

    star = found["Uniqueness_star3"]
    shown = {key: value.value for key, value in star.metadata.items()}
    assert shown["observed"] == 0.809
    assert shown["bound"] == "> 0.95"
    assert shown["rule"] == 'Uniqueness "star3" > 0.95'
    assert star.description == shown["failure_reason"]
    assert "0.809" in str(shown["failure_reason"])
    failing = star.metadata["failing_rows"]
    assert isinstance(failing, dg.TableMetadataValue)
    records = failing.records
    assert len(records) == own_settings.sample_rows
    assert set(records[0].data) == {"line_number", "series_title", "star3"}

    rating = {key: value.value for key, value in found["ColumnValues_imdb_rating"].metadata.items()}
    assert (rating["observed_minimum"], rating["observed_maximum"]) == (7.6, 9.3)
    assert rating["bound"] == "between 8.5 and 10.3"
    assert found["IsComplete_genre"].metadata["bound"].value == "= 1.0"


def test_rows_not_rules_fail_below_a_threshold(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    completeness = checks(run(own_settings, instance))["Completeness_meta_score"]
    assert completeness.passed
    assert completeness.metadata["rows_failed"].value == 157


def test_nulls_are_neutral_if_asked(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path, nulls="ignore")
    land_golden(given)
    result = run(given, instance)
    assert metadata(result, "rule_outcomes")["rules_passed"] == 41
    assert {name for name, check in checks(result).items() if not check.passed} == {
        "ColumnValues_imdb_rating",
        "Uniqueness_star3",
    }


def test_a_day_run_again_replaces_that_day_only(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    for day in (DAY, DAY + timedelta(days=1)):
        land_golden(own_settings, day)
        assert run(own_settings, instance, day).success
    first = open_lake(own_settings.lake).report(DAY)
    assert run(own_settings, instance).success
    again = open_lake(own_settings.lake).report(DAY)
    assert first is not None
    assert again is not None
    assert first.evaluation_id != again.evaluation_id
    assert open_warehouse(own_settings.warehouse, FEED).loaded() == {DAY: 20, DAY + timedelta(days=1): 20}


def test_no_file_fails_the_run_in_one_sentence_and_writes_nothing(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    result = run(own_settings, instance)
    assert not result.success
    [failure] = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.user_failure_data is not None
    said = failure.user_failure_data.description or ""
    assert said.startswith(f"No file has landed for 2024-03-24: looked for {own_settings.lake}")
    assert materialized(result) == set()
    assert not Path(own_settings.lake).exists()
    assert not Path(own_settings.warehouse).exists()
    assert observed(instance, "raw_movies") == [("2024-03-24", f"Not made: {said}")]


def observed(instance: dg.DagsterInstance, asset: str) -> list[tuple[str | None, str | None]]:
    """Day and text of each observation of an asset."""
    records = instance.fetch_observations(dg.AssetKey(asset), limit=10).records
    found = [record.event_log_entry.asset_observation for record in records]
    return [(event.partition, event.description) for event in found if event]


@pytest.mark.parametrize("file", [None, "not,the,header\n1,2,3\n"], ids=["missing", "refused"])
def test_the_checks_of_a_day_that_was_not_judged_are_as_they_were_before(
    own_settings: Settings, instance: dg.DagsterInstance, tmp_path: Path, file: str | None
) -> None:
    land_golden(own_settings)
    assert run(own_settings, instance).success
    next_day = DAY + timedelta(days=1)
    if file is not None:
        (tmp_path / "other.csv").write_text(file)
        open_lake(own_settings.lake).land(tmp_path / "other.csv", next_day)
    assert not run(own_settings, instance, next_day).success
    keys = list(pipeline(ingestion(own_settings)).resolve_asset_graph().asset_check_keys)
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    assert len(latest) == 44
    assert {(execution.partition, execution.status.value) for execution in latest.values()} == {
        ("2024-03-24", "SUCCEEDED"),
        ("2024-03-24", "FAILED"),
    }


def test_a_load_that_fails_leaves_the_checks_judged_and_is_shown_by_the_table(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    broken = own_settings.model_copy(update={"warehouse": own_settings.lake})
    result = run(broken, instance)
    assert not result.success
    assert len(checks(result)) == 44
    [(day, said)] = observed(instance, "imdb_movies_rating")
    assert day == "2024-03-24"
    assert (said or "").startswith("Not made: ")


def test_a_rule_the_day_was_not_judged_by_is_reported_as_such(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    land_golden(settings_in(tmp_path))
    assert run(settings_in(tmp_path), instance).success
    ruleset = tmp_path / "other.dqdl"
    ruleset.write_text('Rules = [ IsComplete "genre", RowCount > 5000 ]')
    other = settings_in(tmp_path, ruleset=ruleset)
    result = run_checks_alone(other, instance)
    found = checks(result)
    assert result.success
    assert found["IsComplete_genre"].passed
    assert not found["RowCount"].passed
    assert "a ruleset without this rule" in (found["RowCount"].description or "")


def run_checks_alone(settings: Settings, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """The rules' step on what was judged before; Dagster wants an asset beside it."""
    definitions = pipeline(ingestion(settings))
    [rules] = definitions.asset_checks or []
    selection = dg.AssetSelection.assets("movies_by_year_and_genre") | dg.AssetSelection.checks(rules)
    alone = dg.Definitions(jobs=[dg.define_asset_job("alone", selection=selection)])
    job = dg.Definitions.merge(definitions, alone).resolve_job_def("alone")
    return job.execute_in_process(
        instance=instance, partition_key=DAY.isoformat(), raise_on_error=False, run_config=QUIET
    )


def test_a_small_day(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_sample(own_settings, rows=3, dirt={})
    result = run(own_settings, instance)
    assert result.success
    row_count = checks(result)["RowCount"]
    assert not row_count.passed
    assert "rows_failed" not in row_count.metadata
    assert row_count.metadata["observed"].value == 3.0


def test_a_warehouse_in_use_fails_the_load_and_keeps_what_was_there(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    assert run(own_settings, instance).success
    shell = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", shell, own_settings.warehouse], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        result = run(own_settings, instance)
        holder.communicate()
    assert not result.success
    [failure] = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.user_failure_data is not None
    assert "it is in use" in (failure.user_failure_data.description or "")
    assert len(checks(result)) == 44
    assert open_warehouse(own_settings.warehouse, FEED).loaded() == {DAY: 20}
