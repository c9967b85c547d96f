"""A feed: a daily file with its contract, ruleset and tables. Everything else is the same for all feeds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from movie_assets.contract import Contract
from movie_assets.errors import FeedError
from movie_assets.program import FIRST_FEED, PREFIX, command

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True, slots=True)
class AggregateColumn:
    """A column of an aggregate: its type in the warehouse, and its source column in the feed's table."""

    type: str
    source: str | None = None
    nullable: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A table of aggregates per day, computed from the day's loaded rows.

    `select` is one SELECT in Redshift's SQL over the table `day_rows` that returns the `columns` in order; the table
    has `ingest_date` before them. Each warehouse runs it in its own dialect.
    """

    name: str
    table: str
    columns: Mapping[str, AggregateColumn]
    select: str
    description: str

    def query(self) -> "exp.Query":
        """The parsed SELECT; Raises: FeedError, if it is not one."""
        import sqlglot  # a fifth of a second, which only loads and health checks need
        from sqlglot import exp
        from sqlglot.errors import SqlglotError

        try:
            statements = sqlglot.parse(self.select, read="redshift")
        except SqlglotError as error:
            said = str(error).splitlines()[0].rstrip(".")
            raise FeedError(f"The aggregate {self.name} is not SQL of Redshift: {said}.") from error
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise FeedError(f"The aggregate {self.name} is not one SELECT.")
        return statements[0]


@dataclass(frozen=True, slots=True)
class Feed:
    """The declaration of a feed.

    `table` is `schema.table` in the warehouse. `title` is the column that identifies a row to people; `shown` are
    the columns of listings, by default all. `prefix` is prepended to the feed's names in Dagster and its tables in the
    catalog, and is its folder in the lake; by default the feed's name.

    Raises: FeedError, for names that a warehouse or folder can't have.
    """

    name: str
    contract: Contract
    ruleset: Path
    table: str
    start_date: date
    title: str | None = None
    shown: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    description: str = ""
    prefix: str | None = None

    def __post_init__(self) -> None:
        named = {"name": self.name, **({"prefix": self.prefix} if self.prefix else {})}
        for field, value in named.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
                raise FeedError(f"A feed can't have the {field} {value!r}.", "use lower-case letters, digits and _")
        if type(self.start_date) is not date:
            raise FeedError(f"The feed {self.name} can't start on {self.start_date!r}.", "give a datetime.date")
        for table in self.tables:
            if not re.fullmatch(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*", table):
                raise FeedError(f"The feed {self.name} can't have the table {table!r}.", "write it as schema.table")
            if table.partition(".")[0] != self.schema:
                raise FeedError(
                    f"The feed {self.name} has tables in several schemas: {self.table} and {table}.",
                    "give them one schema",
                )

    def validate(self) -> None:
        """Check what takes the contract's import: the columns that the feed names, and its aggregates' SQL.

        Raises: FeedError; ContractError.
        """
        sources = (column.source for aggregate in self.aggregates for column in aggregate.columns.values())
        named = dict.fromkeys(name for name in (self.title, *self.shown, *sources) if name)
        if missing := [name for name in named if name not in self.contract.names]:
            raise FeedError(
                f"The feed {self.name} names columns that its contract lacks: {', '.join(missing)}.",
                f"the contract has {', '.join(self.contract.names)}",
            )
        for aggregate in self.aggregates:
            aggregate.query()

    @property
    def folder(self) -> str:
        """The feed's folder in the lake; empty for the lake itself."""
        return self.name if self.prefix is None else self.prefix

    @property
    def schema(self) -> str:
        """The schema of the feed's tables."""
        return self.table.partition(".")[0]

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that loads write: the rows, the audit, the aggregates."""
        return (self.table, self.load_audit, *(aggregate.table for aggregate in self.aggregates))

    @property
    def load_audit(self) -> str:
        """The table that says which evaluation of a day is loaded."""
        return f"{self.schema}.{self.named('load_audit')}"

    def command(self, words: str) -> str:
        """The command line for this feed."""
        return command(words, self.name)

    def set_by(self, field: str) -> str:
        """Where a field is set: an environment variable for the first feed, the declaration for others."""
        return f"{PREFIX}{field.upper()}" if self.name == FIRST_FEED else f"{field} of the feed {self.name}"

    def named(self, name: str) -> str:
        """A name with the feed's prefix."""
        return f"{self.folder}_{name}" if self.folder else name
