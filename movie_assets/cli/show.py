"""`movies status`, `query` and `show`: the results of the days."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from movie_assets import dqdl
from movie_assets.cli import printing
from movie_assets.cli.options import JSON, ROWS, Day, Group, chosen, console
from movie_assets.dqdl.declaring.plan import FAIL
from movie_assets.errors import LakeError, PipelineError
from movie_assets.lake import Dataset, Lake, configured_lake, lake_uri
from movie_assets.model import DayReport
from movie_assets.program import command
from movie_assets.visible import as_json
from movie_assets.warehouse import configured_warehouse

if TYPE_CHECKING:
    import pyarrow

    from movie_assets.cli.terminal import ListColumn

Row: TypeAlias = Mapping[str, Any]

LIMIT = click.option("--limit", type=ROWS, default=20, show_default=True, help="Rows to show.")
OF_DAY = click.option("--day", type=Day(), required=True, help="A day: 2024-03-24.")


_STATE = 200
"""Characters of a day's state on a terminal, where long reasons would hide the days; a pipe gets all."""


@click.command()
@JSON
def status(json: bool) -> None:
    """A line per day: lines, where they went, score, and whether the table holds what was judged last."""
    from movie_assets.cli.days import day_states, listed

    found, feed = chosen()
    days = day_states(found, feed)
    if json:
        console().print(as_json({"days": [day.to_json() for day in days]}))
    elif days:
        out = console()
        out.print(listed(days, _STATE if out.is_terminal else None))
    else:
        land = feed.command("land FILE --day D")
        console().print(f"No day yet. The lake is {lake_uri(found, feed)}; land a file with: {land}")


@click.command()
@click.argument("sql")
@click.option("--limit", type=ROWS, default=100, show_default=True, help="Rows to show.")
@JSON
def query(sql: str, limit: int, json: bool) -> None:
    """Ask the warehouse in SQL, by one SELECT; nothing can be changed this way."""
    from movie_assets.cli.terminal import ListColumn, Listing

    table = configured_warehouse(*chosen()).query(sql)
    shown = table.slice(0, limit)
    names = table.column_names
    if json:
        if len(set(names)) < len(names):
            raise PipelineError(
                "Columns of the answer have the same name.", "name them apart with AS, or leave out --json"
            )
        console().print(as_json({"rows": shown.to_pylist(), "total": table.num_rows}))
        return
    made = Listing(
        *(ListColumn(name, number=_is_number(kind)) for name, kind in zip(names, table.schema.types, strict=True))
    )
    for row in zip(*(column.to_pylist() for column in shown.columns), strict=True):
        made.add(*("" if value is None else str(value) for value in row))
    console().print(made)
    if table.num_rows > limit:
        console().print(f"{limit:,} of {table.num_rows:,} rows")


def _is_number(kind: "pyarrow.DataType") -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind))


@click.group(cls=Group)
def show() -> None:
    """The rows and rules of a judged day."""


@show.command()
@OF_DAY
@JSON
def rules(day: date, json: bool) -> None:
    """What each rule said, in the ruleset's order."""
    _, report = _judged(day)
    if json:
        console().print(as_json({name: value for name, value in report.to_json().items() if name in _OF_RULES}))
        return
    console().print(printing.all_rules(report.rules))
    console().print(printing.summary(report))


_OF_RULES = ("day", "evaluation_id", "lines", "accepted", "quarantined", "unreadable", "score", "rules")


@show.command(name="bad_data")
@OF_DAY
@LIMIT
@JSON
def bad_data(day: date, limit: int, json: bool) -> None:
    """The quarantined rows: which rules each one fails, and by which values."""
    from movie_assets.cli.terminal import ListColumn

    title = chosen()[1].title

    def cells(row: Row) -> Iterator[Sequence[str | None]]:
        start = (str(row["line_number"]), *([printing.one_line(row[title])] if title else []))
        for number, failure in enumerate(_failures(row)):
            yield *((None,) * len(start) if number else start), *failure

    columns = (
        ListColumn("line", number=True),
        *([ListColumn("title", most=22)] if title else []),
        ListColumn("fails"),
        ListColumn("value", most=20),
    )
    _show(day, "bad_data", "quarantined rows", limit, json, columns, cells)


