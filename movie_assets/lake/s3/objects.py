"""The objects of a bucket below a prefix: put whole or not at all, streamed with flat memory, bounded retries."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.config import Config
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from s3transfer.exceptions import S3DownloadFailedError
from s3transfer.subscribers import BaseSubscriber

from movie_assets.errors import LakeError
from movie_assets.lake.encryption import Encryption
from movie_assets.lake.s3.errors import code_of, in_words

ClientFactory = Callable[[Config], Any]
STREAMING = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=5,
    read_timeout=60,
    tcp_keepalive=True,
    user_agent_extra="movie-assets",
)
_TRANSFER = TransferConfig(
    multipart_threshold=1 << 23,
    multipart_chunksize=1 << 23,
    max_concurrency=4,
    max_io_queue=64,  # of 256 KiB each: what waits for the disk, at most
    preferred_transfer_client="classic",
)
_PINNED = TransferConfig(
    multipart_threshold=1,  # only ranges are asked for on condition of the ETag
    multipart_chunksize=1 << 23,
    max_concurrency=4,
    max_io_queue=64,
    preferred_transfer_client="classic",
)
_READS = 5
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
"""What a write on a condition answers when another was there first."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as a listing shows it; `key` counts from the lake's prefix."""

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A small object, read; `age` is how long ago it was written, by the store's own clock."""

    content: bytes
    etag: str
    age: timedelta


class ObjectGoneError(LakeError):
    """The object asked for is not there any more, or another took its place."""


def make_client(config: Config) -> Any:
    """A client as AWS's own variables and files say; other services than AWS are asked with the bucket in the path."""
    session = boto3.Session()
    client = session.client("s3", config=config)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if re.search(r"(^|\.)amazonaws\.com(\.cn)?$", host) or (client.meta.config.s3 or {}).get("addressing_style"):
        return client
    return session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"})))


