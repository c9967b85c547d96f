"""Warehouses to test with: in a DuckDB file, and on the Redshift stand-in with ministack's S3."""

from typing import Any

from pydantic import SecretStr

from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.login import PasswordLogin
from movie_assets.warehouse.redshift.options import RedshiftOptions
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.driver import connect
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.redshift import RedshiftStandIn


def on_redshift(
    server: RedshiftStandIn, *, host: str | None = None, port: int | None = None, **options: Any
) -> RedshiftWarehouse:
    """A warehouse on the stand-in that does not wait long between attempts; `port` where a proxy stands in front."""
    login = PasswordLogin(server.user, SecretStr(server.password))
    chosen: dict[str, Any] = {"login": login, "timeout_seconds": 20, "longest_wait_seconds": 0.1}
    address = Address(host or server.host, port or server.port, server.database)
    return RedshiftWarehouse(address, FEED, RedshiftOptions(**(chosen | options)))


def emptied(server: RedshiftStandIn) -> RedshiftStandIn:
    """The stand-in without anything loaded."""
    run(server, "DROP SCHEMA IF EXISTS movies CASCADE")
    return server


def run(server: RedshiftStandIn, *statements: str) -> None:
    """Run statements past the warehouse, each committed."""
    connection = connect(server)
    connection.autocommit = True
    for statement in statements:
        connection.cursor().execute(statement)
    connection.close()
