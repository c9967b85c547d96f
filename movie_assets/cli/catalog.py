"""`movies catalog`: the lake's tables in Glue, queries in Athena, a file against contract and tables."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

import click

from movie_assets.cli import printing
from movie_assets.cli.options import ROWS, Day, Group, chosen, console
from movie_assets.feed import Feed
from movie_assets.lake import Lake, configured_lake
from movie_assets.settings import Settings, settings
from movie_assets.warehouse import configured_warehouse

if TYPE_CHECKING:
    from movie_assets.catalog.compare import TableShape
    from movie_assets.catalog.landed import LandedSchema

_NUMBERS = ("tinyint", "smallint", "integer", "int", "bigint", "float", "real", "double", "decimal")


@click.group(cls=Group)
def catalog() -> None:
    """The lake's tables for Athena, and what a file, the contract and the tables make of each other."""


@catalog.command()
def sync() -> None:
    """Make the tables that are missing in the Glue database, and change those that differ."""
    from movie_assets.catalog import configured_catalog, wanted_tables

    found, feed = chosen()
    database = configured_catalog(found)
    wanted = wanted_tables(found, feed)
    changes = database.sync(wanted)
    for change in changes:
        why = f": {'; '.join(change.differences)}" if change.differences else ""
        console().print(f"{change.did:9}  {database.database}.{change.table}{why}")


@catalog.command()
def show() -> None:
    """The tables as they are in the Glue database: columns, location, days."""
    from movie_assets.catalog import configured_catalog, wanted_tables
    from movie_assets.catalog.glue import differing
    from movie_assets.cli.terminal import Listing

    found, feed = chosen()
    database = configured_catalog(found)
    wanted = wanted_tables(found, feed)
    there = database.tables()
    for table in wanted:
        now = there.get(table.name)
        differences = list(differing(table, now)) if now else []
        state = "not there yet: movies catalog sync" if now is None else "; ".join(differences)
        if now is not None and not now.ours:
            state = "somebody else's table"
        console().print(f"{database.database}.{table.name}  {state}")
        if now is None:
            continue
        console().print(f"  {now.location}")
        days = now.parameters.get("projection.ingest_date.range", "by hand")
        console().print(f"  days {days} at {now.parameters.get('storage.location.template', '')}")
        made = Listing("column", "type", "meaning")
        for column in now.columns:
            made.add(column.name, column.type, column.comment)
        console().print(made)


@catalog.command()
@click.option("--day", type=Day(), help="The day whose file to look at; the last one that landed if not given.")
@click.pass_context
def diff(context: click.Context, day: date | None) -> None:
    """A landed file's inferred schema against the contract against the tables.

    Exit code 0: they go together; 1: they do not; 2: could not be looked at.
    """
    from movie_assets.catalog.compare import compare, out_of_order
    from movie_assets.cli.terminal import Listing

    found, feed = chosen()
    landed = _landed(configured_lake(found, feed), day, found)
    tables = tuple(_tables(found, feed))
    compared = compare(feed.contract, landed, tables)
    made = Listing(
        "column", *([f"file of {landed.day}"] if landed else []), "contract", *(t.name for t in tables), "difference"
    )
    for column in compared:
        cells = [column.name, *([column.landed] if landed else []), column.contract, *column.tables]
        said = "; ".join(column.differences)
        made.add(*(cell or "-" for cell in cells), said, style="red" if said else None)
    console().print(made)
    for table in tables:
        if not table.found:
            console().print(f"{table.name}: not there yet{f'; {table.made_by} makes it' if table.made_by else ''}")
    if landed is None:
        console().print("no file has landed yet")
    elif out_of_order(feed.contract, landed) and found.glue_database:
        raw = feed.named("raw")
        console().print(f"The file's columns stand in another order: Athena's table {raw} shows wrong names.")
    missing = any(table.made_by and not table.found for table in tables)
    context.exit(1 if missing or any(column.differences for column in compared) else 0)


@catalog.command()
@click.argument("sql")
@click.option("--limit", type=ROWS, default=100, show_default=True, help="Rows to show.")
@click.option("--wait", type=click.IntRange(min=0), default=300, show_default=True, help="Seconds, then it is stopped.")
def query(sql: str, limit: int, wait: int) -> None:
    """Ask Athena in SQL; a query that is given up, by Ctrl-C too, is stopped there."""
    from movie_assets.catalog import configured_athena
    from movie_assets.cli.terminal import ListColumn, Listing

    answer = configured_athena(settings()).query(sql, wait_seconds=wait)
    made = Listing(
        *(ListColumn(name, number=kind in _NUMBERS) for name, kind in zip(answer.names, answer.types, strict=True))
    )
    for row in islice(answer.rows, limit):
        made.add(*(cell or "" for cell in row))
    console().print(made)
    if next(answer.rows, None) is not None:
        console().print(f"the first {printing.counted(limit, 'row')}; there are more")


def _landed(lake: Lake, day: date | None, found: Settings) -> "LandedSchema | None":
    from movie_assets.catalog.landed import inferred_schema

    if day is None:
        days = lake.landed_days()
        if not days:
            return None
        day = days[-1]
    return inferred_schema(lake, day, found)


def _tables(found: Settings, feed: Feed) -> "Iterator[TableShape]":
    from movie_assets.catalog.compare import TableShape

    warehouse = configured_warehouse(found, feed)
    yield TableShape("warehouse", warehouse.columns(), warehouse.columns_wanted())
    if found.glue_database is not None:
        from movie_assets.catalog import configured_catalog, wanted_tables

        there = configured_catalog(found).tables()
        (validated,) = (table for table in wanted_tables(found, feed) if table.name == feed.named("validated"))
        now = there.get(validated.name)
        yield TableShape("catalog", now.types if now else {}, validated.types, "movies catalog sync")
