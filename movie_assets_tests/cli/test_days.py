"""`movies status`: every way in which a day can stand."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from movie_assets.cli import movies
from movie_assets.cli.days import day_states
from movie_assets.lake import Lake, open_lake
from movie_assets.lake.local import LocalLake
from movie_assets.model import DayReport
from movie_assets.pipeline.home import open_instance
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.accepted import accept, films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.judging import csv_of, judge_text
from movie_assets_tests.support.terminals import on_terminals

pytestmark = pytest.mark.slow

TWO = csv_of([{}, {}])


@pytest.fixture(autouse=True)
def given(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("lake", "warehouse", "dagster_home"):
        monkeypatch.setenv(f"MOVIES_{name.upper()}", str(getattr(own_settings, name)))
    return own_settings


def load(given: Settings, report: DayReport, lake: Lake | None = None) -> None:
    open_warehouse(given.warehouse, FEED).load_day(report, lake or open_lake(given.lake), run_id="r")


def land(given: Settings, text: str, name: str = "movies.csv") -> None:
    (file := Path(given.lake).parent / name).write_text(text)
    open_lake(given.lake).land(file, DAY)


def status() -> dict[str, object]:
    """What is said of the one day, as JSON."""
    result = CliRunner().invoke(movies, ["status", "--json"])
    assert result.exit_code == 0, result.output
    [day] = json.loads(result.output)["days"]
    assert day["day"] == str(DAY)
    return {name: day[name] for name in ("state", "problem", "lines", "rows_loaded")}


def test_a_day_that_landed_is_not_judged(given: Settings) -> None:
    land(given, TWO)
    assert status() == {"state": "not judged", "problem": None, "lines": None, "rows_loaded": None}


def test_a_judged_day_is_not_loaded_then_loaded_then_older_than_its_evaluation(given: Settings) -> None:
    first = judge_text(given, TWO)
    assert status() == {"state": "judged, not loaded", "problem": None, "lines": 2, "rows_loaded": None}
    load(given, first)
    assert status() == {"state": "loaded", "problem": None, "lines": 2, "rows_loaded": 2}
    judge_text(given, TWO)  # the same file, by another evaluation that nobody loads
    assert status() == {"state": "table is older", "problem": None, "lines": 2, "rows_loaded": 2}


def test_a_newer_file_is_told_apart_from_the_same_one_landed_again(given: Settings) -> None:
    load(given, judge_text(given, TWO))
    land(given, TWO, "again.csv")
    assert status()["state"] == "loaded"
    land(given, csv_of([{}, {}, {}]), "again.csv")
    assert status() == {"state": "newer file landed", "problem": None, "lines": 2, "rows_loaded": 2}


def test_a_loaded_day_without_an_evaluation_is_known(given: Settings, tmp_path: Path) -> None:
    elsewhere = LocalLake(tmp_path / "elsewhere")
    load(given, accept(elsewhere, films(2)), elsewhere)
    assert status() == {"state": "missing", "problem": None, "lines": None, "rows_loaded": 2}


@pytest.fixture
def instance(given: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(given) as opened:
        yield opened


def fail(instance: dg.DagsterInstance, words: str, day: str = str(DAY)) -> None:
    run = instance.create_run_for_job(dg.job(name="movies_day")(lambda: None), tags={PARTITION: day})
    instance.report_run_failed(run, words)


def test_a_failed_day_says_why_whether_it_was_judged_before_or_not(
    given: Settings, instance: dg.DagsterInstance
) -> None:
    fail(instance, "No file has landed.")
    assert status() == {"state": "missing", "problem": "No file has landed.", "lines": None, "rows_loaded": None}
    load(given, judge_text(given, TWO))
    words = "The header lacks 'genre\x1b'. " + "Its columns are many. " * 20
    fail(instance, words)
    assert status() == {"state": "loaded", "problem": words, "lines": 2, "rows_loaded": 2}
    told = CliRunner().invoke(movies, ["status"]).output.splitlines()[1]
    assert told.endswith(f"loaded; failed: {words.replace(chr(27), chr(92) + 'x1b')}".rstrip())


def test_a_long_reason_takes_few_lines_of_a_terminal(instance: dg.DagsterInstance) -> None:
    fail(instance, "The header lacks 'genre'. " + "Its columns are many. " * 200 + "Hint: land it again")
    [said] = on_terminals([100], [["status"]], dict(os.environ))
    assert "The header lacks" in said
    assert "land it again" in said
    assert len(said.splitlines()) < 20  # whole, it would take a hundred


def test_only_the_newest_run_of_a_day_counts(given: Settings, instance: dg.DagsterInstance) -> None:
    load(given, judge_text(given, TWO))
    fail(instance, "Of an earlier run.")
    run = instance.create_run_for_job(dg.job(name="movies_day")(lambda: None), tags={PARTITION: str(DAY)})
    instance.report_dagster_event(dg.DagsterEvent("PIPELINE_SUCCESS", job_name=run.job_name), run_id=run.run_id)
    assert status()["problem"] is None


def test_days_stand_in_order_whatever_is_known_of_them(given: Settings, instance: dg.DagsterInstance) -> None:
    judge_text(given, TWO)
    fail(instance, "No file has landed.", str(DAY + timedelta(days=1)))
    lines = CliRunner().invoke(movies, ["status"]).output.splitlines()
    assert [line.split()[0] for line in lines] == ["day", str(DAY), str(DAY + timedelta(days=1))]
    assert lines[2].endswith("missing; failed: No file has landed.")


def test_a_damaged_report_hides_no_other_day(own_settings: Settings) -> None:
    for day in (DAY, DAY + timedelta(days=1)):
        folder = Path(own_settings.lake) / "evaluation" / f"ingest_date={day}"
        folder.mkdir(parents=True)
        (folder / "evaluation.json").write_text("{")
    found = day_states(own_settings, FEED)
    assert [(state.day, state.state) for state in found] == [(DAY, "damaged"), (DAY + timedelta(days=1), "damaged")]
    assert all(f"movies run --day {state.day}" in (state.problem or "") for state in found)
