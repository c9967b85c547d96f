"""`movies history`: days are left out of the history and taken in again."""

import pytest
from click.testing import CliRunner

from movie_assets.cli import movies
from movie_assets.settings import Settings
from movie_assets_tests.support.judging import csv_of, judge_text


def test_a_day_is_left_out_and_taken_in_again(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_LAKE", own_settings.lake)
    judge_text(own_settings, csv_of([{}, {}]))

    def say(*words: str) -> list[str]:
        result = CliRunner().invoke(movies, ["history", *words])
        assert result.exit_code == 0, result.output
        return [" ".join(line.split()) for line in result.output.splitlines()]

    assert say("show")[-1] == "2024-03-24 2 yes"
    assert say("exclude", "--day", "2024-03-24") == ["2024-03-24 does not count for later days"]
    assert say("show")[-1] == "2024-03-24 2 no"
    assert say("include", "--day", "2024-03-24") == ["2024-03-24 counts for later days"]
    assert say("show")[-1] == "2024-03-24 2 yes"


def test_a_day_never_judged_is_refused(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_LAKE", own_settings.lake)
    result = CliRunner().invoke(movies, ["history", "exclude", "--day", "2024-03-24"])
    assert result.exit_code == 2
    assert "2024-03-24 was not judged" in result.output
