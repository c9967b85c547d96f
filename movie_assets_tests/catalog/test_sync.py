"""`sync` brings the catalog to what it should be, whatever was there, and does nothing a second time."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from movie_assets.catalog import Catalog, configured_athena, configured_catalog, wanted_tables
from movie_assets.errors import CatalogError, SettingsError
from movie_assets.settings import Settings
from movie_assets_tests.support.catalogs import OnAws
from movie_assets_tests.support.feeds import feed_of

NAMES = ("raw", "validated", "bad_data", "unreadable", "rule_outcome", "evaluation")
_SET_BY_GLUE = {"CreateTime", "UpdateTime", "LastAccessTime", "VersionId"}


def tables(aws: OnAws) -> dict[str, dict[str, Any]]:
    """The tables as Glue has them, without what changes with every write."""
    return {name: {key: value for key, value in aws.table(name).items() if key not in _SET_BY_GLUE} for name in NAMES}


def versions(aws: OnAws) -> list[str]:
    return [aws.table(name)["VersionId"] for name in NAMES]


def damage(aws: OnAws, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a table past the sync."""
    found = aws.table(name)
    table = {key: found[key] for key in ("Name", "Description", "TableType", "Parameters", "StorageDescriptor")}
    table["PartitionKeys"] = found["PartitionKeys"]
    change(table)
    aws.glue.update_table(DatabaseName=aws.settings.glue_database, TableInput=table)


def test_a_second_sync_changes_nothing(aws: OnAws) -> None:
    assert aws.sync() == dict.fromkeys(NAMES, "created")
    before, made = versions(aws), tables(aws)
    assert aws.sync() == dict.fromkeys(NAMES, "unchanged")
    assert (versions(aws), tables(aws)) == (before, made)


DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a column lost": (lambda table: table["StorageDescriptor"]["Columns"].pop(1), "without series_title"),
    "a column more": (
        lambda table: table["StorageDescriptor"]["Columns"].append({"Name": "more", "Type": "int"}),
        "with more",
    ),
    "another type": (
        lambda table: table["StorageDescriptor"]["Columns"][6].update(Type="double"),
        "imdb_rating is double, not string",
    ),
    "another order": (lambda table: table["StorageDescriptor"]["Columns"].reverse(), "columns in another order"),
    "another comment": (lambda table: table["StorageDescriptor"]["Columns"][0].update(Comment="x"), "comments"),
    "moved": (
        lambda table: table["StorageDescriptor"].update(Location="s3://other/"),
        "location is s3://other/",
    ),
    "another serde": (
        lambda table: table["StorageDescriptor"]["SerdeInfo"].update(SerializationLibrary="x"),
        "serde",
    ),
    "another template": (
        lambda table: table["Parameters"].update({"storage.location.template": "s3://other/"}),
        "storage.location.template is s3://other/",
    ),
    "projection off": (
        lambda table: table["Parameters"].pop("projection.enabled"),
        "projection.enabled is not there",
    ),
    "a projection of an earlier version": (
        lambda table: table["Parameters"].update({"projection.hour.type": "integer"}),
        "projection.hour.type is integer",
    ),
    "another description": (lambda table: table.update(Description="x"), "description"),
    "another partition key": (
        lambda table: table["PartitionKeys"][0].update(Type="string"),
        "ingest_date is string, not date",
    ),
    "the day a plain column": (
        lambda table: table["StorageDescriptor"]["Columns"].append(table["PartitionKeys"].pop()),
        "other partition keys",
    ),
}


@pytest.mark.parametrize(("change", "said"), DAMAGES.values(), ids=DAMAGES)
def test_what_differs_is_named_and_mended(aws: OnAws, change: Callable[[dict[str, Any]], object], said: str) -> None:
    aws.sync()
    whole = tables(aws)
    damage(aws, "bad_data", change)
    assert tables(aws) != whole
    changes = {change.table: change for change in aws.catalog.sync(wanted_tables(aws.settings, feed_of(aws.settings)))}
    assert changes["bad_data"].did == "updated"
    assert changes["bad_data"].differences == (said,)
    assert {changes[name].did for name in NAMES if name != "bad_data"} == {"unchanged"}
    assert tables(aws) == whole
    assert aws.sync() == dict.fromkeys(NAMES, "unchanged")


