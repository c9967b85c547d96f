"""Folders for local copies: nobody's while in use, everybody's to remove when the owner died."""

import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets.lake.scratch import scratch

KILLED = """
import os, signal
from movie_assets.lake.scratch import scratch
made = scratch()
folder = made.__enter__()
(folder / "large.csv").write_text("x")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_gone_when_the_block_ends(base: Path) -> None:
    with scratch() as folder:
        (folder / "file").write_text("x")
        assert folder.parent == base
    assert list(base.iterdir()) == []


def test_those_of_the_living_stay_and_those_of_the_dead_go(base: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED], env={"TMPDIR": str(base)}, check=False)
    assert len(list(base.glob("*/large.csv"))) == 1
    with scratch() as first:
        assert [path for path in base.iterdir() if path.is_dir()] == [first]
        with scratch() as second:
            assert first.is_dir()
            assert second != first
    assert list(base.iterdir()) == []
