"""The tables on Redshift: what is there, made where it is not, and compared with what they should be."""

from collections.abc import Iterable, Mapping

from movie_assets.contract.differences import differences
from movie_assets.errors import LoadError
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.session import Session
from movie_assets.warehouse.redshift.sql import COLUMNS, tables
from movie_assets.warehouse.tables import Table

Shapes = Mapping[str, Mapping[str, str]]
"""Type by column name, by table."""


def described(session: Session, schema: str) -> Shapes:
    """The tables of a schema as they are."""
    return tables(schema, session.rows("look at the tables", COLUMNS, [schema]))


def make_tables(session: Session, wanted: Iterable[Table], address: Address) -> None:
    """Make the tables, of one schema, that are not there; those that are must have their columns.

    Raises:
        LoadError: they have others, or the database refused.
    """
    wanted = list(wanted)
    schema = schema_of(wanted[0])
    found = described(session, schema)
    missing = [table for table in wanted if table.name not in found]
    if missing:
        with session.transaction():
            make_missing(session, missing)
        found = described(session, schema)
    for table in wanted:
        compare(table, found, address)


def make_missing(session: Session, missing: Iterable[Table]) -> None:
    """Make these tables, and their schema where it is not there, within the transaction that is open."""
    for table in missing:
        schema = schema_of(table)
        if not session.rows("look for the schema", "SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]):
            # Asked first: who may not make schemas may not say IF NOT EXISTS either.
            session.run("make the schema", f"CREATE SCHEMA IF NOT EXISTS {schema}")
        session.run(f"make the table {table.name}", table.ddl("redshift"))


def compare(table: Table, found: Shapes, address: Address) -> None:
    """
    Raises:
        LoadError: the table has other columns than it should; which.
    """
    if different := differences(table.types("redshift"), found.get(table.name, {})):
        raise LoadError(
            f"The table {table.name} in {address} has other columns than the contract: {'; '.join(different)}.",
            "rename it or change it to the contract's columns, and load the days again",
        )


def schema_of(table: Table) -> str:
    return table.name.partition(".")[0]
