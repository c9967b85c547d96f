"""Health checks of a lake on S3: each call that it makes, under a key of its own that is removed afterwards.

Calls that need no object come first, on keys that don't exist: without permission to delete, nothing is written. A
later run removes the objects of a killed one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from botocore.exceptions import ClientError

from movie_assets.errors import LakeError, NotVerifiedError
from movie_assets.findings import Finding, attempt
from movie_assets.lake.s3.errors import code_of
from movie_assets.lake.s3.objects import Objects

SERVICE = "S3"
FOLDER = ".doctor/"
ABANDONED = timedelta(minutes=15)
"""The age from which an object counts as left by a killed run."""

_CONTENT = b"written by the doctor, and to be removed by it\n"


def examine(objects: Objects, abandoned: timedelta = ABANDONED) -> Iterator[Finding]:
    """A finding per call; only the first if the bucket can't be reached."""
    key = f"{FOLDER}{uuid4().hex}"
    listed = attempt(SERVICE, "list", lambda: _list(objects))
    yield listed
    if listed.error and not _denied(listed.error):
        return
    if not listed.error:
        yield _region(objects)
    removed = attempt(SERVICE, "remove", lambda: _remove(objects, key, abandoned, listed.status == "ok"))
    yield removed
    yield attempt(SERVICE, "list unfinished uploads", lambda: _tidy(objects, abandoned))
    aborted = attempt(SERVICE, "give up an upload", lambda: objects.abort_upload(key, "none"))
    yield aborted
    yield attempt(SERVICE, "write", lambda: _write(objects, key, removed))
    yield attempt(SERVICE, "write on a condition", lambda: _write_if(objects, f"{key}-once", removed))
    yield attempt(SERVICE, "read", lambda: _read(objects, key))
    yield attempt(SERVICE, "write in parts", lambda: _write_parts(objects, key, aborted))
    if removed.status == "ok":
        tidied = attempt(SERVICE, "tidy up", lambda: _tidy_up(objects, key))
        if tidied.error:
            yield tidied


def remove_left(objects: Objects, folder: str, abandoned: timedelta) -> str:
    """Remove what examinations that were killed left in a folder; what is to be said of it."""
    now = datetime.now(UTC)
    left = [stored.key for stored in objects.listing(folder) if now - stored.modified >= abandoned]
    for each in left:
        objects.delete(each)
    return f"with {len(left)} objects that a killed examination left" if left else ""


def _list(objects: Objects) -> str:
    objects.listing(FOLDER)
    return objects.uri("")


def _region(objects: Objects) -> Finding:
    region, own = objects.regions()
    if not region or region == own:
        return Finding(SERVICE, "region", "ok", region)
    return Finding(
        SERVICE,
        "region",
        "warning",
        f"The bucket {objects.bucket} is in {region}, this process asks in {own}.",
        f"set AWS_REGION={region}: traffic between regions costs, and Redshift's COPY reads only its own region",
    )


def _remove(objects: Objects, key: str, abandoned: timedelta, listable: bool) -> str:
    objects.delete(key)
    return remove_left(objects, FOLDER, abandoned) if listable else ""


def _tidy(objects: Objects, abandoned: timedelta) -> str:
    left = objects.abort_uploads(FOLDER, abandoned)
    return f"given up: {len(left)} of a killed examination" if left else ""


def _tidy_up(objects: Objects, key: str) -> None:
    objects.delete(key)
    objects.delete(f"{key}-once")


def _write(objects: Objects, key: str, removed: Finding) -> None:
    _need(removed, "what is written could not be removed again")
    objects.put(key, _CONTENT)


def _write_if(objects: Objects, key: str, removed: Finding) -> None:
    _need(removed, "what is written could not be removed again")
    first = objects.put_if(key, _CONTENT, None)
    again = objects.put_if(key, _CONTENT, None)
    second = objects.put_if(key, _CONTENT * 2, first) if first else None
    late = objects.put_if(key, _CONTENT, first)
    if first is None or second is None or again or late:
        raise LakeError(
            f"Can't lock days in {objects.uri('')}: S3 PutObject: If-None-Match and If-Match are not kept.",
            "the lake needs an S3 service with conditional writes",
        )


def _read(objects: Objects, key: str) -> None:
    found = objects.get(key)  # if the object could not be written: that it is not there
    if found and found.content != _CONTENT:
        raise LakeError(f"Can't read {objects.uri(key)}: S3 GetObject: it holds something else than was written.")


def _write_parts(objects: Objects, key: str, aborted: Finding) -> None:
    _need(aborted, "an upload that is begun could not be given up again")
    upload = objects.begin_upload(key)
    try:
        objects.upload_part(key, upload, _CONTENT)
    finally:
        objects.abort_upload(key, upload)


def _need(before: Finding, otherwise: str) -> None:
    if before.status != "ok":
        raise NotVerifiedError(f"Not tried: {otherwise}.")


def _denied(error: BaseException) -> bool:
    """Whether the service knows the bucket and denies this one call."""
    return isinstance(error.__cause__, ClientError) and code_of(error.__cause__) == "AccessDenied"
