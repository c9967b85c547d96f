"""`make aws-local` as a person uses it: started, tried from another shell, ended."""

import shlex
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from movie_assets_tests.support.stack import TEMPLATE
from movie_assets_tests.support.try_aws import ENVIRONMENT
from movie_assets_tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow

ROOT = str(TEMPLATE.parents[1])
PROGRAM = [sys.executable, "-m", "movie_assets_tests.support.try_aws"]


class Started:
    """The program in a folder, up to the moment when it says what to do next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            PROGRAM, stdout=subprocess.PIPE, text=True, cwd=folder, env={"PYTHONPATH": ROOT}
        )
        self.said = self.until("Alerts appear below")

    def until(self, word: str) -> str:
        """What it prints up to the line with a word."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if word in line:
                break
        return "".join(lines)

    @property
    def environment(self) -> dict[str, str]:
        lines = (self.folder / ENVIRONMENT).read_text().splitlines()
        pairs = (line.partition("=") for line in lines)
        return {name: shlex.split(value)[0] for name, _, value in pairs}

    def movies(self, *words: str) -> str:
        command = [sys.executable, "-c", "from movie_assets.cli import movies; movies()", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    program = Started(tmp_path)
    yield program
    program.process.kill()
    program.process.communicate()


def test_a_day_is_run_and_told_and_nothing_is_left(started: Started, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / ENVIRONMENT).stat().st_mode) == 0o600
    assert "created    movies.bad_data\n" in started.said
    assert "958 accepted" in started.movies("run", "--day", "2024-03-24")
    assert "9 rules failed, 34 passed" in started.until("rules failed")
    films = started.movies("query", "SELECT count(*) AS films FROM movies.imdb_movies_rating")
    assert films.split() == ["films", "958"]

    second = subprocess.run(
        PROGRAM, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": ROOT}, timeout=PATIENCE
    )
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(
        "Error: a local AWS runs here already; its settings are in .movies/aws-local.env.\n"
    )

    endpoint = started.environment["AWS_ENDPOINT_URL"]
    started.process.send_signal(signal.SIGINT)
    assert started.process.communicate(timeout=PATIENCE)[0].endswith(
        "The local AWS has ended; nothing of it is left.\n"
    )
    assert started.process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(endpoint, timeout=1)
    assert [path.name for path in (tmp_path / ".movies").iterdir()] == ["aws-local.lock"]


def test_what_a_killed_one_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".movies" / "aws-local" / "dagster").mkdir(parents=True)
    (tmp_path / ENVIRONMENT).write_text("MOVIES_LAKE=s3://gone/movies\n")
    program = Started(tmp_path)
    assert "gone" not in (tmp_path / ENVIRONMENT).read_text()
    assert not (tmp_path / ".movies" / "aws-local" / "dagster").exists()
    program.process.send_signal(signal.SIGTERM)
    program.process.communicate(timeout=PATIENCE)
    assert program.process.returncode == 0
