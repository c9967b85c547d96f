"""Output paths, addresses and numbers that nothing can be done with: one sentence each, and nothing is changed."""

import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from movie_assets.cli import movies
from movie_assets.settings import Settings


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(movies, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def sample_to(path: Path) -> str:
    code, said = call("sample", "--day", "2024-03-24", "--rows", "2", "--out", str(path))
    assert code == 2
    return said


def test_a_sample_replaces_only_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to("file")
    for name, kind in (("pipe", "a pipe"), ("link", "a link"), (".", "a folder")):
        assert f"it is {kind}, not a regular file" in sample_to(tmp_path / name)
    assert "it is a folder" in sample_to(Path("/"))
    assert "it is a device" in sample_to(Path("/dev/null"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link", "pipe"]
    assert (tmp_path / "file").read_text() == "kept"


def test_a_name_of_two_lines_is_one_line(
    own_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOVIES_LAKE", own_settings.lake)
    file = tmp_path / "x\nlanded all.csv"
    file.write_text("a\n1\n")
    code, said = call("land", str(file), "--day", "2024-03-24")
    assert (code, said.count("\n")) == (0, 1)


def test_more_rows_than_there_can_be_are_a_wrong_option() -> None:
    code, said = call("show", "bad_data", "--day", "2024-03-24", "--limit", "9" * 26)
    assert code == 2
    assert "is not in the range" in said


@pytest.mark.slow
def test_an_address_that_is_taken_or_unknown(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_DAGSTER_HOME", str(own_settings.dagster_home))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = call("ui", "--port", str(port))
    assert (code, f"The UI can't listen on 127.0.0.1:{port}: " in said) == (2, True)
    code, said = call("ui", "--host", "nowhere.invalid")
    assert (code, "The UI can't listen on nowhere.invalid:3000: " in said) == (2, True)
