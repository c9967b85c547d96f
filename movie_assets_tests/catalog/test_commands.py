"""`movies catalog` as a person types it."""

import pytest
from click.testing import CliRunner

from movie_assets.cli import movies
from movie_assets.settings import Settings
from movie_assets_tests.support.catalogs import OnAws
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.judging import csv_of


@pytest.fixture
def typed(aws: OnAws, monkeypatch: pytest.MonkeyPatch) -> OnAws:
    """The lake on AWS as the environment has it."""
    for name in ("lake", "glue_database", "athena_workgroup", "warehouse"):
        monkeypatch.setenv(f"MOVIES_{name.upper()}", getattr(aws.settings, name))
    return aws


def say(*words: str, code: int = 0) -> list[str]:
    result = CliRunner().invoke(movies, ["catalog", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_sync_says_what_it_did(typed: OnAws, monkeypatch: pytest.MonkeyPatch) -> None:
    database = typed.settings.glue_database
    names = ("raw", "validated", "bad_data", "unreadable", "rule_outcome", "evaluation")
    assert say("sync") == [f"created {database}.{name}" for name in names]
    assert say("sync") == [f"unchanged {database}.{name}" for name in names]
    monkeypatch.setenv("MOVIES_START_DATE", "2020-01-01")
    assert say("sync")[0] == (f"updated {database}.raw: projection.ingest_date.range is 2024-03-01,NOW+1DAYS")


def test_show_prints_columns_location_and_days(typed: OnAws, monkeypatch: pytest.MonkeyPatch) -> None:
    database, lake = typed.settings.glue_database, typed.settings.lake
    assert say("show")[2] == f"{database}.bad_data not there yet: movies catalog sync"
    say("sync")
    shown = say("show")
    assert shown[:4] == [
        f"{database}.raw",
        f"{lake}/landing/",
        f"days 2024-03-01,NOW+1DAYS at {lake}/landing/ingest_date=${{ingest_date}}/",
        "column type meaning",
    ]
    assert "imdb_rating decimal(10,2) Mean rating of the voters, 0 to 10" in shown
    assert "dataqualityrulesfail array<string>" in shown
    monkeypatch.setenv("MOVIES_START_DATE", "2020-01-01")
    assert say("show")[0] == f"{database}.raw projection.ingest_date.range is 2024-03-01,NOW+1DAYS"


def test_query_prints_rows_and_says_when_there_are_more(typed: OnAws) -> None:
    say("sync")
    typed.judge(csv_of([{"Genre": ""}, {"Genre": ""}]), 'ColumnLength "genre" > 0')
    columns = "line_number, genre, dataqualityrulesfail[1] AS rule"
    asked = f"SELECT {columns} FROM bad_data WHERE ingest_date = DATE '{DAY}' ORDER BY 1"
    assert say("query", asked) == [
        "line_number genre rule",
        '2 ColumnLength "genre" > 0',
        '3 ColumnLength "genre" > 0',
    ]
    assert say("query", asked, "--limit", "1")[1:] == ['2 ColumnLength "genre" > 0', "the first 1 row; there are more"]


def test_an_answer_of_many_columns_is_whole(typed: OnAws) -> None:
    say("sync")
    typed.judge(csv_of([{"Genre": "[bold]"}]), 'ColumnLength "genre" > 99')
    shown = say("query", "SELECT * FROM bad_data")
    assert shown[0].startswith("poster_link series_title ")
    assert " The Quiet Harbour " in shown[1]
    assert " [bold] " in shown[1]


def test_what_is_not_configured_is_one_sentence(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_LAKE", own_settings.lake)
    wanted = [
        "Error: No catalog is configured.",
        "Hint: set MOVIES_GLUE_DATABASE to a database of the Glue Data Catalog",
    ]
    assert say("sync", code=2) == say("show", code=2) == say("query", "SELECT 1", code=2) == wanted
