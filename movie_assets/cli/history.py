"""`movies history`: the days that later days are compared with."""

from datetime import date

import click

from movie_assets.cli import printing
from movie_assets.cli.options import JSON, Day, Group, chosen, console
from movie_assets.lake import configured_lake
from movie_assets.visible import as_json

OF_DAY = click.option("--day", type=Day(), required=True, help="A day: 2024-03-24.")


@click.group(cls=Group)
def history() -> None:
    """The values that rules with last() and DetectAnomalies look back on."""


@history.command(name="show")
@click.option("--metric", default="Dataset.*.RowCount", show_default=True, help="A metric by Glue's key.")
@JSON
def show_metric(metric: str, json: bool) -> None:
    """A line per judged day: the metric's value, and whether the day counts."""
    from movie_assets.cli.terminal import ListColumn, Listing

    lake = configured_lake(*chosen())
    reports = [report for day in lake.days() if (report := lake.report(day)) is not None]
    values = [(report.day, report.metrics.get(metric), not report.excluded) for report in reports]
    if json:
        days = [{"day": day, "value": value, "counts": counts} for day, value, counts in values]
        console().print(as_json({"metric": metric, "days": days}))
        return
    shown = Listing("day", ListColumn(metric, number=True), "counts")
    for day, value, counts in values:
        shown.add(str(day), "" if value is None else printing.number(value), "yes" if counts else "no")
    console().print(shown)


@history.command()
@OF_DAY
def exclude(day: date) -> None:
    """Leave a day out: later days are not compared with it."""
    _mark(day, excluded=True)


@history.command()
@OF_DAY
def include(day: date) -> None:
    """Take a day in again."""
    _mark(day, excluded=False)


def _mark(day: date, *, excluded: bool) -> None:
    from movie_assets.judging.history import exclude as mark

    mark(configured_lake(*chosen()), day, excluded=excluded)
    console().print(f"{day} {'does not count' if excluded else 'counts'} for later days")
