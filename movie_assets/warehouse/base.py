"""The protocol of a warehouse: it holds the accepted rows of each day, once, and their aggregates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from movie_assets.errors import LoadError
from movie_assets.feed import Aggregate, Feed
from movie_assets.findings import Finding
from movie_assets.lake.base import Lake
from movie_assets.model import DayReport

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The result of a load: rows of the day now, and rows that they replaced."""

    rows_loaded: int
    rows_replaced: int


class Warehouse(Protocol):
    """The store of a feed's accepted rows. Every failure of it is a `LoadError` and changes nothing."""

    kind: str
    """Its name among Dagster's kinds: duckdb, redshift."""

    def load_day(self, report: DayReport, lake: Lake, *, run_id: str) -> LoadReport:
        """Replace exactly the day's rows by those the report's evaluation accepted, and its audit row, in one
        transaction.

        Raises:
            LoadError: the files in the lake hold another number of rows than the report says or other columns than the
                contract; the table has other columns; the warehouse can't be written.
            PipelineError: the files are gone, as `Lake.local_files` says it, or the lake can't be read.
        """
        ...

    def refresh(self, aggregate: Aggregate, day: date) -> int:
        """Replace exactly the day's rows of an aggregate, computed from the loaded rows; returns their number."""
        ...

    def loaded(self) -> dict[date, int]:
        """Rows per loaded day, ascending; a day loaded with no rows counts as loaded."""
        ...

    def evaluations(self) -> dict[date, str]:
        """The evaluation id of each loaded day, from its audit row."""
        ...

    def columns(self) -> Mapping[str, str]:
        """Type by column name of the feed's actual table, in its order and the database's spelling.

        Empty if the table does not exist yet.
        """
        ...

    def columns_wanted(self) -> Mapping[str, str]:
        """Type by column name of the table that a load would create, in the same spelling."""
        ...

    def query(self, sql: str) -> "pyarrow.Table":
        """The result of one SELECT statement, which changes nothing and reads only the warehouse.

        Raises:
            LoadError: the query is invalid or not a single SELECT, or nothing was loaded yet.
        """
        ...

    def examine(self, lake: Lake) -> Iterator[Finding]:
        """Check everything that a load from the lake needs, and change nothing."""
        ...


def other_rows(feed: Feed, report: DayReport, rows: int) -> LoadError:
    return LoadError(
        f"Can't load {report.day}: its files hold {rows} rows, its report says {report.accepted} were accepted.",
        f"judge the day again: {feed.command(f'run --day {report.day}')}",
    )


def not_one_select(warehouse: object, sql: str) -> LoadError:
    shown = sql if len(sql) <= 80 else f"{sql[:77]}..."
    return LoadError(f"Can't query {warehouse}: a query is read-only, one SELECT statement; not {shown!r}.")
