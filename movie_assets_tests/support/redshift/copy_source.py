"""The S3 objects of a COPY: all whose keys begin so."""

from dataclasses import dataclass
from typing import Any

from movie_assets_tests.support.redshift.wire import SqlError

# boto3 makes its clients as it runs; their types are not in this environment.
S3Client = Any


@dataclass(frozen=True)
class Source:
    """One object."""

    url: str
    data: bytes


def sources(url: str, s3: S3Client) -> list[Source]:
    """The objects to load.

    Raises:
        SqlError: S3 refused or has nothing there.
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        found = [Source(f"s3://{bucket}/{key}", s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    except Exception as error:
        raise _refused(url, error) from error
    if not found:
        raise SqlError.of("XX000", f"The specified S3 prefix '{prefix}' does not exist")
    return found


def _refused(url: str, error: Exception) -> SqlError:
    """S3's refusal in Redshift's words."""
    answer = getattr(error, "response", {})
    said = answer.get("Error", {})
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", "none")
    message = f"S3ServiceException:{said.get('Message', error)},Status {status},Error {said.get('Code', 'none')}"
    return SqlError.of("XX000", message, detail=f"while reading {url}")
