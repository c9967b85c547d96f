"""A landed file against the contract against the tables, on every warehouse."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from movie_assets.catalog.compare import TableShape, compare, out_of_order
from movie_assets.catalog.landed import LandedSchema, inferred_schema
from movie_assets.cli import movies
from movie_assets.errors import NoLandedFileError
from movie_assets.lake import open_lake
from movie_assets.settings import Settings
from movie_assets_tests.support.catalogs import OnAws
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import CONTRACT
from movie_assets_tests.support.judging import csv_of
from movie_assets_tests.support.orders import ORDERS

HEADER = [column.name for column in CONTRACT.columns]


def landed(settings: Settings, text: str) -> LandedSchema:
    file = Path(settings.outbox).parent / "movies.csv"
    file.write_text(text, newline="")
    lake = open_lake(settings.lake)
    lake.land(file, DAY)
    return inferred_schema(lake, DAY, settings)


def differences(found: LandedSchema | None, *tables: TableShape) -> dict[str, str]:
    return {
        column.name: "; ".join(column.differences) for column in compare(CONTRACT, found, tables) if column.differences
    }


def test_types_are_those_that_most_cells_have(own_settings: Settings) -> None:
    films = [{"Meta_score": "" if i < 20 else "84.0", "IMDB_Rating": "7"} for i in range(40)]
    films[39] |= {"No_of_Votes": "many", "Meta_score": "x", "Certificate": ""}
    found = landed(own_settings, csv_of(films) + "half,a line\n")
    shown = {name: str(column) for name, column in found.columns.items()}
    assert (found.rows, found.day, found.uri) == (40, DAY, f"{own_settings.lake}/landing/ingest_date={DAY}/movies.csv")
    assert (shown["meta_score"], shown["no_of_votes"]) == ("long, 1 of 20 not", "long, 1 of 40 not")
    assert (shown["imdb_rating"], shown["released_year"], shown["genre"]) == ("long", "long", "string")
    assert differences(found) == {}


@pytest.mark.parametrize("films", [[], [dict.fromkeys(HEADER, "")]], ids=["no rows", "blank cells"])
def test_a_file_that_says_nothing_of_types_fits(own_settings: Settings, films: list[dict[str, str]]) -> None:
    found = landed(own_settings, csv_of(films))
    assert {str(column) for column in found.columns.values()} == {"blank"}
    assert differences(found) == {}


CHANGES = {
    "a column more": (csv_of([{}], [*HEADER, "Country"]), {"Country": "the contract has none"}),
    "a column less": (csv_of([{}], HEADER[:-1]), {"gross": "the file lacks it"}),
    "a column renamed": (
        csv_of([{}], [*HEADER[:-2], "Number_of_Votes", "Gross"]),
        {
            "no_of_votes": "the file lacks it; perhaps Number_of_Votes",
            "Number_of_Votes": "the contract has none; perhaps no_of_votes",
        },
    ),
    "another type": (
        csv_of([{"Meta_score": "80/100"}, {"Meta_score": "70/100"}]),
        {"meta_score": "the file has string, not long"},
    ),
    "fractions": (csv_of([{"No_of_Votes": "1.5"}]), {"no_of_votes": "the file has double, not long"}),
    "a column twice": (csv_of([{}], [*HEADER, "genre"]), {"genre": "the file has it 2 times"}),
    "another spelling": (csv_of([{}]).replace("Genre,", " GENRE ,", 1), {}),
}


@pytest.mark.parametrize(("text", "said"), CHANGES.values(), ids=CHANGES)
def test_what_a_file_changes_is_told(own_settings: Settings, text: str, said: dict[str, str]) -> None:
    assert differences(landed(own_settings, text)) == said


def test_another_order_is_told_apart(own_settings: Settings) -> None:
    assert not out_of_order(CONTRACT, landed(own_settings, csv_of([{}])))
    assert out_of_order(CONTRACT, landed(own_settings, csv_of([{}], HEADER[::-1])))


def test_a_table_against_the_contract() -> None:
    wanted = {"genre": "VARCHAR", "gross": "VARCHAR", "run_id": "VARCHAR"}
    shape = TableShape("warehouse", {"genre": "INTEGER", "run_id": "VARCHAR", "stray": "DATE"}, wanted)
    assert differences(None, shape) == {
        "genre": "warehouse has INTEGER, not VARCHAR",
        "gross": "warehouse lacks it",
        "stray": "warehouse has it besides",
    }
    assert differences(None, TableShape("warehouse", {}, wanted)) == {}


def call(settings: Settings, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    for name in ("lake", "warehouse", "glue_database", "athena_workgroup"):
        if (value := getattr(settings, name)) is not None:
            monkeypatch.setenv(f"MOVIES_{name.upper()}", value)
    result = CliRunner().invoke(movies, ["catalog", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.output.splitlines()]


@pytest.mark.slow
def test_a_laptop_needs_no_catalog(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    empty = call(own_settings, monkeypatch, "diff")
    assert (empty.exit_code, lines(empty)[-2:]) == (0, ["warehouse: not there yet", "no file has landed yet"])
    landed(own_settings, csv_of([{}]))
    found = call(own_settings, monkeypatch, "diff")
    assert found.exit_code == 0
    assert lines(found)[0] == f"column file of {DAY} contract warehouse difference"
    assert "imdb_rating double double, DECIMAL(10,2) -" in lines(found)
    landed(own_settings, csv_of([{}], HEADER[1:]))
    changed = call(own_settings, monkeypatch, "diff", "--day", str(DAY))
    assert changed.exit_code == 1
    assert "poster_link - string, VARCHAR(MAX) - the file lacks it" in lines(changed)


def test_a_day_without_a_file_is_refused(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = call(own_settings, monkeypatch, "diff", "--day", str(DAY))
    assert (refused.exit_code, refused.output.splitlines()[0][:35]) == (2, "Error: No file has landed for 2024-")
    with pytest.raises(NoLandedFileError):
        inferred_schema(open_lake(own_settings.lake), DAY, own_settings)


def test_the_catalogs_table_is_compared_too(aws: OnAws, monkeypatch: pytest.MonkeyPatch) -> None:
    before = call(aws.settings, monkeypatch, "diff")
    assert before.exit_code == 1
    assert "catalog: not there yet; movies catalog sync makes it" in lines(before)
    assert lines(call(aws.settings, monkeypatch, "sync"))[0] == f"created {aws.settings.glue_database}.raw"
    after = call(aws.settings, monkeypatch, "diff")
    assert after.exit_code == 0
    assert lines(after)[0] == "column contract warehouse catalog difference"
    assert "meta_score long, INT - int" in lines(after)


def test_the_contracts_columns_are_found_by_their_titles(own_settings: Settings) -> None:
    header = ",".join(column.name for column in ORDERS.contract.columns)
    found = landed(own_settings, f"{header}\n1,Ada,2024-03-24 08:00:00,2024-03-24,1.50,2,0.5,yes\n")
    assert not out_of_order(ORDERS.contract, found)
    assert [column.differences for column in compare(ORDERS.contract, found, ())] == [()] * 8
