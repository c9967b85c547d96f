"""`movies show`, `query` and `history` for programs, and over what is damaged."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from movie_assets.cli import dqdl, movies
from movie_assets.lake import open_lake
from movie_assets.model import DayReport
from movie_assets.movies.sample import write_sample
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.judging import csv_of, judge_text

pytestmark = pytest.mark.slow

OF_DAY = ["--day", str(DAY)]


@pytest.fixture
def judged(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> DayReport:
    for name in ("lake", "warehouse", "dagster_home"):
        monkeypatch.setenv(f"MOVIES_{name.upper()}", str(getattr(own_settings, name)))
    text = csv_of([{"Series_Title": "\x1b[31mAmélie"}, {"Genre": "x" * 300}]) + "just three cells,a,b\n"
    report = judge_text(own_settings, text, 'ColumnLength "genre" < 99')
    open_warehouse(own_settings.warehouse, FEED).load_day(report, open_lake(own_settings.lake), run_id="r")
    return report


def call(*words: str) -> Result:
    result = CliRunner().invoke(movies, words)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def told(*words: str) -> Any:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    assert result.output.replace("\n", "").isprintable()
    return json.loads(result.output)


def test_rows_for_programs_are_whole_and_of_their_types(judged: DayReport) -> None:
    [row] = (document := told("show", "validated", *OF_DAY))["rows"]
    assert (document["day"], document["total"]) == (str(DAY), 1)
    assert document["place"].endswith(f"/validated/ingest_date={DAY}")
    assert (row["line_number"], row["series_title"], row["imdb_rating"]) == (2, "\x1b[31mAmélie", "9.30")
    [row] = told("show", "bad_data", *OF_DAY)["rows"]
    assert row["genre"] == "x" * 300
    assert row["DataQualityRulesFail"] == ['ColumnLength "genre" < 99']
    [row] = told("show", "unreadable", *OF_DAY)["rows"]
    assert (row["line_number"], row["text"]) == (4, "just three cells,a,b")
    document = told("show", "rules", *OF_DAY)
    assert [document[name] for name in ("lines", "accepted", "quarantined", "unreadable")] == [3, 1, 1, 1]
    assert [rule["outcome"] for rule in document["rules"]] == ["Failed"]


def test_what_json_lacks_is_text(judged: DayReport) -> None:
    asked = "SELECT 1.50::DECIMAL(9, 2) AS d, DATE '2024-03-24' AS x, 'nan'::DOUBLE AS n, NULL AS z, 7 AS i"
    row = {"d": "1.50", "x": "2024-03-24", "n": "nan", "z": None, "i": 7}
    assert told("query", asked) == {"rows": [row], "total": 1}
    document = told("query", "SELECT * FROM range(5)", "--limit", "2")
    assert document == {"rows": [{"range": 0}, {"range": 1}], "total": 5}


def test_columns_of_one_name_are_all_shown_and_refused_as_json(judged: DayReport) -> None:
    assert call("query", "SELECT 1 AS a, 2 AS a").output.split() == ["a", "a", "1", "2"]
    result = call("query", "SELECT 1 AS a, 2 AS a", "--json")
    assert (result.exit_code, result.output.splitlines()[0]) == (2, "Error: Columns of the answer have the same name.")


def test_the_history_for_programs(judged: DayReport) -> None:
    metric = "Column.genre.MaximumLength"
    days = [{"day": str(DAY), "value": 300.0, "counts": True}]
    assert told("history", "show", "--metric", metric) == {"metric": metric, "days": days}


def test_status_without_days_is_a_document_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert told("status") == {"days": []}


@pytest.mark.parametrize("dataset", ["validated", "bad_data", "unreadable"])
@pytest.mark.parametrize("damage", [lambda whole: whole[:-20], lambda whole: b"", lambda whole: b"PAR1" * 9])
def test_a_damaged_file_is_named_with_the_next_step(
    judged: DayReport, own_settings: Settings, dataset: Any, damage: Any
) -> None:
    with open_lake(own_settings.lake).local_files(judged, dataset) as [file]:
        file.write_bytes(damage(file.read_bytes()))
    for words in ([], ["--json"]):
        result = call("show", dataset, *OF_DAY, *words)
        assert result.exit_code == 2
        assert result.output.splitlines() == [
            f"Error: Can't read {file}: it is damaged, or not what the day's evaluation wrote.",
            f"Hint: judge the day again: movies run --day {DAY}",
        ]


def test_an_alert_that_was_not_delivered_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules.dqdl").write_text("Rules = [ RowCount > 99 ]")
    Path("file").touch()
    monkeypatch.setenv("MOVIES_RULESET", "rules.dqdl")
    monkeypatch.setenv("MOVIES_OUTBOX", "file/outbox")
    write_sample("movies.csv", rows=2, dirt={})
    call("land", "movies.csv", *OF_DAY)
    ran = call("run", *OF_DAY)
    assert "not delivered: Can't write the alert" in ran.output
    assert ran.exit_code == 1


@pytest.mark.parametrize("program", [movies, dqdl])
def test_the_lists_of_commands_have_whole_sentences(program: Any) -> None:
    def lists(words: Sequence[str], group: Any) -> None:
        shown = " ".join(CliRunner().invoke(program, [*words, "--help"]).output.split())
        assert "..." not in shown.replace("[ARGS]...", "")
        for name, command in group.commands.items():
            sentence = " ".join(command.help.partition("\n\n")[0].split())
            assert f"{name} {sentence}" in shown
            if hasattr(command, "commands"):
                lists([*words, name], command)

    lists([], program)
