"""The protocol of a warehouse: it holds the accepted rows of each day, once, and their aggregates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from movie_assets.errors import LoadError
from movie_assets.feed import Aggregate
from movie_assets.findings import Finding

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The result of a load: rows of the day now, and rows that they replaced."""

    rows_loaded: int
    rows_replaced: int


class Warehouse(Protocol):
    """The store of a feed's accepted rows. Every failure is a `LoadError` and changes nothing."""

    def load_day(
        self, day: date, paths: Sequence[Path], *, expected_rows: int, run_id: str, evaluation_id: str
    ) -> LoadReport:
        """Replace exactly the day's rows by those of the Parquet files, and its audit row, in one transaction.

        Raises:
            LoadError: the files hold another number of rows or other columns than expected, or lie in another day's
                folder; the table has other columns than the contract; the warehouse can't be written.
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

    def examine(self) -> Iterator[Finding]:
        """Check everything that a load needs, and change nothing."""
        ...


def not_one_select(warehouse: object, sql: str) -> LoadError:
    shown = sql if len(sql) <= 80 else f"{sql[:77]}..."
    return LoadError(f"Can't query {warehouse}: a query is read-only, one SELECT statement; not {shown!r}.")
