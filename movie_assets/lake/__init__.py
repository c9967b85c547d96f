"""The store of files: landed files and judged days, in a folder or on S3."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from movie_assets.errors import LakeError
from movie_assets.feed import Feed
from movie_assets.lake.base import DATASETS, Arrival, Dataset, Lake
from movie_assets.lake.encryption import Encryption
from movie_assets.program import FIRST_FEED
from movie_assets.settings import Settings

__all__ = ["DATASETS", "Arrival", "Dataset", "Encryption", "Lake", "configured_lake", "lake_uri", "open_lake"]


def open_lake(
    uri: str, *, feed: str = FIRST_FEED, lock_timeout_seconds: float = 60.0, encryption: Encryption | None = None
) -> Lake:
    """The lake at a path or URI; nothing is created or read until it is used. `encryption` is for S3 only;
    hints name the feed.

    Raises:
        LakeError: no adapter knows this kind of URI.
    """
    if uri.startswith("s3://"):
        from movie_assets.lake.s3.lake import S3Lake  # brings boto3

        return S3Lake.at(uri, feed=feed, encryption=encryption, lock_timeout_seconds=lock_timeout_seconds)
    from movie_assets.lake.local import LocalLake

    if uri.startswith("file://"):
        uri = unquote(urlsplit(uri).path)
    if "://" in uri:
        scheme = uri.partition("://")[0]
        raise LakeError(
            f"No lake adapter for {scheme}://.", "set MOVIES_LAKE to the path of a folder or to s3://bucket/prefix"
        )
    return LocalLake(Path(uri), feed=feed, lock_timeout_seconds=lock_timeout_seconds)


def lake_uri(settings: Settings, feed: Feed) -> str:
    """The URI of a feed's lake: the configured lake, or the feed's folder in it."""
    return f"{settings.lake.rstrip('/')}/{feed.folder}" if feed.folder else settings.lake


def configured_lake(settings: Settings, feed: Feed) -> Lake:
    """The lake of a feed, in the configured lake.

    Raises:
        LakeError: no adapter knows this kind of URI, or a file lies where the folder would be.
        SettingsError: the settings of its encryption contradict each other.
    """
    if os.path.exists(settings.lake) and not os.path.isdir(settings.lake):
        raise LakeError(f"The lake {settings.lake} is not a folder.", "set MOVIES_LAKE to a folder")
    return open_lake(
        lake_uri(settings, feed),
        feed=feed.name,
        lock_timeout_seconds=settings.lock_timeout_seconds,
        encryption=Encryption(settings.s3_encryption, settings.s3_kms_key),
    )