def test_another_first_day_changes_the_days_and_nothing_else(aws: OnAws) -> None:
    aws.sync()
    later = aws.settings.model_copy(update={"start_date": date(2023, 1, 1)})
    changes = aws.catalog.sync(wanted_tables(later, feed_of(later)))
    assert {change.differences for change in changes} == {
        ("projection.ingest_date.range is 2024-03-01,NOW+1DAYS",),
    }
    assert aws.table("raw")["Parameters"]["projection.ingest_date.range"] == "2023-01-01,NOW+1DAYS"


def test_parameters_of_others_stay(aws: OnAws) -> None:
    aws.sync()
    damage(aws, "raw", lambda table: table["Parameters"].update(team="films"))
    assert aws.sync()["raw"] == "unchanged"
    damage(aws, "raw", lambda table: table.update(Description="x"))
    assert aws.sync()["raw"] == "updated"
    assert aws.table("raw")["Parameters"]["team"] == "films"


def test_a_table_of_somebody_else_is_left_alone(aws: OnAws) -> None:
    theirs = {"Name": "evaluation", "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}]}}
    aws.glue.create_table(DatabaseName=aws.settings.glue_database, TableInput=theirs)
    with pytest.raises(CatalogError, match=r"The table evaluation .* was not made by movies catalog sync") as caught:
        aws.sync()
    assert caught.value.hint == "rename or drop it, or set MOVIES_GLUE_DATABASE to a database of its own"
    assert set(aws.catalog.tables()) == {"evaluation"}
    assert aws.table("evaluation")["StorageDescriptor"] == theirs["StorageDescriptor"]


def test_tables_of_others_are_no_hindrance(aws: OnAws) -> None:
    for number in range(120):
        aws.glue.create_table(DatabaseName=aws.settings.glue_database, TableInput={"Name": f"other_{number}"})
    aws.sync()
    assert len(aws.catalog.tables()) == 126


def test_a_change_in_between_is_not_undone(aws: OnAws) -> None:
    aws.sync()
    damage(aws, "raw", lambda table: table.update(Description="x"))
    seen = aws.catalog.tables()
    damage(aws, "raw", lambda table: table.update(Description="y"))
    raw, *_ = wanted_tables(aws.settings, feed_of(aws.settings))
    with pytest.raises(CatalogError, match=r"Can't update the table raw: Glue UpdateTable: somebody else") as caught:
        aws.catalog._sync(raw, seen["raw"])
    assert caught.value.hint == "run again"
    assert aws.table("raw")["Description"] == "y"


def test_a_database_that_is_not_there(aws: OnAws) -> None:
    with pytest.raises(CatalogError) as caught:
        Catalog("nowhere").sync(wanted_tables(aws.settings, feed_of(aws.settings)))
    assert caught.value.message.startswith(
        "Can't make the table raw: Glue CreateTable: the Glue database nowhere is not in this "
        "account and region (EntityNotFoundException"
    )
    assert caught.value.hint == "create it, or correct MOVIES_GLUE_DATABASE or AWS_REGION"


def test_what_is_not_configured(own_settings: Settings, aws: OnAws) -> None:
    with pytest.raises(SettingsError, match="No catalog is configured") as no_database:
        configured_catalog(own_settings)
    assert no_database.value.hint == "set MOVIES_GLUE_DATABASE to a database of the Glue Data Catalog"
    with pytest.raises(SettingsError, match="Athena is not configured") as no_workgroup:
        configured_athena(aws.settings.model_copy(update={"athena_workgroup": None}))
    assert no_workgroup.value.hint == "set MOVIES_ATHENA_WORKGROUP to a workgroup of Athena"
    with pytest.raises(CatalogError, match="this one is the folder") as no_bucket:
        wanted_tables(own_settings, feed_of(own_settings))
    assert no_bucket.value.hint == "set MOVIES_LAKE=s3://bucket/prefix"