class Objects:
    """Nothing is looked up or connected to before the first call. Every failure is a `LakeError`."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        encryption: Encryption,
        config: Config = STREAMING,
        client_factory: ClientFactory = make_client,
    ) -> None:
        self.bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._encryption = encryption.arguments
        self._encrypted = encryption
        self._config = config
        self._client_factory = client_factory

    @cached_property
    def client(self) -> Any:
        return self._client_factory(self._config)

    def asked_with(self, config: Config) -> Self:
        """The same objects, asked with another patience."""
        prefix = self._prefix.rstrip("/")
        return type(self)(
            self.bucket, prefix, encryption=self._encrypted, config=config, client_factory=self._client_factory
        )

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{self._prefix}{key}"

    def listing(self, folder: str) -> list[Stored]:
        """Everything whose key begins so, by key."""
        with self._in_words("list", folder):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._prefix + folder
            )
            return [self._stored(entry) for page in pages for entry in page.get("Contents", ())]

    def find(self, key: str) -> Stored | None:
        """By listing, whose refusals have words; those of a HEAD request have none."""
        return next((stored for stored in self.listing(key) if stored.key == key), None)

    def get(self, key: str) -> Found | None:
        """A small object, None when there is none."""
        with self._in_words("read", key):
            for attempt in range(1, _READS + 1):
                try:
                    answer = self.client.get_object(Bucket=self.bucket, Key=self._prefix + key)
                    content = answer["Body"].read()
                except ClientError as error:
                    if code_of(error) == "NoSuchKey":
                        return None
                    raise
                except (ResponseStreamingError, ReadTimeoutError, IncompleteReadError):
                    if attempt == _READS:
                        raise
                    continue
                now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
                return Found(content, answer["ETag"], now - answer["LastModified"])
        raise AssertionError("unreachable")

    def put(self, key: str, content: bytes) -> None:
        with self._in_words("write", key):
            self.client.put_object(Bucket=self.bucket, Key=self._prefix + key, Body=content, **self._encryption)

    def put_if(self, key: str, content: bytes, etag: str | None) -> str | None:
        """Write only in place of the object with this ETag, or of none; the new ETag, None if another was first.

        After a lost answer the write may have happened and None still come: read what is there.
        """
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        with self._in_words("write", key):
            try:
                answer = self.client.put_object(
                    Bucket=self.bucket, Key=self._prefix + key, Body=content, **condition, **self._encryption
                )
            except ClientError as error:
                if code_of(error) in _LOST:
                    return None
                raise
            return str(answer["ETag"])

    def upload(self, source: Path | BinaryIO, key: str) -> None:
        """Stream a file in parts that are tried again one by one; the object is there whole at the end, or not.

        Raises:
            OSError: the source can't be read.
        """
        reading = str(source) if isinstance(source, Path) else source
        with self._in_words("write", key), create_transfer_manager(self.client, _TRANSFER) as transfers:
            transfers.upload(reading, self.bucket, self._prefix + key, extra_args=self._encryption).result()

    def download(self, stored: Stored, to: Path) -> None:
        """Stream exactly this version of an object into a file.

        Raises:
            ObjectGoneError: it was removed or replaced.
            OSError: the file can't be written.
        """
        with self._in_words("read", stored.key), create_transfer_manager(self.client, _PINNED) as transfers:
            key = self._prefix + stored.key
            try:
                transfers.download(self.bucket, key, str(to), subscribers=[_Known(stored)]).result()
            except S3DownloadFailedError as error:
                raise ObjectGoneError(f"{self.uri(stored.key)} was replaced while it was read.") from error
            except ClientError as error:
                if code_of(error) not in ("404", "NoSuchKey"):
                    raise
                raise ObjectGoneError(f"{self.uri(stored.key)} was removed while it was read.") from error

    def delete(self, key: str) -> None:
        with self._in_words("remove", key):
            self.client.delete_object(Bucket=self.bucket, Key=self._prefix + key)

    def abort_uploads(self, folder: str, older_than: timedelta = timedelta(0)) -> list[str]:
        """Give up the unfinished uploads of killed processes below a folder; the keys that were to be."""
        aborted = []
        with self._in_words("tidy", folder):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self._prefix + folder
            )
            for page in pages:
                now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
                for upload in page.get("Uploads", ()):
                    if older_than and now - upload["Initiated"] < older_than:
                        continue
                    key = upload["Key"].removeprefix(self._prefix)
                    self.abort_upload(key, upload["UploadId"])
                    aborted.append(key)
        return aborted

    def abort_upload(self, key: str, upload: str) -> None:
        """Give up an unfinished upload; one that is not there is none."""
        with self._in_words("tidy", key):
            try:
                self.client.abort_multipart_upload(Bucket=self.bucket, Key=self._prefix + key, UploadId=upload)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise

    def begin_upload(self, key: str) -> str:
        """The id of an upload in parts; `upload` does this by itself where a file is large."""
        with self._in_words("write", key):
            key = self._prefix + key
            begun = self.client.create_multipart_upload(Bucket=self.bucket, Key=key, **self._encryption)
            return str(begun["UploadId"])

    def upload_part(self, key: str, upload: str, content: bytes) -> None:
        """Send the first part of an upload."""
        with self._in_words("write", key):
            key = self._prefix + key
            self.client.upload_part(Bucket=self.bucket, Key=key, UploadId=upload, PartNumber=1, Body=content)

    def regions(self) -> tuple[str, str]:
        """The bucket's region, empty where the service names none, and the region it is asked in."""
        with self._in_words("look at", ""):
            answer = self.client.head_bucket(Bucket=self.bucket)
            return answer.get("BucketRegion", ""), self.client.meta.region_name or ""

    def _stored(self, entry: dict[str, Any]) -> Stored:
        return Stored(
            entry["Key"].removeprefix(self._prefix),
            entry["Size"],
            entry["ETag"],
            entry["LastModified"].astimezone(UTC),
        )

    @contextmanager
    def _in_words(self, doing: str, key: str) -> Iterator[None]:
        with in_words(doing, self.bucket, self.uri(key), self._endpoint):
            yield

    def _endpoint(self) -> str:
        made = self.__dict__.get("client")  # making it may be what failed
        return made.meta.endpoint_url if made else "S3"


class _Known(BaseSubscriber):
    """Tells a download what the object is, so that it asks for these very bytes."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def on_queued(self, future: Any, **_: Any) -> None:
        future.meta.provide_transfer_size(self._stored.size)
        future.meta.provide_object_etag(self._stored.etag)
