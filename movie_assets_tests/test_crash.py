"""The whole program killed at any moment, and run twice at once: the day ends as if nothing had happened."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from movie_assets.lake import open_lake
from movie_assets.model import DayReport
from movie_assets.movies.sample import write_sample
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow

DAY = date(2024, 3, 24)
MOVIES = [sys.executable, "-c", "from movie_assets.cli import movies; movies()"]


def environment(folder: Path) -> dict[str, str]:
    """The environment of a program whose every folder is the test's own."""
    places = {"LAKE": "lake", "WAREHOUSE": "warehouse.duckdb", "OUTBOX": "alerts", "DAGSTER_HOME": "dagster"}
    return {**os.environ, **{f"MOVIES_{name}": str(folder / place) for name, place in places.items()}}


def land(folder: Path, rows: int = 3000) -> None:
    (folder / "rules.dqdl").write_text('Rules = [ IsComplete "genre", ColumnLength "series_title" > 0 ]')
    write_sample(folder / "movies.csv", rows=rows, day=DAY)
    open_lake(str(folder / "lake")).land(folder / "movies.csv", DAY)


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MOVIES, "run", "--day", str(DAY)],
        env=environment(folder) | {"MOVIES_RULESET": str(folder / "rules.dqdl")},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def outcome(folder: Path) -> tuple[Mapping[str, object], list[dict[str, Any]], list[str]]:
    """What a day came to: the report without its ids, the rows of the table, the names of the lake's files by kind."""
    lake = open_lake(str(folder / "lake"))
    report = lake.report(DAY)
    assert isinstance(report, DayReport)
    told = report.to_json() | {"evaluation_id": "", "run_id": "", "evaluated_at": "", "source": "", "files": ""}
    warehouse = open_warehouse(str(folder / "warehouse.duckdb"), FEED)
    rows = warehouse.query("SELECT * EXCLUDE (run_id) FROM movies.imdb_movies_rating ORDER BY ALL").to_pylist()
    areas = (path.parent.parent.name for path in (folder / "lake").rglob("ingest_date=*/*") if path.is_file())
    files = sorted(area for area in areas if area != "run")  # two runs leave two
    return told, rows, files


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    land(folder)
    run = start(folder)
    said = run.communicate(timeout=PATIENCE)[0]
    assert run.returncode == 0, said
    return folder


def test_two_runs_of_a_day_at_once(undisturbed: Path, tmp_path: Path) -> None:
    land(tmp_path)
    runs = [start(tmp_path), start(tmp_path)]
    said = [run.communicate(timeout=PATIENCE)[0] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 1]), said
    if codes == [0, 1]:
        assert any("another run" in text.lower() or "judged" in text for text in said), said
    assert "Traceback" not in "".join(said)
    assert outcome(tmp_path) == outcome(undisturbed)
