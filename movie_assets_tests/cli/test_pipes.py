"""A reader that goes: what runs goes on, and nobody sees a traceback."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from movie_assets.lake import open_lake
from movie_assets.movies.sample import write_sample
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.judging import csv_of, judge_text

pytestmark = pytest.mark.slow

PROGRAM = "import sys; from movie_assets.cli import {0}; {0}()"


def start(program: str, *words: str, settings: Settings, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    names = ("lake", "warehouse", "outbox", "dagster_home", "ruleset")
    places = {f"MOVIES_{name.upper()}": str(getattr(settings, name)) for name in names}
    command = [sys.executable, "-c", PROGRAM.format(program), *words]
    return subprocess.Popen(
        command, env={**os.environ, **places}, stdout=stdout, stderr=subprocess.PIPE, text=True, bufsize=1
    )


def closed_pipe() -> int:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_a_run_goes_on_when_nobody_reads_any_more(own_settings: Settings, tmp_path: Path) -> None:
    write_sample(tmp_path / "movies.csv", rows=3, dirt={})
    (rules := tmp_path / "rules.dqdl").write_text("Rules = [ RowCount > 0 ]")
    given = own_settings.model_copy(update={"ruleset": rules})
    days = [DAY, DAY + timedelta(days=1)]
    for day in days:
        open_lake(given.lake).land(tmp_path / "movies.csv", day)
    with start("movies", "run", "--days", f"{days[0]}..{days[1]}", settings=given) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == f"{DAY}\n"
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait() == 0
    assert list(open_warehouse(given.warehouse, FEED).loaded().values()) == [3, 3]


@pytest.mark.parametrize(
    ("program", "words", "code"),
    [
        ("movies", ["show", "rules", "--day", str(DAY), "--json"], 0),
        ("movies", ["show", "rules", "--day", "2024-03-25"], 2),
        ("movies", ["--help"], 1),
        ("dqdl", ["rules"], 0),
    ],
    ids=["JSON", "refusal", "help", "table"],
)
def test_a_closed_pipe_is_no_traceback(own_settings: Settings, program: str, words: list[str], code: int) -> None:
    judge_text(own_settings, csv_of([{}]))
    pipe = closed_pipe()
    with start(program, *words, settings=own_settings, stdout=pipe) as running:
        os.close(pipe)
        said = running.communicate()[1]
    assert "Traceback" not in said
    assert "Exception" not in said
    assert running.returncode == code


def test_a_letter_that_the_encoding_lacks_is_escaped(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_text(own_settings, csv_of([{"Series_Title": "Amélie"}]), 'ColumnLength "series_title" > 99')
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with start("movies", "show", "bad_data", "--day", str(DAY), settings=own_settings) as showing:
        said, complaints = showing.communicate()
    assert "Am\\xe9lie" in said
    assert complaints == ""


def test_an_output_that_takes_no_more_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "rules.dqdl").write_text("Rules = [ RowCount > 0 ]")
    (tmp_path / "data.csv").write_text("a\n1\n")
    command = [sys.executable, "-c", "from movie_assets.cli import dqdl; dqdl()", "check", "rules.dqdl", "data.csv"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "Error: the operating system refuses: No space left on device.\n")
