"""Real signals to real programs: they end at the first one, with 130 or 143, in one line."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from movie_assets.lake import open_lake
from movie_assets.program import PREFIX
from movie_assets_tests.support.pipeline import DAY, land_golden, settings_in

pytestmark = pytest.mark.slow

HANGS_SECONDS = 60
"""A guard against hanging: no test waits for it."""

SIGNALS = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)

DURING_A_STATEMENT = """
import os, sys, threading, time, traceback
from movie_assets.cli import dqdl, movies

def when_one_runs():
    main = threading.main_thread().ident
    while True:
        names = {frame.f_code.co_qualname for frame, _ in traceback.walk_stack(sys._current_frames()[main])}
        if {"Statements.run", sys.argv[2]} <= names:
            return os.kill(os.getpid(), int(sys.argv[1]))
        time.sleep(0.001)

threading.Thread(target=when_one_runs, daemon=True).start()
{"dqdl": dqdl, "movies": movies}[sys.argv[3]](sys.argv[4:])
"""

DURING_IMPORTS = """
import os, sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "movie_assets.dqdl":
            os.kill(os.getpid(), int(sys.argv[1]))

sys.meta_path.insert(0, Finder())
import movie_assets.cli
"""

DEAF = """
import os, sys, time
from movie_assets.cli.stopping import ended_by_signals

with ended_by_signals():
    os.kill(os.getpid(), int(sys.argv[1]))
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""


def ended(
    program: str, *words: str | int | Path, temporary: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        env={**os.environ, "TMPDIR": str(temporary), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=HANGS_SECONDS,
    )


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    return made


@SIGNALS
def test_a_check_is_stopped_within_a_rule(tmp_path: Path, temporary: Path, number: int, code: int) -> None:
    (tmp_path / "data.csv").write_text("x\n" + "\n".join(map(str, range(30_000))))
    rule = 'CustomSql "select count(*) from primary a, primary b, primary c where a.x + b.x > c.x" > 0'
    (tmp_path / "rules.dqdl").write_text(f"Rules = [ {rule} ]")
    words = ("dqdl", "check", tmp_path / "rules.dqdl", tmp_path / "data.csv")
    done = ended(DURING_A_STATEMENT, number, "Measurements.take", *words, temporary=temporary)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (code, "", "Stopped.")


@SIGNALS
def test_a_query_is_stopped(tmp_path: Path, temporary: Path, number: int, code: int) -> None:
    duckdb.connect(tmp_path / "warehouse.duckdb").close()
    endless = "select count(*) from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 1"
    environment = {f"{PREFIX}WAREHOUSE": str(tmp_path / "warehouse.duckdb")}
    words = ("movies", "query", endless)
    done = ended(
        DURING_A_STATEMENT, number, "DuckDBWarehouse.query", *words, temporary=temporary, environment=environment
    )
    assert (done.returncode, done.stdout, done.stderr.strip()) == (code, "", "Stopped.")


def test_a_run_is_stopped_and_publishes_nothing(tmp_path: Path, temporary: Path) -> None:
    given = settings_in(tmp_path)
    land_golden(given)
    rule = 'CustomSql "select count(*) from primary a, primary b, primary c, primary d, primary e" > 0'
    (tmp_path / "rules.dqdl").write_text(f"Rules = [ {rule} ]")
    places = {
        "LAKE": given.lake,
        "WAREHOUSE": given.warehouse,
        "OUTBOX": given.outbox,
        "DAGSTER_HOME": given.dagster_home,
        "RULESET": tmp_path / "rules.dqdl",
    }
    environment = {f"{PREFIX}{name}": str(place) for name, place in places.items()}
    words = ("movies", "run", "--day", str(DAY))
    done = ended(
        DURING_A_STATEMENT,
        int(signal.SIGTERM),
        "Measurements.take",
        *words,
        temporary=temporary,
        environment=environment,
    )
    assert (done.returncode, done.stdout) == (143, "")
    assert "Stopped" in done.stderr
    assert "Traceback" not in done.stderr
    assert open_lake(given.lake).report(DAY) is None


@SIGNALS
def test_a_program_is_stopped_while_it_starts(temporary: Path, number: int, code: int) -> None:
    done = ended(DURING_IMPORTS, number, temporary=temporary)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "Stopped.\n")


@SIGNALS
def test_what_does_not_stop_is_ended(temporary: Path, number: int, code: int) -> None:
    done = ended(DEAF, number, temporary=temporary)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "Stopped.\n")
