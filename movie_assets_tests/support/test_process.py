import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets_tests.support.process import Child, ServerError
from movie_assets_tests.support.waiting import until

PARENT = """
import sys, time
from pathlib import Path
from movie_assets_tests.support.process import Child
child = Child(["sleep", "60"], Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_child_ends_with_its_parent_even_by_kill_9(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as said:
        child = int(said.readline())
    os.kill(child, 0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: gone(child))


def test_end_ends_a_child_that_ignores_the_signal(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"], tmp_path / "log")
    child.wait_until(lambda: "deaf" in child.tail(), "it")
    child.end(signal.SIGTERM, seconds=0.2)
    assert not child.running()
    until(lambda: gone(child.pid))


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "echo the port is taken >&2; exit 3"], tmp_path / "log")
    with pytest.raises(ServerError, match=r"(?s)nothing ended.*the port is taken"):
        child.wait_until(lambda: False, "nothing")
