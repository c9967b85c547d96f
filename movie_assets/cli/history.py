"""`movies history`: which days later days are compared with."""

from datetime import date

import click

from movie_assets.cli import printing
from movie_assets.cli.options import Day, console
from movie_assets.lake import configured_lake
from movie_assets.settings import settings

OF_DAY = click.option("--day", type=Day(), required=True, help="A day: 2024-03-24.")


@click.group()
def history() -> None:
    """The values that rules with last() and DetectAnomalies look back on."""


@history.command(name="show")
@click.option("--metric", default="Dataset.*.RowCount", show_default=True, help="A metric by Glue's key.")
def show_metric(metric: str) -> None:
    """A line per judged day: the metric's value, and whether the day counts."""
    lake = configured_lake(settings())
    shown = printing.headed("day", metric, "counts", numbers=[metric])
    for day in lake.days():
        report = lake.report(day)
        if report is not None:
            value = report.metrics.get(metric)
            shown.add_row(str(day), "" if value is None else f"{value:,.6g}", "no" if report.excluded else "yes")
    console().print(shown, soft_wrap=False)


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

    mark(configured_lake(settings()), day, excluded=excluded)
    console().print(f"{day} {'does not count' if excluded else 'counts'} for later days")
