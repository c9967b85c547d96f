"""kill -9 in the middle of a run, then the day again: it ends as if never interrupted."""

import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from movie_assets.lake import open_lake
from movie_assets.pipeline.assets import WAREHOUSE_POOL
from movie_assets.pipeline.home import make_home, open_instance
from movie_assets.pipeline.running import close_killed_runs
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import DAY, land_golden, run, settings_in

pytestmark = pytest.mark.slow

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from movie_assets.definitions import pipeline
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import ingestion
from movie_assets.pipeline.assets import WAREHOUSE_POOL
from movie_assets.pipeline.home import make_home, open_instance
from movie_assets.pipeline.ingestion import Progress
from movie_assets.pipeline.running import run_day
from movie_assets_tests.support.pipeline import JOB
from movie_assets_tests.support.pipeline import settings_in

class Killing(Progress):
    def __call__(self, doing):
        if doing == sys.argv[2]:
            os.kill(os.getpid(), int(sys.argv[3]))

settings = settings_in(Path(sys.argv[1]))
with open_instance(settings) as instance:
    run_day(FEED, pipeline(ingestion(settings, Killing())).resolve_job_def(JOB), instance, date(2024, 3, 24))
"""


@pytest.mark.parametrize("moment", ["writing", "loading"])
def test_a_killed_run_leaves_no_trace_in_the_day(tmp_path: Path, moment: str) -> None:
    given = settings_in(tmp_path)
    land_golden(given)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), moment, str(int(signal.SIGKILL))])
    assert killed.returncode == -signal.SIGKILL

    lake = open_lake(given.lake)
    assert (lake.report(DAY) is not None) == (moment == "loading")
    assert open_warehouse(given.warehouse, FEED).loaded() == {}

    with open_instance(given) as instance:
        [left] = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        assert close_killed_runs(instance) == [left.run_id]
        assert close_killed_runs(instance) == []
        again = run(given, instance)
    assert again.success
    report = lake.report(DAY)
    assert report is not None
    assert (report.run_id, report.accepted, report.quarantined) == (again.run_id, 20, 980)
    assert open_warehouse(given.warehouse, FEED).loaded() == {DAY: 20}
    for dataset, rows in (("validated", 20), ("bad_data", 980)):
        [only] = Path(given.lake, dataset, "ingest_date=2024-03-24").iterdir()
        assert pq.read_metadata(only).num_rows == rows


def test_a_killed_run_gives_its_place_in_the_pool_back(tmp_path: Path) -> None:
    """Else the next run waits for it for ever, where the instance has a limit and no daemon."""
    given = settings_in(tmp_path)
    land_golden(given)
    config = Path(make_home(given)) / "dagster.yaml"
    config.write_text(config.read_text() + "  pools:\n    default_limit: 1\n")
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "loading", str(int(signal.SIGKILL))])
    with open_instance(given) as instance:
        store = instance.event_log_storage
        assert store.get_concurrency_info(WAREHOUSE_POOL).active_slot_count == 1
        close_killed_runs(instance)
        assert store.get_concurrency_info(WAREHOUSE_POOL).active_slot_count == 0


def test_ctrl_c_stops_the_run_and_says_so(tmp_path: Path) -> None:
    given = settings_in(tmp_path)
    land_golden(given)
    words = [sys.executable, "-c", KILLED, str(tmp_path), "loading", str(int(signal.SIGINT))]
    stopped = subprocess.run(words, stderr=subprocess.PIPE, text=True)
    assert "InterruptedRunError: Stopped at 2024-03-24; nothing is half-written." in stopped.stderr
    assert open_warehouse(given.warehouse, FEED).loaded() == {}
    with open_instance(given) as instance:
        assert instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])) == []
