"""Glue and Athena: database, tables as in the contract, a query whose answer can be read."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from movie_assets.catalog import configured_catalog, wanted_tables
from movie_assets.settings import settings
from movie_assets_tests.doctor.conftest import Findings, failed
from movie_assets_tests.support.feeds import feed_of
from movie_assets_tests.support.ministack import Ministack

Examined = Callable[..., Findings]
_numbers = count(1)


@pytest.fixture
def database(ministack: Ministack, lake: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A new database with the tables that the pipeline writes, and a workgroup, set."""
    name = f"doctor_{next(_numbers)}"
    ministack.client("glue").create_database(DatabaseInput={"Name": name})
    ministack.client("athena").create_work_group(
        Name=name, Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{lake}/athena/"}}
    )
    monkeypatch.setenv("MOVIES_GLUE_DATABASE", name)
    monkeypatch.setenv("MOVIES_ATHENA_WORKGROUP", name)
    configured_catalog(settings()).sync(wanted_tables(settings(), feed_of(settings())))
    yield name
    ministack.client("glue").delete_database(Name=name)


def test_all_is_right(examined: Examined, database: str) -> None:
    found = {key: one for key, one in examined().items() if key[0] in ("Glue", "Athena")}
    assert {one.status for one in found.values()} == {"ok"}
    assert len(found) == len(wanted_tables(settings(), feed_of(settings()))) + 2
    assert found["Glue", "read the database"].said == database


def test_a_table_that_was_changed(examined: Examined, database: str, ministack: Ministack) -> None:
    glue = ministack.client("glue")
    table = glue.get_table(DatabaseName=database, Name="bad_data")["Table"]
    table["StorageDescriptor"]["Columns"].append({"Name": "stray", "Type": "string"})
    kept = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters", "Description")
    glue.update_table(DatabaseName=database, TableInput={key: table[key] for key in kept})
    found = examined()
    assert failed(found) == {("Glue", "table bad_data")}
    assert found["Glue", "table bad_data"].said == "It is not as the pipeline writes it: with stray."
    assert found["Glue", "table bad_data"].hint == "movies catalog sync brings it up to date"


def test_a_table_that_somebody_else_made(examined: Examined, database: str, ministack: Ministack) -> None:
    glue = ministack.client("glue")
    glue.delete_table(DatabaseName=database, Name="raw")
    glue.create_table(DatabaseName=database, TableInput={"Name": "raw", "StorageDescriptor": {"Columns": []}})
    found = examined()
    assert failed(found) == {("Glue", "table raw")}
    assert found["Glue", "table raw"].said == "It was not made by movies catalog sync."


def test_a_database_that_is_not_there(examined: Examined, database: str) -> None:
    found = examined(MOVIES_GLUE_DATABASE="nowhere")
    assert failed(found) >= {("Glue", "read the database")}
    assert (
        "Glue GetDatabase: the Glue database nowhere is not in this account" in found["Glue", "read the database"].said
    )
    assert ("Glue", "table raw") not in found
    assert ("Athena", "query") in found


def test_a_workgroup_that_is_not_there(examined: Examined, database: str) -> None:
    found = examined(MOVIES_ATHENA_WORKGROUP="nowhere")
    assert failed(found) == {("Athena", "query")}
    assert "Athena" in found["Athena", "query"].said


def test_a_catalog_without_athena(examined: Examined, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOVIES_ATHENA_WORKGROUP")
    found = examined()
    assert failed(found) == set()
    assert found["Athena", "query"].status == "not configured"


def test_a_catalog_of_a_folder(examined: Examined, database: str, tmp_path: object) -> None:
    found = examined(MOVIES_LAKE=f"{tmp_path}/lake")
    assert failed(found) == {("Glue", "tables")}
    assert "need a lake on S3" in found["Glue", "tables"].said
    assert found["Glue", "read the database"].status == "ok"
    assert found["Athena", "query"].said == f"SELECT 1, in the workgroup {database}"
