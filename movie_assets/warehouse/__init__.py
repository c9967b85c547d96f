"""The store of accepted rows: a DuckDB file, or Redshift."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from movie_assets.errors import LoadError
from movie_assets.feed import Feed
from movie_assets.settings import Settings
from movie_assets.warehouse.base import LoadReport, Warehouse

if TYPE_CHECKING:
    from movie_assets.warehouse.redshift.options import RedshiftOptions

__all__ = [
    "LoadReport",
    "Warehouse",
    "configured_warehouse",
    "open_warehouse",
]

_REDSHIFT = "redshift://"


def open_warehouse(
    uri: str,
    feed: Feed,
    *,
    memory_limit_mb: int = 1000,
    threads: int | None = None,
    timeout_seconds: float = 5.0,
    redshift: "RedshiftOptions | None" = None,
) -> Warehouse:
    """The warehouse of a feed at a path or URI; nothing is created or read until it is used.

    `redshift` is for `redshift://host:5439/database`, all else for a DuckDB file.

    Raises:
        LoadError: no adapter knows this kind of URI, or its options are missing.
    """
    if uri.startswith(_REDSHIFT):
        from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse  # imports boto3 and the driver

        if redshift is None:
            raise LoadError(
                "A warehouse on Redshift needs a login.", "give RedshiftOptions, or use configured_warehouse"
            )
        return RedshiftWarehouse.at(uri, feed, redshift)
    from movie_assets.warehouse.duckdb import DuckDBWarehouse

    if uri.startswith("file://"):
        uri = unquote(urlsplit(uri).path)
    if "://" in uri:
        scheme = uri.partition("://")[0]
        raise LoadError(
            f"No warehouse adapter for {scheme}://.",
            "set MOVIES_WAREHOUSE to the path of a DuckDB file or to redshift://host:5439/database",
        )
    return DuckDBWarehouse(
        Path(uri), feed, memory_limit_mb=memory_limit_mb, threads=threads, timeout_seconds=timeout_seconds
    )


def configured_warehouse(settings: Settings, feed: Feed) -> Warehouse:
    """The configured warehouse of a feed.

    Raises:
        LoadError: no adapter knows this kind of URI.
        SettingsError: the settings have no login, or several.
    """
    return open_warehouse(
        settings.warehouse,
        feed,
        memory_limit_mb=settings.memory_limit_mb,
        threads=settings.threads,
        timeout_seconds=settings.warehouse_timeout_seconds,
        redshift=_redshift_options(settings) if settings.warehouse.startswith(_REDSHIFT) else None,
    )


def _redshift_options(settings: Settings) -> "RedshiftOptions":
    from movie_assets.warehouse.redshift.login import login_of
    from movie_assets.warehouse.redshift.options import RedshiftOptions

    return RedshiftOptions(login_of(settings), settings.redshift_copy_role, settings.redshift_timeout_seconds)
