"""Where accepted rows go."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from movie_assets.errors import LoadError
from movie_assets.warehouse.base import BY_YEAR_AND_GENRE, LOAD_AUDIT, MOVIES, LoadReport, Warehouse

__all__ = ["BY_YEAR_AND_GENRE", "LOAD_AUDIT", "MOVIES", "LoadReport", "Warehouse", "open_warehouse"]


def open_warehouse(
    uri: str, *, memory_limit_mb: int = 1000, threads: int | None = None, timeout_seconds: float = 5.0
) -> Warehouse:
    """The warehouse at a path or URI; nothing is made or looked at until it is used.

    Raises:
        LoadError: no adapter knows this kind of URI.
    """
    from movie_assets.warehouse.duckdb import DuckDBWarehouse

    if uri.startswith("file://"):
        uri = unquote(urlsplit(uri).path)
    if "://" in uri:
        raise LoadError(f"No warehouse adapter for {uri!r}.", "set MOVIES_WAREHOUSE to the path of a DuckDB file")
    return DuckDBWarehouse(Path(uri), memory_limit_mb=memory_limit_mb, threads=threads, timeout_seconds=timeout_seconds)
