"""kill -9 of a whole run before each of its writes, on a folder and DuckDB; then run again: as if undisturbed."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from movie_assets.lake import open_lake
from movie_assets.movies.sample import write_sample
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, FEED, LOAD_AUDIT, TABLE
from movie_assets_tests.support.pipeline import DAY

RUNS = """
import importlib, linecache, os, shutil, signal, sys
from datetime import date
from pathlib import Path

import dagster as dg

from movie_assets.definitions import pipeline
from movie_assets_tests.support.pipeline import ingestion
from movie_assets.pipeline.running import run_day
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import JOB
from movie_assets.warehouse.duckdb import DuckDBWarehouse
from movie_assets_tests.support.pipeline import DAY, settings_in

# Made warm for all runs, but for engines: what they do with threads a fork must not cut in two.
for module in ("judging.cells", "judging.judge", "judging.writing"):
    importlib.import_module(f"movie_assets.{module}")
with dg.DagsterInstance.ephemeral() as instance:
    dg.materialize([dg.asset(lambda: None, name="nothing")], instance=instance)
pipeline(ingestion(settings_in(Path(sys.argv[2]))))
ADAPTER = DuckDBWarehouse.load_day.__code__.co_filename
FILES = {"open", "os.rename", "os.remove", "os.mkdir"}
STATEMENTS = ("CREATE SCHEMA", "DELETE FROM", "INSERT INTO", "_changed(connection", '"COMMIT"')


def killed_before(step, folder):
    passed = 0

    def write():
        nonlocal passed
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    def audit(event, arguments):
        if event in FILES and str(folder / "lake") in str(arguments[0]):
            if event != "open" or set("wax+") & set(str(arguments[1])):
                write()

    def trace(frame, event, argument):
        if event == "line" and any(word in linecache.getline(ADAPTER, frame.f_lineno) for word in STATEMENTS):
            write()
        return trace

    sys.addaudithook(audit)
    def traced(method):
        def run(*arguments, **named):
            sys.settrace(lambda frame, event, argument: trace if frame.f_code.co_filename == ADAPTER else None)
            try:
                return method(*arguments, **named)
            finally:
                sys.settrace(None)
        return run

    DuckDBWarehouse.load_day = traced(DuckDBWarehouse.load_day)
    DuckDBWarehouse.refresh = traced(DuckDBWarehouse.refresh)


def run(folder, step=None):
    settings = settings_in(folder, ruleset=folder / "rules.dqdl", threads=1)
    job = pipeline(ingestion(settings)).resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        if step is not None:
            killed_before(step, folder)
        problem = run_day(FEED, job, instance, DAY).problem
    print(problem or "", file=sys.stderr)
    return int(bool(problem))


def run_forked(folder, step):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = run(folder, step)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if sys.argv[1] == "at every step":
    base, step, code = Path(sys.argv[2]), 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        folder = base.with_name(str(step))
        shutil.copytree(base, folder)
        code = run_forked(folder, step)
        print(code)
        step += 1
else:
    for folder in sys.argv[2:]:
        print(run(Path(folder)))
"""


def runs(how: str, *folders: Path) -> list[int]:
    """The exit codes of runs of the day: in folders, or each in a copy of one, killed before its next write."""
    command = [sys.executable, "-W", "ignore", "-c", RUNS, how, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [int(code) for code in done.stdout.split()]


def found(folder: Path) -> dict[str, Any]:
    """What a reader finds: the day's report, its rows and quarantine, and what the tables hold, without ids of runs."""
    lake, warehouse = open_lake(str(folder / "lake")), open_warehouse(str(folder / "warehouse.duckdb"), FEED, threads=1)
    report = lake.report(DAY)
    assert report is not None
    assert report.lines == report.accepted + report.quarantined + report.unreadable
    with lake.local_files(report, "validated") as accepted, lake.local_files(report, "bad_data") as quarantined:
        files = [path.name.replace(report.evaluation_id, "id") for path in (*accepted, *quarantined)]
    tables = {
        table: warehouse.query(f"SELECT * EXCLUDE ({without}) FROM {table} ORDER BY ALL").to_pylist()
        for table, without in (
            (TABLE, "run_id"),
            (AGGREGATE_TABLE, "ingest_date"),
            (LOAD_AUDIT, "run_id, evaluation_id, source, loaded_at"),
        )
    }
    assert tables[LOAD_AUDIT][0]["rows_loaded"] == len(tables[TABLE])
    counts = (report.lines, report.accepted, report.quarantined, report.unreadable)
    return {"counts": counts, "files": files, **tables}


def names(folder: Path) -> list[str]:
    """The files of the lake's days, by area and kind, without the manifests of runs, which are kept for a week."""
    paths = (path.relative_to(folder / "lake") for path in (folder / "lake").rglob("ingest_date=*/*"))
    return sorted(f"{path.parts[0]} {path.suffix}" for path in paths if path.parts[0] != "run")


def land(folder: Path, rows: int) -> None:
    write_sample(folder / "movies.csv", rows=rows, day=DAY, dirt={"blank_title": 0.2, "ragged_line": 0.1})
    open_lake(str(folder / "lake")).land(folder / "movies.csv", DAY)


@pytest.mark.long
def test_killed_before_every_write(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "rules.dqdl").write_text('Rules = [ RowCount > 10, ColumnLength "series_title" > 0 ]')
    land(base, 60)
    assert runs("in", base) == [0]
    old = found(base)
    land(base, 40)
    shutil.copytree(base, tmp_path / "undisturbed")
    assert runs("in", tmp_path / "undisturbed") == [0]
    new = found(tmp_path / "undisturbed")
    assert new["counts"] != old["counts"]

    *killed, last = runs("at every step", base)
    assert (set(killed), last) == ({-signal.SIGKILL}, 0)  # the last one had no write left to be killed before
    assert len(killed) > 40
    steps = [tmp_path / str(step) for step in range(len(killed) + 1)]
    for folder in steps:
        after = found(folder)
        assert after["counts"] in (old["counts"], new["counts"])
        assert after[TABLE] in (old[TABLE], new[TABLE])
    assert runs("in", *steps) == [0] * len(steps)
    for folder in steps:
        assert found(folder) == new
        assert names(folder) == names(tmp_path / "undisturbed")
