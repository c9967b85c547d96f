"""Killed at any step of writing a day: readers see the old day or the new one, and running again ends as usual."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets.lake.local import LocalLake
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import contents, read_day, write_day

pytestmark = pytest.mark.slow

WRITER = """
import json, os, shutil, signal, sys
from pathlib import Path
from movie_assets.lake.local import LocalLake
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import write_day

STEPS = {"open", "os.rename", "os.remove", "os.mkdir"}


def work(lake, source):
    lake.land(source, DAY)
    with lake.lock(DAY):
        write_day(lake, "e2")
        lake.prune(DAY)


def killed_at(step, root, source):
    passed = 0

    def hook(event, arguments):
        nonlocal passed
        if event in STEPS and arguments and str(root) in str(arguments[0]):
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)
            passed += 1

    sys.addaudithook(hook)
    work(LocalLake(root), source)


base, source, folder = map(Path, sys.argv[1:])
step, killed = 0, True
while killed:
    root = folder / str(step)
    shutil.copytree(base, root)
    child = os.fork()
    if child == 0:
        killed_at(step, root, source)
        os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    step += 1
print(json.dumps(step - 1))
"""


def test_killed_at_every_step(tmp_path: Path) -> None:
    base, old, new = LocalLake(tmp_path / "base"), tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("old")
    new.write_text("new")
    base.land(old, DAY)
    write_day(base, "e1")
    command = [sys.executable, "-c", WRITER, str(base.root), str(new), str(tmp_path / "killed")]
    steps = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert steps > 20

    seen = set()
    for step in range(steps + 1):
        lake = LocalLake(tmp_path / "killed" / str(step), lock_timeout_seconds=0)
        report = lake.report(DAY)
        assert report is not None
        assert read_day(lake, report) == contents(report.evaluation_id), f"half a day after step {step}"
        with lake.local_copy(lake.landed(DAY)) as path:
            landed = path.read_text()
        assert landed in {"old", "new"}
        seen.add((landed, report.evaluation_id))

        lake.land(new, DAY)
        with lake.lock(DAY):
            report = write_day(lake, "e3")
            lake.prune(DAY)
        assert read_day(lake, report) == contents("e3")
        files = {str(path.relative_to(lake.root)) for path in lake.root.rglob("*") if path.is_file()}
        runs = {name for name in files if name.startswith("run/")}
        assert runs <= {f"run/ingest_date=2024-03-24/run-of-{each}.json" for each in ("e1", "e2", "e3")}
        assert {name for name in files - runs if not name.startswith(".locks")} == {
            "landing/ingest_date=2024-03-24/new.csv",
            "validated/ingest_date=2024-03-24/e3.parquet",
            "bad_data/ingest_date=2024-03-24/e3.parquet",
            "unreadable/ingest_date=2024-03-24/e3.parquet",
            "rule_outcome/ingest_date=2024-03-24/e3.jsonl",
            "evaluation/ingest_date=2024-03-24/evaluation.json",
        }, f"after step {step}"
    assert seen == {("old", "e1"), ("new", "e1"), ("new", "e2")}


def test_a_killed_holder_frees_the_day(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from datetime import date;"
        "from movie_assets.lake.local import LocalLake; lake = LocalLake(Path(sys.argv[1]));"
        "held = lake.lock(date(2024, 3, 24)); held.__enter__(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert (tmp_path / ".locks/2024-03-24.holder").exists()
    with LocalLake(tmp_path, lock_timeout_seconds=0).lock(DAY):
        pass
    assert not (tmp_path / ".locks/2024-03-24.holder").exists()
