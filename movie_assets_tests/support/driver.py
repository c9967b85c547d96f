"""The unmodified Redshift driver, as tests use it."""

from typing import Any

import redshift_connector
from redshift_connector.error import Error

from movie_assets_tests.support.redshift import RedshiftStandIn

# What a statement raises when the other side has gone; the driver lets the socket's own errors through.
GONE: tuple[type[Exception], ...] = (Error, OSError)


def connect(server: RedshiftStandIn, port: int | None = None, **options: Any) -> Any:
    """Connect, without TLS unless told otherwise; `port` where a proxy stands in front."""
    chosen: dict[str, Any] = {"ssl": False, "timeout": 10, "application_name": "tests"} | options
    return redshift_connector.connect(
        host=chosen.pop("host", server.host),
        port=port or server.port,
        database=server.database,
        user=server.user,
        password=chosen.pop("password", server.password),
        **chosen,
    )


def fetched(cursor: Any, sql: str, parameters: Any = None) -> list[list[Any]]:
    """Run a statement; its rows as lists."""
    cursor.execute(sql) if parameters is None else cursor.execute(sql, parameters)
    return [list(row) for row in cursor.fetchall()]
