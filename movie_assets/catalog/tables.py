"""The lake's areas as tables of the Glue Data Catalog. Partition projection computes their days, so that a file can be
queried as soon as it is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from movie_assets.catalog.schemas import hive_type, written_schemas
from movie_assets.feed import Feed

Format = Literal["csv", "parquet", "json"]

DAY = "ingest_date"
CREATED_BY, US = "created_by", "movie_assets"
"""The parameter that marks our tables."""

_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
}
_SERDES: Mapping[Format, str] = {
    "csv": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
    "parquet": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "json": "org.apache.hive.hcatalog.data.JsonSerDe",
}
_SERDE_PARAMETERS: Mapping[Format, Mapping[str, str]] = {
    # The serde needs an escape character and would drop backslashes, which our CSV uses as any other character. So
    # it gets an unused one.
    "csv": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\u0001"},
    "parquet": {"serialization.format": "1"},
    "json": {},
}


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the lake and the description of its table."""

    folder: str
    table: str
    format: Format
    description: str


AREAS = (
    Area("landing", "raw", "csv", "The landed file, cells as text, by place: the contract's order of columns."),
    Area("validated", "validated", "parquet", "Accepted rows, in the target's types."),
    Area(
        "bad_data", "bad_data", "parquet", "Quarantined rows: rules passed and failed, cells that break the contract."
    ),
    Area("unreadable", "unreadable", "parquet", "Lines that are no CSV rows of the header, with number and reason."),
    Area("rule_outcome", "rule_outcome", "json", "What each rule said, in the columns of Glue's ruleOutcomes."),
    Area("evaluation", "evaluation", "json", "Which evaluation is the day's, its counts, the names of its files."),
)


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """A column of the catalog; `type` in Hive's spelling."""

    name: str
    type: str
    comment: str = ""


DAY_COLUMN = CatalogColumn(DAY, "date", "The day the file is of")


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """The definition of a table. `location` ends in a slash."""

    name: str
    description: str
    format: Format
    location: str
    columns: tuple[CatalogColumn, ...]
    parameters: Mapping[str, str]

    @property
    def types(self) -> Mapping[str, str]:
        """Type by column name, the day last."""
        return {column.name: column.type for column in (*self.columns, DAY_COLUMN)}

    def as_input(self) -> dict[str, Any]:
        """The table as Glue's `TableInput`."""
        return {
            "Name": self.name,
            "Description": self.description,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [_as_input(DAY_COLUMN)],
            "Parameters": dict(self.parameters),
            "StorageDescriptor": {
                "Columns": [_as_input(column) for column in self.columns],
                "Location": self.location,
                **(_PARQUET if self.format == "parquet" else _TEXT),
                "SerdeInfo": {
                    "SerializationLibrary": _SERDES[self.format],
                    "Parameters": dict(_SERDE_PARAMETERS[self.format]),
                },
            },
        }


def lake_tables(feed: Feed, root: str) -> tuple[CatalogTable, ...]:
    """The tables of a feed with its lake at `s3://bucket/prefix/`, from the feed's first day on."""
    schemas = written_schemas(feed.contract)
    return tuple(_table(feed, area, f"{root}{area.folder}/", schemas[area.folder]) for area in AREAS)


def _table(feed: Feed, area: Area, location: str, schema: pa.Schema) -> CatalogTable:
    comments = {column.stored_name: column.description for column in feed.contract.columns}
    columns = tuple(
        CatalogColumn(field.name.lower(), hive_type(field.type), comments.get(field.name, "")) for field in schema
    )
    parameters = {
        CREATED_BY: US,
        "EXTERNAL": "TRUE",
        "classification": area.format,
        "projection.enabled": "true",
        f"projection.{DAY}.type": "date",
        f"projection.{DAY}.format": "yyyy-MM-dd",
        # NOW is in UTC; east of Greenwich a day begins earlier.
        f"projection.{DAY}.range": f"{feed.start_date.isoformat()},NOW+1DAYS",
        f"projection.{DAY}.interval": "1",
        f"projection.{DAY}.interval.unit": "DAYS",
        "storage.location.template": f"{location}{DAY}=${{{DAY}}}/",
    }
    if area.format == "csv":
        parameters["skip.header.line.count"] = "1"
    return CatalogTable(feed.named(area.table), area.description, area.format, location, columns, parameters)


def _as_input(column: CatalogColumn) -> dict[str, str]:
    comment = {"Comment": column.comment} if column.comment else {}
    return {"Name": column.name, "Type": column.type, **comment}
