"""The S3 objects of a COPY: a manifest's, or all under a prefix."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from movie_assets_tests.support.redshift.copy_syntax import Copy
from movie_assets_tests.support.redshift.wire import SqlError

# boto3 makes its clients as it runs; their types are not in this environment.
S3Client = Any


@dataclass(frozen=True)
class Source:
    """One object, its bytes uncompressed."""

    url: str
    data: bytes


def sources(copy: Copy, s3: S3Client) -> Iterator[Source]:
    """The objects to load, one at a time.

    Raises:
        SqlError: S3 refused or has nothing there, or the manifest is not one.
    """
    for url, length in _manifest(copy, s3) if copy.manifest else _under_prefix(copy.source, s3):
        data = _read(url, s3)
        if length is not None and length != len(data):
            raise _broken(f"{url} has {len(data)} bytes, its manifest says {length}")
        yield Source(url, gzip.decompress(data) if copy.gzip else data)


def _manifest(copy: Copy, s3: S3Client) -> list[tuple[str, int | None]]:
    try:
        entries = json.loads(_read(copy.source, s3))["entries"]
        found = [_entry(copy, entry, s3) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(f"{copy.source} is not a manifest: {error!r}") from error
    present = [entry for entry in found if entry is not None]
    if not present:
        raise _broken(f"{copy.source} names no file that is there")
    return present


def _entry(copy: Copy, entry: dict[str, Any], s3: S3Client) -> tuple[str, int | None] | None:
    url = entry["url"]
    length = entry.get("meta", {}).get("content_length")
    if length is None and copy.format == "PARQUET":
        raise _broken(f"the entry of {url} has no meta.content_length, which PARQUET needs")
    try:
        s3.head_object(**_address(url))
    except Exception as error:
        if entry.get("mandatory", False):
            raise _refused(url, error) from error
        return None
    return url, length


def _under_prefix(url: str, s3: S3Client) -> list[tuple[str, int | None]]:
    address = _address(url)
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=address["Bucket"], Prefix=address["Key"])
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    except Exception as error:
        raise _refused(url, error) from error
    if not keys:
        raise _broken(f"The specified S3 prefix '{address['Key']}' does not exist")
    return [(f"s3://{address['Bucket']}/{key}", None) for key in keys]


def _read(url: str, s3: S3Client) -> bytes:
    try:
        return bytes(s3.get_object(**_address(url))["Body"].read())
    except Exception as error:
        raise _refused(url, error) from error


def _address(url: str) -> Any:
    if not url.startswith("s3://"):
        raise ValueError(f"{url!r} is not an s3:// address")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _broken(reason: str) -> SqlError:
    return SqlError.of("XX000", reason)


def _refused(url: str, error: Exception) -> SqlError:
    """S3's refusal in Redshift's words."""
    answer = getattr(error, "response", {})
    said = answer.get("Error", {})
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", "none")
    message = f"S3ServiceException:{said.get('Message', error)},Status {status},Error {said.get('Code', 'none')}"
    return SqlError.of("XX000", message, detail=f"while reading {url}")
