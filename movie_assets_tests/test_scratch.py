"""Private folders: nobody else's while in use, removed by the next one when the owner died, no way to others' files."""

import gc
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets.errors import LakeError
from movie_assets.lake.scratch import scratch
from movie_assets.scratch import Scratch

KILLED = """
import os, signal
from movie_assets.scratch import Scratch
made = Scratch()
(made.path / "large.csv").write_text("x")
os.kill(os.getpid(), signal.SIGKILL)
"""

ALIVE = """
import sys
from movie_assets.scratch import Scratch
with Scratch() as folder:
    print(folder, flush=True)
    sys.stdin.read()
    print(folder.is_dir(), flush=True)
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def abandoned(base: Path) -> Path:
    """The folder of a process that was killed."""
    subprocess.run([sys.executable, "-c", KILLED], env={"TMPDIR": str(base)}, check=False)
    (left,) = base.iterdir()
    return left


def test_a_folder_is_this_users_alone_and_gone_when_the_block_ends(base: Path) -> None:
    with Scratch() as folder:
        (folder / "file").write_text("x")
        assert folder.parent == base
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(base.iterdir()) == []


@pytest.mark.slow
def test_a_folder_goes_with_the_last_reference_to_it(base: Path) -> None:
    made = Scratch()
    assert made.path.is_dir()
    del made
    gc.collect()
    assert list(base.iterdir()) == []


def test_those_of_the_dead_go(base: Path) -> None:
    left = abandoned(base)
    assert (left / "large.csv").exists()
    with Scratch() as folder:
        assert list(base.iterdir()) == [folder]


def test_those_of_the_living_stay(base: Path) -> None:
    command = [sys.executable, "-c", ALIVE]
    with subprocess.Popen(
        command, env={"TMPDIR": str(base)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with Scratch() as first, Scratch() as second:
            assert {first, second, theirs} == set(base.iterdir())
        assert other.communicate()[0] == "True\n"
    assert list(base.iterdir()) == []


def test_a_planted_link_leads_nowhere(base: Path) -> None:
    left = abandoned(base)
    victim = base / "victim"
    victim.mkdir()
    (victim / "file").write_text("kept")
    (left / "link").symlink_to(victim)
    (base / f"{left.name}-planted").symlink_to(victim)
    (base / f"{left.name}-planted.lock").symlink_to(victim / "file")
    with Scratch():
        pass
    assert not left.exists()
    assert (victim / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_left_alone(base: Path) -> None:
    theirs = abandoned(base)
    os.chown(theirs, 12345, -1)
    with Scratch():
        pass
    assert theirs.is_dir()


def test_the_lake_says_where_no_folder_can_be_made(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = base / "missing"
    monkeypatch.setattr("tempfile.tempdir", str(missing))
    with pytest.raises(LakeError, match=f"Can't make a folder in {missing}: No such file or directory"), scratch():
        pass
