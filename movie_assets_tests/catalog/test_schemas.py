"""The catalog's columns are those of the files that the pipeline writes, whatever the rules."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from movie_assets.catalog.schemas import hive_type, written_schemas
from movie_assets.catalog.tables import lake_tables
from movie_assets.lake.local import LocalLake
from movie_assets.settings import Settings
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import CONTRACT, FEED
from movie_assets_tests.support.judging import csv_of, judge_text

MEANS: dict[str, type | tuple[type, ...]] = {"string": str, "bigint": int, "double": (int, float), "boolean": bool}
"""The Python types of what JSON has for a type of the catalog."""


@pytest.mark.parametrize(
    "rules",
    [
        "RowCount >= 0",
        'IsComplete "genre", (ColumnValues "imdb_rating" > 9) or (IsUnique "gross"), RowCount > avg(last(3))',
        'ColumnExists "nothing", Completeness "meta_score" > 0.5 labels=["team"="films"]',
    ],
    ids=["one", "rows and dynamic", "labels and a reason"],
)
def test_columns_are_what_a_judged_day_has(own_settings: Settings, rules: str) -> None:
    schemas = written_schemas(CONTRACT)
    dirty = csv_of([{}, {"Series_Title": "B", "Meta_score": "x"}, {"Gross": "12", "Added": "1"}]) + "half,a line\n"
    report = judge_text(own_settings, dirty, rules)
    lake = LocalLake(Path(own_settings.lake))
    for dataset in ("validated", "bad_data", "unreadable"):
        with lake.local_files(report, dataset) as [path]:
            assert pq.read_schema(path) == schemas[dataset], dataset
    with lake.local_files(report, "rule_outcome") as [path]:
        outcomes = [json.loads(line) for line in path.read_text().splitlines()]
    manifest = json.loads((lake.root / f"evaluation/ingest_date={DAY}/evaluation.json").read_text())
    left_out = {"rules", "metrics", "observations"}
    for area, rows in [("rule_outcome", outcomes), ("evaluation", [manifest])]:
        for row in rows:
            assert set(row) - (left_out if area == "evaluation" else set()) == set(schemas[area].names)
            for name in schemas[area].names:
                agrees(row[name], schemas[area].field(name).type)


def agrees(value: object, kind: pa.DataType) -> None:
    """Assert that a value of JSON is one of the type."""
    if value is None:
        return
    if isinstance(kind, pa.MapType):
        assert isinstance(value, dict)
        for one in value.values():
            agrees(one, kind.item_type)
    elif isinstance(kind, pa.StructType):
        assert isinstance(value, dict)
        assert set(value) == {field.name for field in kind}
        for field in kind:
            agrees(value[field.name], field.type)
    elif isinstance(kind, pa.ListType):
        assert isinstance(value, list)
        for one in value:
            agrees(one, kind.value_type)
    else:
        assert isinstance(value, MEANS[hive_type(kind)]), (value, kind)


def test_landed_cells_are_texts_in_the_contracts_order() -> None:
    landed = written_schemas(CONTRACT)["landing"]
    assert landed.names == list(CONTRACT.names)
    assert set(landed.types) == {pa.string()}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.int32(), "int"),
        (pa.decimal128(10, 2), "decimal(10,2)"),
        (pa.list_(pa.string()), "array<string>"),
        (pa.map_(pa.string(), pa.float64()), "map<string,double>"),
        (pa.list_(pa.struct([("column", pa.string()), ("n", pa.int64())])), "array<struct<column:string,n:bigint>>"),
        (pa.timestamp("us"), "timestamp"),
        (pa.bool_(), "boolean"),
    ],
    ids=str,
)
def test_types_as_hive_spells_them(kind: pa.DataType, name: str) -> None:
    assert hive_type(kind) == name


def test_a_type_without_a_name_is_not_guessed() -> None:
    with pytest.raises(TypeError, match="duration"):
        hive_type(pa.duration("s"))


@pytest.mark.parametrize("root", ["s3://bucket/", "s3://bucket/team/movies/"], ids=["no prefix", "a deep prefix"])
def test_where_a_days_files_are_looked_for(root: str) -> None:
    tables = {table.name: table for table in lake_tables(FEED, root)}
    assert {name: table.location for name, table in tables.items()} == {
        "raw": f"{root}landing/",
        "validated": f"{root}validated/",
        "bad_data": f"{root}bad_data/",
        "unreadable": f"{root}unreadable/",
        "rule_outcome": f"{root}rule_outcome/",
        "evaluation": f"{root}evaluation/",
    }
    assert tables["raw"].parameters == {
        "created_by": "movie_assets",
        "EXTERNAL": "TRUE",
        "classification": "csv",
        "projection.enabled": "true",
        "projection.ingest_date.type": "date",
        "projection.ingest_date.format": "yyyy-MM-dd",
        "projection.ingest_date.range": "2024-03-01,NOW+1DAYS",
        "projection.ingest_date.interval": "1",
        "projection.ingest_date.interval.unit": "DAYS",
        "storage.location.template": f"{root}landing/ingest_date=${{ingest_date}}/",
        "skip.header.line.count": "1",
    }
    assert tables["raw"].as_input()["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\x01"},
    }
    assert tables["validated"].types["imdb_rating"] == "decimal(10,2)"
    assert list(tables["validated"].types)[-2:] == ["line_number", "ingest_date"]
