"""The tables of a feed in a warehouse: columns, DDL statements, and the databases' spellings of types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from movie_assets.contract import LINE_NUMBER
from movie_assets.feed import Aggregate, Feed
from movie_assets.quoting import identifier

Dialect = Literal["duckdb", "redshift"]

_REDSHIFT_SPELLINGS: Mapping[str, str] = {"INT": "INTEGER", "VARCHAR(MAX)": "VARCHAR(65535)"}
_DUCKDB_SPELLINGS: Mapping[str, str] = {"INT": "INTEGER", "DOUBLE PRECISION": "DOUBLE"}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column; `type` in Redshift's DDL."""

    name: str
    type: str
    nullable: bool = False

    def ddl(self, dialect: Dialect) -> str:
        kind = "VARCHAR" if dialect == "duckdb" and self.type == "VARCHAR(MAX)" else self.type
        return f"{identifier(self.name)} {kind}{'' if self.nullable else ' NOT NULL'}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, `schema.table`, with its columns in order."""

    name: str
    columns: tuple[TableColumn, ...]

    def ddl(self, dialect: Dialect) -> str:
        """The statement that creates the table if it does not exist."""
        return self._ddl(f"CREATE TABLE IF NOT EXISTS {self.name}", dialect)

    def temporary_ddl(self, dialect: Dialect) -> str:
        """The statement that creates it as a temporary table."""
        return self._ddl(f"CREATE TEMP TABLE {self.name}", dialect)

    def types(self, dialect: Dialect) -> Mapping[str, str]:
        """Type by column name, spelled as the database describes its tables."""
        return {column.name: _spelled(column.type, dialect) for column in self.columns}

    def _ddl(self, create: str, dialect: Dialect) -> str:
        return f"{create} (\n" + ",\n".join(f"    {column.ddl(dialect)}" for column in self.columns) + "\n)"


DAY = TableColumn("ingest_date", "DATE")
LOAD_COLUMNS = (DAY, TableColumn("run_id", "VARCHAR(36)"))
"""The columns that the warehouse adds: the day, and the run that loaded the row."""


def rows_table(feed: Feed) -> Table:
    """The table of accepted rows: the contract's columns, then LOAD_COLUMNS."""
    return Table(feed.table, (*_contract_columns(feed), *LOAD_COLUMNS))


def file_table(feed: Feed, name: str) -> Table:
    """A table as the files of accepted rows are: the contract's columns, then the line number."""
    return Table(name, (*_contract_columns(feed), TableColumn(LINE_NUMBER, "BIGINT")))


def audit_table(feed: Feed) -> Table:
    """The table of loaded evaluations: a row per loaded day; `loaded_at` in UTC."""
    return Table(
        feed.load_audit,
        (
            TableColumn("run_id", "VARCHAR(36)"),
            DAY,
            TableColumn("evaluation_id", "VARCHAR(64)"),
            TableColumn("source", "VARCHAR(1000)"),
            TableColumn("rows_loaded", "BIGINT"),
            TableColumn("loaded_at", "TIMESTAMP"),
        ),
    )


def aggregate_table(aggregate: Aggregate) -> Table:
    """The table of an aggregate: the day, then its columns."""
    own = [TableColumn(name, column.type, column.nullable) for name, column in aggregate.columns.items()]
    return Table(aggregate.table, (DAY, *own))


def aggregate_insert(feed: Feed, aggregate: Aggregate, day: date, dialect: Dialect) -> str:
    """The statement that computes the day's rows of the aggregate from the loaded rows."""
    select = aggregate.query().sql(dialect)
    names = ", ".join(identifier(name) for name in (DAY.name, *aggregate.columns))
    places = ", ".join(str(place) for place in range(1, len(aggregate.columns) + 2))
    return (
        f"INSERT INTO {aggregate.table} ({names}) "
        f"WITH day_rows AS (SELECT * FROM {feed.table} WHERE ingest_date = DATE '{day}') "
        f"SELECT DATE '{day}', made.* FROM ({select}) AS made ORDER BY {places}"
    )


def loaded_sql(feed: Feed) -> str:
    """The query of rows per loaded day; a day loaded with no rows counts."""
    return (
        f"SELECT ingest_date, sum(n) FROM (SELECT ingest_date, count(*) AS n FROM {feed.table} GROUP BY 1 "
        f"UNION ALL SELECT ingest_date, 0 FROM {feed.load_audit}) AS days GROUP BY 1 ORDER BY 1"
    )


def _contract_columns(feed: Feed) -> list[TableColumn]:
    return [TableColumn(column.stored_name, column.target_type, column.nullable) for column in feed.contract.columns]


def _spelled(kind: str, dialect: Dialect) -> str:
    if dialect == "redshift":
        return _REDSHIFT_SPELLINGS.get(kind, kind)
    return "VARCHAR" if kind.startswith("VARCHAR") else _DUCKDB_SPELLINGS.get(kind, kind)
