"""Where files lie: what landed, and what became of it."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from movie_assets.errors import LakeError
from movie_assets.lake.base import DATASETS, Dataset, Lake

__all__ = ["DATASETS", "Dataset", "Lake", "open_lake"]


def open_lake(uri: str, *, lock_timeout_seconds: float = 60.0) -> Lake:
    """The lake at a path or URI; nothing is made or looked at until it is used.

    Raises:
        LakeError: no adapter knows this kind of URI.
    """
    from movie_assets.lake.local import LocalLake

    if uri.startswith("file://"):
        uri = unquote(urlsplit(uri).path)
    if "://" in uri:
        raise LakeError(f"No lake adapter for {uri!r}.", "set MOVIES_LAKE to the path of a folder")
    return LocalLake(Path(uri), lock_timeout_seconds=lock_timeout_seconds)
