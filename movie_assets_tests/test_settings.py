import os
from datetime import date
from pathlib import Path

import pytest

from movie_assets.errors import SettingsError
from movie_assets.settings import Settings, settings, settings_table


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("MOVIES_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_lie_under_the_current_folder(tmp_path: Path) -> None:
    found = settings()
    assert found.lake == str(tmp_path / ".movies/lake")
    assert found.warehouse == str(tmp_path / ".movies/warehouse.duckdb")
    assert found.outbox == tmp_path / ".movies/alerts"
    assert (found.nulls, found.gate, found.memory_limit_mb, found.batch_rows) == (
        "fail",
        "continue",
        1000,
        40_960,
    )
    assert found.start_date == date(2024, 3, 1)
    assert found.ruleset.name == "imdb_movies_rating.dqdl"
    assert list(tmp_path.iterdir()) == []


def test_environment_is_read_at_each_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOVIES_GATE", "stop")
    assert settings().gate == "stop"
    monkeypatch.setenv("MOVIES_GATE", "continue")
    assert settings().gate == "continue"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("here", "{cwd}/here"),
        ("/a/b", "/a/b"),
        ("file:///a/b%20c", "/a/b c"),
        ("s3://bucket/x", "s3://bucket/x"),
        ("", "{cwd}/.movies/lake"),
    ],
    ids=["relative", "absolute", "file uri", "other scheme", "empty means default"],
)
def test_locations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, expected: str) -> None:
    monkeypatch.setenv("MOVIES_LAKE", given)
    assert settings().lake == expected.format(cwd=tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "message", "hint"),
    [
        (
            "MOVIES_GATE",
            "halt",
            "MOVIES_GATE is 'halt', which can't be used; allowed: 'continue' or 'stop'.",
            None,
        ),
        (
            "MOVIES_NULLS",
            "ignored",
            "MOVIES_NULLS is 'ignored', which can't be used; allowed: 'fail' or 'ignore'.",
            "did you mean ignore?",
        ),
        (
            "MOVIES_SNS_TOPIC",
            "alerts",
            "MOVIES_SNS_TOPIC is 'alerts', which can't be used; "
            "allowed: such as arn:aws:sns:eu-central-1:123456789012:alerts.",
            None,
        ),
        (
            "MOVIES_THREADS",
            "0",
            "MOVIES_THREADS is '0', which can't be used; allowed: greater than or equal to 1.",
            None,
        ),
        (
            "MOVIES_THREADS",
            "100000",
            "MOVIES_THREADS is '100000', which can't be used; allowed: less than or equal to 256.",
            None,
        ),
        (
            "MOVIES_RULE_TIMEOUT_SECONDS",
            "0",
            "MOVIES_RULE_TIMEOUT_SECONDS is '0', which can't be used; allowed: greater than 0.",
            None,
        ),
        (
            "MOVIES_TIMEZONE",
            "Mars/Base",
            "MOVIES_TIMEZONE is 'Mars/Base', which can't be used; allowed: a name of the IANA time zone database, "
            "such as UTC or Europe/Berlin.",
            None,
        ),
        ("MOVIES_LAEK", "s3cret", "MOVIES_LAEK is not a setting.", "did you mean MOVIES_LAKE?"),
    ],
    ids=[
        "choice",
        "near choice",
        "pattern",
        "lower bound",
        "upper bound",
        "open bound",
        "time zone",
        "unknown variable",
    ],
)
def test_a_wrong_environment_is_explained(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str, hint: str | None
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        settings()
    assert caught.value.message == message
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("MOVIES_START_DATE", "foo", "a day written as YYYY-MM-DD, such as 2024-03-01"),
        ("MOVIES_START_DATE", "1711238400", "a day written as YYYY-MM-DD, such as 2024-03-01"),
        ("MOVIES_LAKE", "~nobody-here/x", "a path whose ~ stands for the home folder of a user of this machine"),
        ("MOVIES_LAKE", "file://host/x", "a path on this machine; file:///folder has three slashes"),
        ("MOVIES_FILE_ROOTS", "s3://b/x", "paths of folders on this machine, separated by commas"),
        ("MOVIES_REFERENCES", "a=b,A=c", "alias=path with each name once; 'A' stands twice, whatever its case"),
        ("MOVIES_REFERENCES", "a=b,c", "alias=path, not 'c'"),
        ("MOVIES_SAMPLE_ROWS", "9999999999999999", "less than or equal to 1000000000"),
        ("MOVIES_LOCK_TIMEOUT_SECONDS", "inf", "less than or equal to 86400"),
        ("MOVIES_MEMORY_LIMIT_MB", "1e3", "a valid integer"),
    ],
)
def test_what_is_allowed_is_told(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, allowed: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        settings()
    assert caught.value.message == f"{variable} is '{value}', which can't be used; allowed: {allowed}."


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_GATE", "halt")
    monkeypatch.setenv("MOVIES_WAREHUOSE", "x")
    with pytest.raises(SettingsError, match=r"MOVIES_WAREHUOSE is not a setting.*MOVIES_GATE is 'halt'"):
        settings()


def test_the_table_has_a_row_per_setting() -> None:
    rows = settings_table().splitlines()
    assert len(rows) == 2 + len(Settings.model_fields)
    assert rows[2].startswith("| `MOVIES_LAKE` | `.movies/lake` | Folder of the lake, or `s3://bucket/prefix`: ")
