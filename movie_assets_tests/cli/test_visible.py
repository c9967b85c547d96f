"""A file whose name, header, cells and lines carry what a terminal obeys: none of it leaves."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from movie_assets.cli import movies
from movie_assets.movies.sample import write_sample
from movie_assets.pipeline.home import open_instance
from movie_assets.settings import settings

pytestmark = pytest.mark.slow

EVIL = "\x1b]0;owned\x07\u202e\x9b2J\u200b"
DAY = date(2024, 3, 24)


def say(*words: str) -> str:
    """What a command prints, standard error included."""
    result = CliRunner().invoke(movies, words)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result.output


def fit(text: str) -> bool:
    return text.replace("\n", "").isprintable()


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOVIES_UNREADABLE_SHARE", "1")  # most of the file is
    source = tmp_path / f"evil{EVIL}.csv"
    write_sample(source, rows=2, dirt={})
    header, first, second = source.read_text().splitlines()
    cells = first.split(",")
    cells[6] = EVIL  # the rating
    source.write_text(f"{header},Extra{EVIL}\n{','.join(cells)},x\n{EVIL}{second},x\njust {EVIL}\n")
    landed = say("land", str(source), "--day", str(DAY))
    assert "evil\\x1b]0;owned" in landed
    assert fit(landed)
    return tmp_path


def test_everything_printed_and_sent_is_fit_to_be_shown(judged: Path) -> None:
    for words in (
        ["run", "--day", str(DAY)],
        *(["show", what, "--day", str(DAY)] for what in ("rules", "bad_data", "unreadable", "validated")),
        ["query", f"SELECT '{EVIL}' AS \"{EVIL}\""],
        ["status"],
        ["land", f"none{EVIL}.csv", "--day", str(DAY)],
        ["show", EVIL],
        [f"--{EVIL}"],
    ):
        said = say(*words)
        assert fit(said), words
        assert "\\x1b" in said or words[0] in ("status", "show"), words
    assert "Extra\\x1b" in say("run", "--day", str(DAY))
    assert "\\x1b" in say("show", "bad_data", "--day", str(DAY))
    assert "just \\x1b" in say("show", "unreadable", "--day", str(DAY))
    sent = [path.read_text() for path in (judged / ".movies" / "alerts").iterdir()]
    assert len(sent) == 4
    assert all(fit(text) for text in sent)


def test_everything_the_ui_shows_is_fit_to_be_shown(judged: Path) -> None:
    say("run", "--day", str(DAY))
    with open_instance(settings()) as instance:
        [run] = instance.get_runs()
        told = [json.loads(dg.serialize_value(entry)) for entry in instance.all_logs(run.run_id)]
    texts = list(_texts(told))
    assert any("\\x1b" in text for text in texts)
    assert [text for text in texts if not fit(text)] == []


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.items() if isinstance(data, dict) else data:
            yield from _texts(list(each) if isinstance(each, tuple) else each)


def test_brackets_and_colons_are_no_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / "[/,] :heart:").mkdir(parents=True)
    monkeypatch.chdir(folder)
    write_sample("one.csv", rows=1, dirt={})
    assert f"landed {folder}/" in say("land", "one.csv", "--day", str(DAY))
    assert f"files   {folder}/" in say("run", "--day", str(DAY))
    assert say("query", "SELECT '[bold]:heart:' AS \"[/,]\"").split() == ["[/,]", "[bold]:heart:"]
    assert f"all of them: {folder}/" in say("show", "bad_data", "--day", str(DAY))
    assert str(DAY) in say("status")
