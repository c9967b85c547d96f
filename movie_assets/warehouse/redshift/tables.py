"""The tables on Redshift: what is there, made where it is not, and compared with the contract."""

from collections.abc import Mapping

from movie_assets.errors import LoadError
from movie_assets.warehouse.base import (
    BY_YEAR_AND_GENRE,
    BY_YEAR_AND_GENRE_DDL,
    LOAD_AUDIT,
    LOAD_AUDIT_DDL,
    MOVIES,
    SCHEMA,
)
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.session import Session
from movie_assets.warehouse.redshift.sql import COLUMNS, tables
from movie_assets.warehouse.shapes import columns_in, differences

Shapes = Mapping[str, Mapping[str, str]]
"""Type by column name, by table."""


def all_ddl() -> Mapping[str, str]:
    """The statement that makes each table of the product, by table."""
    return {MOVIES: movies_ddl(), LOAD_AUDIT: LOAD_AUDIT_DDL, BY_YEAR_AND_GENRE: BY_YEAR_AND_GENRE_DDL}


def movies_ddl() -> str:
    from movie_assets.contract import warehouse_ddl

    return warehouse_ddl(MOVIES, "redshift")


def described(session: Session) -> Shapes:
    return tables(session.rows("look at the tables", COLUMNS))


def make_tables(session: Session, ddl_by_table: Mapping[str, str], address: Address) -> None:
    """Make the tables that are not there; those that are must have the columns of their DDL.

    Raises:
        LoadError: they have others, or the database refused.
    """
    found = described(session)
    missing = {table: ddl for table, ddl in ddl_by_table.items() if table not in found}
    if missing:
        with session.transaction():
            make_missing(session, missing)
        found = described(session)
    for table, ddl in ddl_by_table.items():
        compare(table, ddl, found, address)


def make_missing(session: Session, ddl_by_table: Mapping[str, str]) -> None:
    """Make the schema, where it is not there, and these tables, within the transaction that is open."""
    schemas = session.rows("look for the schema", f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'")
    if not schemas:  # asked first: who may not make schemas may not say IF NOT EXISTS either
        session.run("make the schema", f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for table, ddl in ddl_by_table.items():
        session.run(f"make the table {table}", ddl)


def compare(table: str, ddl: str, found: Shapes, address: Address) -> None:
    """
    Raises:
        LoadError: the table has other columns than its DDL says; which.
    """
    if different := differences(columns_in(ddl), found.get(table, {})):
        raise LoadError(
            f"The table {table} in {address} has other columns than the contract: {different}.",
            "rename it or change it to the contract's columns, and load the days again",
        )