@show.command()
@OF_DAY
@LIMIT
@JSON
def unreadable(day: date, limit: int, json: bool) -> None:
    """The lines that are not CSV rows of the header: number, reason, text."""
    from movie_assets.cli.terminal import ListColumn

    def cells(row: Row) -> Iterator[Sequence[str]]:
        yield str(row["line_number"]), row["reason"], printing.one_line(row["text"])

    columns = (ListColumn("line", number=True), ListColumn("reason"), ListColumn("text", most=80))
    _show(day, "unreadable", "unreadable lines", limit, json, columns, cells)


@show.command()
@OF_DAY
@LIMIT
@JSON
def validated(day: date, limit: int, json: bool) -> None:
    """The accepted rows, a few columns of them."""
    from movie_assets.cli.terminal import ListColumn

    _, feed = chosen()
    columns = {column.stored_name: column for column in feed.contract.columns}
    names = ("line_number", *(feed.shown or tuple(columns)))

    def cells(row: Row) -> Iterator[Sequence[str]]:
        yield ["" if row[name] is None else str(row[name]) for name in names]

    shown = [ListColumn(name, number=name not in columns or columns[name].is_number) for name in names]
    _show(day, "validated", "accepted rows", limit, json, shown, cells)


def _judged(day: date) -> tuple[Lake, DayReport]:
    found, feed = chosen()
    lake = configured_lake(found, feed)
    report = lake.report(day)
    if report is None:
        raise PipelineError(f"{day} was not judged yet.", f"run it with: {feed.command(f'run --day {day}')}")
    return lake, report


def _show(
    day: date,
    dataset: Dataset,
    what: str,
    limit: int,
    json: bool,
    columns: Iterable["ListColumn"],
    cells: Callable[[Row], Iterable[Sequence[str | None]]],
) -> None:
    """Print the first rows of a dataset of the day: complete as JSON, or as a list of cells."""
    from movie_assets.cli.terminal import Listing

    lake, report = _judged(day)
    total = {"validated": report.accepted, "bad_data": report.quarantined, "unreadable": report.unreadable}[dataset]
    rows, place = _rows(lake, report, dataset, limit), lake.uri_of(dataset, day)
    if json:
        console().print(as_json({"day": day, "rows": list(rows), "total": total, "place": place}))
        return
    made = Listing(*columns)
    for row in rows:
        for line in cells(row):
            made.add(*line)
    console().print(made)
    shown = f"{min(limit, total):,} of {total:,} {what}" if total else f"no {what}"
    console().print(f"{shown}; all of them: {place}")


def _rows(lake: Lake, report: DayReport, dataset: Dataset, limit: int) -> Iterator[Row]:
    """The first rows of a dataset of the evaluation, in the file's order."""
    import duckdb

    with lake.local_files(report, dataset) as paths, duckdb.connect() as connection:
        try:
            found = connection.execute(
                "SELECT * FROM read_parquet(?) ORDER BY line_number LIMIT ?", [[str(path) for path in paths], limit]
            )
            names = [column[0] for column in found.description or ()]
            rows = found.fetchall()
        except duckdb.Error as error:
            files = ", ".join(lake.uri_of(dataset, report.day, name) for name in report.files[dataset])
            raise LakeError(
                f"Can't read {files}: it is damaged, or not what the day's evaluation wrote.",
                f"judge the day again: {command(f'run --day {report.day}', lake.feed)}",
            ) from error
    yield from (dict(zip(names, row, strict=True)) for row in rows)


def _failures(row: Row) -> Iterator[tuple[str, str]]:
    """Why a row failed: each rule with its cells, then each contract violation."""
    for text in row[FAIL]:
        cells = [row[name] for name in _columns(text) if name in row]
        yield printing.rule_text(text), ", ".join("blank" if cell in (None, "") else str(cell) for cell in cells)
    for violation in row["violations"] or ():
        value = violation["value"]
        yield f"{violation['column']} {violation['reason']}", "blank" if value is None else str(value)


@cache
def _columns(rule: str) -> Sequence[str]:
    """The columns that a rule may use: its parameters, in stored spelling."""
    [parsed] = dqdl.parse(f"Rules = [ {rule} ]").rules
    return [parameter.value.lower() for leaf in parsed.leaves() for parameter in leaf.parameters]
