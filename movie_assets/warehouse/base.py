"""What a warehouse can do: hold the accepted rows of each day, once, and an aggregate of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from movie_assets.errors import LoadError

if TYPE_CHECKING:
    import pyarrow

SCHEMA = "movies"
MOVIES = f"{SCHEMA}.imdb_movies_rating"
LOAD_AUDIT = f"{SCHEMA}.load_audit"
BY_YEAR_AND_GENRE = f"{SCHEMA}.year_aggregated_genre"

LOAD_AUDIT_DDL = f"""CREATE TABLE IF NOT EXISTS {LOAD_AUDIT} (
    run_id VARCHAR(36) NOT NULL,
    ingest_date DATE NOT NULL,
    evaluation_id VARCHAR(64) NOT NULL,
    source VARCHAR(1000) NOT NULL,
    rows_loaded BIGINT NOT NULL,
    loaded_at TIMESTAMP NOT NULL
)"""
"""Which evaluation of a day is in the table: a row per loaded day; `loaded_at` in UTC."""

BY_YEAR_AND_GENRE_DDL = f"""CREATE TABLE IF NOT EXISTS {BY_YEAR_AND_GENRE} (
    ingest_date DATE NOT NULL,
    released_year VARCHAR(10) NOT NULL,
    genre VARCHAR(200) NOT NULL,
    movies BIGINT NOT NULL,
    average_rating DOUBLE PRECISION,
    total_votes BIGINT
)"""
"""A row per day, year and single genre; a film of two genres counts in both, one without a genre in none."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load changed: rows of the day now, and rows of the day that they replaced."""

    rows_loaded: int
    rows_replaced: int


class Warehouse(Protocol):
    """Where accepted rows go. Every failure is a `LoadError`, and leaves what was there before."""

    def load_day(
        self, day: date, paths: Sequence[Path], *, expected_rows: int, run_id: str, evaluation_id: str
    ) -> LoadReport:
        """Replace exactly the day's rows by those of the Parquet files, and its audit row, in one transaction.

        Raises:
            LoadError: the files hold another number of rows or other columns than expected, or lie in another day's
                folder; the table has other columns than the contract; the warehouse can't be written.
        """
        ...

    def refresh_aggregate(self, day: date) -> int:
        """Compute the day's rows of the aggregate anew from the loaded rows, replacing exactly them; how many."""
        ...

    def rows(self, day: date) -> int:
        """How many rows of the day are loaded; 0 for a day that was never loaded."""
        ...

    def loaded(self) -> dict[date, int]:
        """Rows per loaded day, ascending; a day loaded with no rows counts as loaded."""
        ...

    def evaluations(self) -> dict[date, str]:
        """The id of the evaluation that each loaded day's rows are of, by its audit row."""
        ...

    def columns(self) -> Mapping[str, str]:
        """Type by column name of the table MOVIES as it is, in its order and the database's spelling.

        Empty where the table is not there yet.
        """
        ...

    def columns_wanted(self) -> Mapping[str, str]:
        """Type by column name of the table as a load would make it, in the same spelling."""
        ...

    def query(self, sql: str) -> "pyarrow.Table":
        """The result of one SELECT statement, which changes nothing and reaches nothing but the warehouse.

        Raises:
            LoadError: the query is wrong or no single SELECT, or nothing was loaded yet.
        """
        ...


def not_one_select(warehouse: object, sql: str) -> LoadError:
    shown = sql if len(sql) <= 80 else f"{sql[:77]}..."
    return LoadError(f"Can't query {warehouse}: a query is read-only, one SELECT statement; not {shown!r}.")
