"""The inferred schema of a landed file: its columns and the types of their cells."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from movie_assets.contract.column_matching import plain_name
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.lake.base import Lake
from movie_assets.reading.cell_casts import blank_sql, value_sql
from movie_assets.reading.reader import HeaderMatch, read_lines
from movie_assets.settings import Settings

MOST = 0.9
"""The share of non-blank cells that determines a column's type: the others are dirt, for rules to judge."""

_NARROWEST_FIRST = ("long", "double", "date", "timestamp", "boolean")
_READ_AS: Mapping[str, frozenset[str]] = {"double": frozenset({"long"}), "timestamp": frozenset({"date"})}
"""Types whose values also fit a wider type."""


@dataclass(frozen=True, slots=True)
class LandedColumn:
    """A column of a file: its name as spelled there, its type (None if all cells are blank), the share of that type."""

    name: str
    type: str | None
    cells: int
    others: int
    """The number of cells of another type."""
    times: int
    """The number of columns with this name."""

    def __str__(self) -> str:
        if self.type is None:
            return "blank"
        return f"{self.type}, {self.others:,} of {self.cells:,} not" if self.others else self.type

    def fits(self, wanted: str) -> bool:
        """Whether the contract can read it: any cell is text, a whole number is a double and may be an int."""
        if self.type in (None, wanted) or wanted == "string":
            return True
        if wanted.startswith("decimal"):
            return self.type in ("long", "double")
        if wanted in ("int", "boolean"):  # 0 and 1 are booleans too
            return self.type == "long"
        return self.type in _READ_AS.get(wanted, ())


@dataclass(frozen=True, slots=True)
class LandedSchema:
    """The columns of a day's file in order, by lower-case name; the first of duplicates."""

    day: date
    uri: str
    rows: int
    columns: Mapping[str, LandedColumn]


def inferred_schema(lake: Lake, day: date, settings: Settings) -> LandedSchema:
    """The schema of the day's landed file, inferred from all its rows.

    Raises:
        NoLandedFileError: no file has landed.
        PipelineError: it is not a CSV.
    """
    landed = lake.landed(day)
    engine = DuckDBEngine.open(memory_limit_mb=settings.memory_limit_mb, threads=settings.threads)
    header: list[str] = []

    def everything(names: Sequence[str]) -> HeaderMatch:
        header[:] = names
        return HeaderMatch({f"c{place}": place for place in range(len(names))})

    with engine, lake.local_copy(landed) as path:
        read = read_lines(engine.connection, path, match_header=everything, unreadable_limit=settings.unreadable_limit)
        counts = engine.aggregates([sql for place in range(len(header)) for sql in _counts(f'"c{place}"')], "lines")
    names = [plain_name(cell) for cell in header]
    times = Counter(name.lower() for name in names)
    found: dict[str, LandedColumn] = {}
    for place, name in enumerate(names):
        if name.lower() not in found:
            width = len(_NARROWEST_FIRST) + 1
            cells, *matching = (int(count) for count in counts[width * place : width * (place + 1)])
            found[name.lower()] = _column(name, cells, matching, times[name.lower()])
    return LandedSchema(day, landed.uri, read.rows, found)


def _counts(cell: str) -> list[str]:
    """Aggregates: the number of non-blank cells, and of cells of each type."""
    matching = [f"count({value_sql(kind, cell)})" for kind in _NARROWEST_FIRST]
    return [f"count(*) FILTER (NOT {blank_sql(cell)})", *matching]


def _column(name: str, cells: int, matching: Sequence[int], times: int) -> LandedColumn:
    if not cells:
        return LandedColumn(name, None, 0, 0, times)
    for kind, count in zip(_NARROWEST_FIRST, matching, strict=True):
        if count >= MOST * cells:
            return LandedColumn(name, kind, cells, cells - count, times)
    return LandedColumn(name, "string", cells, 0, times)
