"""The objects of a bucket below a prefix: atomic writes, streaming in constant memory, bounded retries."""

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
from movie_assets.lake.s3.errors import code_of, s3_as_lake_errors

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
    max_io_queue=64,  # of 256 KiB each: the most that waits for the disk
    preferred_transfer_client="classic",
)
_PINNED = TransferConfig(
    multipart_threshold=1,  # only requests of ranges are conditional on the ETag
    multipart_chunksize=1 << 23,
    max_concurrency=4,
    max_io_queue=64,
    preferred_transfer_client="classic",
)
_READS = 5
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
"""The answers of a conditional write when another writer was first."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as a listing shows it; `key` counts from the lake's prefix."""

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A small object with its content; `age` is the time since it was written, by the store's clock."""

    content: bytes
    etag: str
    age: timedelta


class ObjectGoneError(LakeError):
    """The object has been removed or replaced."""


def make_client(config: Config) -> Any:
    """A client as AWS's own variables and files say; stores other than AWS get the bucket in the path."""
    session = boto3.Session()
    client = session.client("s3", config=config)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if re.search(r"(^|\.)amazonaws\.com(\.cn)?$", host) or (client.meta.config.s3 or {}).get("addressing_style"):
        return client
    return session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"})))


class Objects:
    """Connects on the first call. Every failure is a `LakeError`."""

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
        """The same objects, with other timeouts and retries."""
        prefix = self._prefix.rstrip("/")
        return type(self)(
            self.bucket, prefix, encryption=self._encrypted, config=config, client_factory=self._client_factory
        )

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{self._prefix}{key}"

    def listing(self, folder: str) -> list[Stored]:
        """The objects whose key has this prefix, by key."""
        with self._as_lake_errors("list", folder):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._prefix + folder
            )
            return [self._stored(entry) for page in pages for entry in page.get("Contents", ())]

    def find(self, key: str) -> Stored | None:
        """Uses a listing, because errors of HEAD requests have no message."""
        return next((stored for stored in self.listing(key) if stored.key == key), None)

    def get(self, key: str, last: int | None = None) -> StoredContent | None:
        """A small object, or the last bytes of one; None if it does not exist."""
        part = {} if last is None else {"Range": f"bytes=-{last}"}
        with self._as_lake_errors("read", key):
            for attempt in range(1, _READS + 1):
                try:
                    answer = self.client.get_object(Bucket=self.bucket, Key=self._prefix + key, **part)
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
                return StoredContent(content, answer["ETag"], now - answer["LastModified"])
        raise AssertionError("unreachable")

    def end(self, stored: Stored, size: int) -> bytes:
        """The last bytes of an object; Raises: ObjectGoneError."""
        found = self.get(stored.key, last=size)
        if found is None:
            raise ObjectGoneError(f"{self.uri(stored.key)} was removed while it was read.")
        return found.content

    def put(self, key: str, content: bytes) -> None:
        with self._as_lake_errors("write", key):
            self.client.put_object(Bucket=self.bucket, Key=self._prefix + key, Body=content, **self._encryption)

    def put_if(self, key: str, content: bytes, etag: str | None) -> str | None:
        """Write only if the object still has this ETag (None: does not exist); the new ETag, None if another was first.

        After a lost answer, None may be returned although the write took place: read the object.
        """
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        with self._as_lake_errors("write", key):
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
        """Stream a file in parts, each with its own retries; the object appears complete at the end, or not at all.

        Raises:
            OSError: the source can't be read.
        """
        reading = str(source) if isinstance(source, Path) else source
        with self._as_lake_errors("write", key), create_transfer_manager(self.client, _TRANSFER) as transfers:
            transfers.upload(reading, self.bucket, self._prefix + key, extra_args=self._encryption).result()

    def download(self, stored: Stored, to: Path) -> None:
        """Stream exactly this version of an object into a file.

        Raises:
            ObjectGoneError: it was removed or replaced.
            OSError: the file can't be written.
        """
        with self._as_lake_errors("read", stored.key), create_transfer_manager(self.client, _PINNED) as transfers:
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
        with self._as_lake_errors("remove", key):
            self.client.delete_object(Bucket=self.bucket, Key=self._prefix + key)

    def abort_uploads(self, folder: str, older_than: timedelta = timedelta(0)) -> list[str]:
        """Abort unfinished uploads of killed processes below a folder; returns their keys."""
        aborted = []
        with self._as_lake_errors("tidy", folder):
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
        """Abort an unfinished upload; does nothing if it does not exist."""
        with self._as_lake_errors("tidy", key):
            try:
                self.client.abort_multipart_upload(Bucket=self.bucket, Key=self._prefix + key, UploadId=upload)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise

    def begin_upload(self, key: str) -> str:
        """Start a multipart upload, as `upload` does for a large file; returns its id."""
        with self._as_lake_errors("write", key):
            key = self._prefix + key
            begun = self.client.create_multipart_upload(Bucket=self.bucket, Key=key, **self._encryption)
            return str(begun["UploadId"])

    def upload_part(self, key: str, upload: str, content: bytes) -> None:
        """Send the first part of a multipart upload."""
        with self._as_lake_errors("write", key):
            key = self._prefix + key
            self.client.upload_part(Bucket=self.bucket, Key=key, UploadId=upload, PartNumber=1, Body=content)

    def regions(self) -> tuple[str, str]:
        """The bucket's region, empty if the service names none, and the client's region."""
        with self._as_lake_errors("look at", ""):
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
    def _as_lake_errors(self, doing: str, key: str) -> Iterator[None]:
        with s3_as_lake_errors(doing, self.bucket, self.uri(key), self._endpoint):
            yield

    def _endpoint(self) -> str:
        made = self.__dict__.get("client")  # creating the client may be what failed
        return made.meta.endpoint_url if made else "S3"


class _Known(BaseSubscriber):
    """Gives a download the object's size and ETag, so that it requests exactly this version."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def on_queued(self, future: Any, **_: Any) -> None:
        future.meta.provide_transfer_size(self._stored.size)
        future.meta.provide_object_etag(self._stored.etag)
