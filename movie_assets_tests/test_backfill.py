"""A year run in one go: a day whose file is missing, a kill in the middle, and what is left run afterwards.

Days have a handful of rows and one rule: what a day costs here is what Dagster and the files around it cost.
"""

import os
import signal
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from movie_assets.lake import open_lake
from movie_assets.sample import write_sample
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.test_crash import start

FIRST = date(2024, 3, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(365)]
MISSING, KILLED = DAYS[100], DAYS[200]


def rows_of(day: date) -> int:
    return 3 + day.toordinal() % 5


def land(folder: Path, days: Sequence[date]) -> None:
    for day in days:
        write_sample(folder / "movies.csv", rows=rows_of(day), day=day, dirt={})
        open_lake(str(folder / "lake")).land(folder / "movies.csv", day)


def told(output: str) -> list[str]:
    """The lines that say that a run failed."""
    return [line for line in output.splitlines() if "the run failed" in line]


@pytest.mark.long
def test_a_year_with_a_day_missing_and_a_kill_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "rules.dqdl").write_text('Rules = [ IsComplete "genre" ]')
    land(tmp_path, [day for day in DAYS if day != MISSING])
    lake, warehouse = open_lake(str(tmp_path / "lake")), tmp_path / "warehouse.duckdb"

    year = start(tmp_path, "--days", f"{DAYS[0]}..{DAYS[-1]}", MOVIES_RULESET="rules.dqdl")
    deadline = time.monotonic() + 300
    while lake.report(KILLED) is None and year.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(year.pid, signal.SIGKILL)
    said = year.communicate()[0]
    [failed] = told(said)
    assert f"{MISSING}" in failed
    before = open_warehouse(str(warehouse)).loaded()
    assert before == {day: rows_of(day) for day in DAYS if day in before}
    assert [day for day in DAYS[: DAYS.index(KILLED)] if day not in before] == [MISSING]

    land(tmp_path, [MISSING])
    for left in ([MISSING, MISSING], [KILLED, DAYS[-1]]):
        rest = start(tmp_path, "--days", f"{left[0]}..{left[-1]}", MOVIES_RULESET="rules.dqdl")
        said = rest.communicate(timeout=300)[0]
        assert (rest.returncode, told(said)) == (0, []), said
    assert open_warehouse(str(warehouse)).loaded() == {day: rows_of(day) for day in DAYS}
    reports = [lake.report(day) for day in DAYS]
    assert all(report and report.lines == report.accepted == rows_of(report.day) for report in reports)
