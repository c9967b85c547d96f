"""Many days run in one go: one whose file is missing, a kill in the middle, and what is left run afterwards.

Days go through the real job, one after the other, as `movies run --days` runs them. They have a handful of rows and one
rule, and the history of runs is kept in memory: on disk it costs as much as everything else does. `BACKFILL_DAYS` says
how many; a year takes some minutes.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from movie_assets.lake import open_lake
from movie_assets.movies.sample import write_sample
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.waiting import PATIENCE, until
from movie_assets_tests.test_crash import environment

FIRST = date(2024, 3, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(int(os.environ.get("BACKFILL_DAYS", "120")))]
MISSING, KILLED = DAYS[len(DAYS) // 4], DAYS[len(DAYS) // 2]

BACKFILL = """
import sys
from datetime import date

import dagster as dg

from movie_assets.definitions import pipeline
from movie_assets.feeds import feeds
from movie_assets.pipeline.ingestion import configured_ingestion
from movie_assets.pipeline.running import run_day
from movie_assets.settings import settings

[feed] = feeds(settings())
ingestion = configured_ingestion(settings(), feed)
job = pipeline(ingestion).resolve_job_def(ingestion.keys.job)
with dg.DagsterInstance.ephemeral() as instance:
    for day in sys.argv[1:]:
        if problem := run_day(feed, job, instance, date.fromisoformat(day)).problem:
            print(problem, flush=True)
"""


def rows_of(day: date) -> int:
    return 3 + day.toordinal() % 5


def land(folder: Path, days: Sequence[date]) -> None:
    for day in days:
        write_sample(folder / "movies.csv", rows=rows_of(day), day=day, dirt={})
        open_lake(str(folder / "lake")).land(folder / "movies.csv", day)


def backfill(folder: Path, days: Sequence[date]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BACKFILL, *map(str, days)],
        env=environment(folder) | {"MOVIES_RULESET": str(folder / "rules.dqdl")},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.long
def test_days_with_one_missing_and_a_kill_are_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "rules.dqdl").write_text('Rules = [ IsComplete "genre" ]')
    land(tmp_path, [day for day in DAYS if day != MISSING])
    lake, warehouse = open_lake(str(tmp_path / "lake")), open_warehouse(str(tmp_path / "warehouse.duckdb"), FEED)

    days = backfill(tmp_path, DAYS)
    until(lambda: lake.report(KILLED) is not None or days.poll() is not None)
    os.killpg(days.pid, signal.SIGKILL)
    [failed] = days.communicate()[0].splitlines()
    assert failed.startswith(f"No file has landed for {MISSING}")
    before = warehouse.loaded()
    assert before == {day: rows_of(day) for day in before}
    assert [day for day in DAYS[: DAYS.index(KILLED)] if day not in before] == [MISSING]

    land(tmp_path, [MISSING])
    rest = backfill(tmp_path, [day for day in DAYS if day not in before])
    assert (rest.communicate(timeout=PATIENCE)[0], rest.returncode) == ("", 0)
    assert warehouse.loaded() == {day: rows_of(day) for day in DAYS}
    reports = [lake.report(day) for day in DAYS]
    assert all(report and report.lines == report.accepted == rows_of(report.day) for report in reports)
