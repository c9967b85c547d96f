"""`movies status` and `movies show`: what became of a day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from movie_assets import dqdl
from movie_assets.cli import printing
from movie_assets.cli.options import Day, console
from movie_assets.dqdl.evaluation.outcomes import FAIL
from movie_assets.errors import MoviesError
from movie_assets.lake import Dataset, Lake, configured_lake
from movie_assets.model import DayReport
from movie_assets.settings import settings
from movie_assets.warehouse import configured_warehouse

if TYPE_CHECKING:
    import pyarrow

LIMIT = click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Rows to show.")
OF_DAY = click.option("--day", type=Day(), required=True, help="A day: 2024-03-24.")


@click.command()
def status() -> None:
    """A line per day: lines, where they went, score, rows in the table."""
    found = settings()
    lake = configured_lake(found)
    loaded = configured_warehouse(found).loaded()
    days = sorted({*lake.landed_days(), *lake.days(), *loaded})
    if not days:
        console().print(f"No day yet. The lake is {found.lake}; land a file with: movies land FILE --day D")
        return
    console().print(printing.days({day: lake.report(day) for day in days}, loaded), soft_wrap=False)


@click.command()
@click.argument("sql")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Rows to show.")
def query(sql: str, limit: int) -> None:
    """Ask the warehouse in SQL; nothing can be changed this way."""
    found = settings()
    table = configured_warehouse(found).query(sql)
    numeric = [name for name, type_ in zip(table.column_names, table.schema.types, strict=True) if _is_number(type_)]
    made = printing.headed(*table.column_names, numbers=numeric)
    for row in table.slice(0, limit).to_pylist():
        made.add_row(*("" if value is None else str(value) for value in row.values()))
    console().print(made, soft_wrap=False)
    if table.num_rows > limit:
        console().print(f"{limit:,} of {table.num_rows:,} rows")


def _is_number(type_: "pyarrow.DataType") -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_integer(type_) or kinds.is_floating(type_) or kinds.is_decimal(type_))


@click.group()
def show() -> None:
    """The rows and rules of a judged day."""


@show.command()
@OF_DAY
def rules(day: date) -> None:
    """What each rule said, in the ruleset's order."""
    _, report = _judged(day)
    console().print(printing.all_rules(report.rules), soft_wrap=False)
    console().print(printing.summary(report))


@show.command(name="bad_data")
@OF_DAY
@LIMIT
def bad_data(day: date, limit: int) -> None:
    """The quarantined rows: which rules each one fails, and by which values."""
    lake, report = _judged(day)
    made = printing.headed("line", "title", "fails", "value", numbers=["line"])
    for row in _rows(lake, report, "bad_data", limit):
        line, title = str(row["line_number"]), printing.short(row["series_title"] or "", 22)
        for what, value in _failures(row):
            made.add_row(line, title, what, printing.short(value, 20))
            line = title = ""
    console().print(made, soft_wrap=False)
    console().print(_of(limit, report.quarantined, "quarantined rows", lake.uri_of("bad_data", day)))


@show.command()
@OF_DAY
@LIMIT
def unreadable(day: date, limit: int) -> None:
    """The lines that are not CSV rows of the header: number, reason, text."""
    lake, report = _judged(day)
    made = printing.headed("line", "reason", "text", numbers=["line"])
    for row in _rows(lake, report, "unreadable", limit):
        made.add_row(
            str(row["line_number"]),
            row["reason"],
            printing.short(row["text"] or "", 80),
        )
    console().print(made, soft_wrap=False)
    console().print(_of(limit, report.unreadable, "unreadable lines", lake.uri_of("unreadable", day)))


@show.command()
@OF_DAY
@LIMIT
def validated(day: date, limit: int) -> None:
    """The accepted rows, a few columns of them."""
    lake, report = _judged(day)
    names = ("line_number", "series_title", "released_year", "genre", "imdb_rating", "meta_score", "no_of_votes")
    made = printing.headed(*names, numbers=["line_number", "imdb_rating", "meta_score", "no_of_votes"])
    for row in _rows(lake, report, "validated", limit):
        made.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    console().print(made, soft_wrap=False)
    console().print(_of(limit, report.accepted, "accepted rows", lake.uri_of("validated", day)))


def _judged(day: date) -> tuple[Lake, DayReport]:
    found = settings()
    lake = configured_lake(found)
    report = lake.report(day)
    if report is None:
        raise MoviesError(f"{day} was not judged yet.", f"run it with: movies run --day {day}")
    return lake, report


def _rows(lake: Lake, report: DayReport, dataset: Dataset, limit: int) -> Iterator[dict[str, Any]]:
    """The first rows of a dataset of the evaluation, in the file's order."""
    import duckdb

    with lake.local_files(report, dataset) as paths, duckdb.connect() as connection:
        found = connection.execute(
            "SELECT * FROM read_parquet(?) ORDER BY line_number LIMIT ?", [[str(path) for path in paths], limit]
        )
        names = [column[0] for column in found.description or ()]
        for row in found.fetchall():
            yield dict(zip(names, row, strict=True))


def _failures(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a row: each rule with the cells it looks at, then each cell that breaks the contract."""
    for text in row[FAIL]:
        cells = [row[name] for name in _columns(text) if name in row]
        yield printing.short(text), ", ".join("blank" if cell in (None, "") else str(cell) for cell in cells)
    for violation in row["violations"] or ():
        value = violation["value"]
        yield f"{violation['column']} {violation['reason']}", "blank" if value is None else str(value)


@cache
def _columns(rule: str) -> Sequence[str]:
    """The columns a rule may speak of: its parameters, in stored spelling."""
    [parsed] = dqdl.parse(f"Rules = [ {rule} ]").rules
    return [parameter.value.lower() for leaf in parsed.leaves() for parameter in leaf.parameters]


def _of(limit: int, total: int, what: str, where: str) -> str:
    shown = f"{min(limit, total):,} of {total:,} {what}" if total else f"no {what}"
    return f"{shown}; all of them: {where}"
