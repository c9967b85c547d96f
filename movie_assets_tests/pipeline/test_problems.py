"""Why a run failed, from what Dagster keeps of it."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from movie_assets.lake import open_lake
from movie_assets.pipeline.keys import Keys
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.pipeline.problems import newest_runs, problem_of
from movie_assets.settings import Settings
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import DAY, JOB, land_golden, land_sample, run, settings_in

pytestmark = pytest.mark.slow


def test_a_run_that_succeeded_has_none(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    assert problem_of(instance, run(own_settings, instance).run_id) is None


def test_a_missing_file(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    said = problem_of(instance, run(own_settings, instance).run_id) or ""
    assert said.startswith("No file has landed for 2024-03-24: looked for ")


def test_a_refused_file(own_settings: Settings, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_text("not,the,header\n1,2,3\n")
    open_lake(own_settings.lake).land(path, DAY)
    assert "header" in (problem_of(instance, run(own_settings, instance).run_id) or "")


def test_a_gate_that_stopped_the_load(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path, gate="stop")
    land_sample(given, rows=3, dirt={})
    said = problem_of(instance, run(given, instance).run_id) or ""
    assert "RowCount between 500 and 2000" in said


def test_a_run_that_somebody_stopped(
    own_settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise dg.DagsterExecutionInterruptedError

    monkeypatch.setattr("movie_assets.lake.local.LocalLake.landed", stopped)
    assert problem_of(instance, run(own_settings, instance).run_id) == "The run was stopped."


def test_an_error_nobody_foresaw_is_named_with_its_step(
    own_settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("out of thin air")

    monkeypatch.setattr("movie_assets.lake.local.LocalLake.landed", broken)
    said = problem_of(instance, run(own_settings, instance).run_id)
    assert said == "raw_movies: ZeroDivisionError: out of thin air"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (dg.DagsterRunStatus.STARTED, None),
        (dg.DagsterRunStatus.CANCELED, "The run was canceled."),
        (dg.DagsterRunStatus.FAILURE, "The run failed before its first step."),
    ],
)
def test_a_run_without_steps(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, said: str | None) -> None:
    assert problem_of(instance, create_run_for_test(instance, job_name=JOB, status=status).run_id) == said


def test_a_run_that_was_reported_failed(instance: dg.DagsterInstance) -> None:
    begun = create_run_for_test(instance, job_name=JOB, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(begun, "Its process was killed.")
    assert problem_of(instance, begun.run_id) == "Its process was killed."


def test_the_newest_run_of_each_day(instance: dg.DagsterInstance) -> None:
    next_day = DAY + timedelta(days=1)
    runs = [
        create_run_for_test(instance, job_name=JOB, tags={PARTITION: day.isoformat()}) for day in (DAY, next_day, DAY)
    ]
    create_run_for_test(instance, job_name="no day's")
    assert {day: found.run_id for day, found in newest_runs(instance, Keys(FEED)).items()} == {
        DAY: runs[2].run_id,
        next_day: runs[1].run_id,
    }
