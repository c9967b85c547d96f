"""`movies doctor`: a line per examination, JSON for programs, exit codes for scripts."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from movie_assets.cli import movies


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def say(*words: str) -> Result:
    return CliRunner().invoke(movies, ["doctor", *words])


def test_all_is_right(tmp_path: Path) -> None:
    result = say()
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("ok              ruleset, imdb_movies_rating.dqdl: 43 rules, ")
    assert "not configured  SNS, publish: MOVIES_SNS_TOPIC is not set" in lines
    assert "ok              feed, movies: 16 columns, movies.imdb_movies_rating" in lines
    assert lines[-1] == "7 ok, 8 not configured"


def test_a_failure_is_told_with_its_hint_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOVIES_REFERENCES", "a=gone.csv")
    result = say()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    at = lines.index(f"failed          reference, a: Can't read {tmp_path}/gone.csv: No such file or directory.")
    assert lines[at + 1] == "                Hint: correct MOVIES_REFERENCES"
    assert lines[-1] == "7 ok, 1 failed, 8 not configured"


def test_a_refused_ruleset_keeps_its_caret_in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.dqdl").write_text("Rules = [ IsComplet 'x' ]")
    monkeypatch.setenv("MOVIES_RULESET", "broken.dqdl")
    result = say()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    [caret] = [line for line in lines if line.strip(" ^") == "" and "^" in line]
    text = lines[lines.index(caret) - 1]
    assert text[caret.index("^") :] == "'x' ]"


def test_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOVIES_REFERENCES", "a=gone.csv")
    result = say("--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert found["ok"] is False
    assert {tuple(finding) for finding in found["findings"]} == {("service", "examination", "status", "said", "hint")}
    assert found["findings"][1] == {
        "service": "reference",
        "examination": "a",
        "status": "failed",
        "said": f"Can't read {tmp_path}/gone.csv: No such file or directory.",
        "hint": "correct MOVIES_REFERENCES",
    }


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MOVIES_GATE", "halt", "MOVIES_GATE is 'halt', which can't be used"),
        ("MOVIES_LAKE", "gs://bucket", "No lake adapter for gs://"),
        ("MOVIES_WAREHOUSE", "redshift://host/db", "no setting says how to log in"),
        ("MOVIES_S3_KMS_KEY", "key", "MOVIES_S3_KMS_KEY is set, but MOVIES_S3_ENCRYPTION is 'none'"),
    ],
    ids=["value", "adapter", "login", "encryption"],
)
def test_settings_that_are_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str) -> None:
    monkeypatch.setenv(variable, value)
    result = say()
    assert result.exit_code == 2
    assert said in result.output
