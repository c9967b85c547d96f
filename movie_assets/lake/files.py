"""Atomic writes to a folder, and the operating system's errors as readable `LakeError`s."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movie_assets.errors import AdapterError, LakeError
from movie_assets.findings import Finding, attempt

TEMPORARY = ".tmp"
"""The suffix of an incomplete file; readers ignore it."""

ROOM = 1_000_000_000
"""Bytes; with less free space the next days may not fit."""

_HINTS = {
    errno.ENOSPC: "free some space on that disk and run again; what was published before is intact",
    errno.EDQUOT: "free some space within your quota and run again; what was published before is intact",
    errno.EFBIG: "the file is larger than this disk or user may write; what was published before is intact",
    errno.EACCES: "give this user the right to it, or set MOVIES_LAKE to another folder",
    errno.EPERM: "give this user the right to it, or set MOVIES_LAKE to another folder",
    errno.EROFS: "the disk is mounted read-only; set MOVIES_LAKE to a folder that can be written",
    errno.ENOTDIR: "a file lies where a folder is needed; move it away, or set MOVIES_LAKE to another folder",
    errno.EEXIST: "a file lies where a folder is needed; move it away, or set MOVIES_LAKE to another folder",
    errno.EISDIR: "a folder lies where a file is needed; move it away",
}


@contextmanager
def as_lake_errors(doing: str, path: Path) -> Iterator[None]:
    """Raise an `OSError` of the block as a `LakeError` that says what failed, where and why."""
    try:
        yield
    except OSError as error:
        raise refusal(doing, path, error) from error


def refusal(doing: str, path: Path, error: OSError) -> LakeError:
    at = f" (at {error.filename})" if error.filename and str(error.filename) != str(path) else ""
    return LakeError(f"Can't {doing} {path}: {error.strerror or error}{at}.", _HINTS.get(error.errno or 0))


def disk_refusal(doing: str, path: Path, error: BaseException) -> LakeError | None:
    """The disk error behind an error of a library that writes files; None if the cause is another.

    Native libraries raise their own errors, with the operating system's text in the message.
    """
    if isinstance(error, LakeError):
        return None
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO):
        if getattr(error, "errno", None) == code or os.strerror(code) in str(error):
            return LakeError(f"Can't {doing} {path}: {os.strerror(code)}.", _HINTS.get(code))
    return None


def make_visible(temporary: Path, final: Path) -> None:
    """Rename a written file to its final name, after syncing it to disk."""
    with temporary.open("rb+") as written:
        os.fsync(written.fileno())
    temporary.replace(final)
    _sync_folder(final.parent)


def put(final: Path, content: bytes) -> None:
    """Write a small file atomically, replacing the old one."""
    temporary = final.with_name(f".{final.name}.{os.getpid()}{TEMPORARY}")
    try:
        temporary.write_bytes(content)
        make_visible(temporary, final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows can't open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def examine_folder(service: str, path: Path, setting: str) -> Finding:
    """Check that a folder, or its nearest existing parent, is writable and has free space."""
    found = attempt(service, "write", lambda: _writable(path, setting))
    if found.error:
        return found
    free = shutil.disk_usage(_nearest(path)).free
    said = f"{path}, {free / 1e9:,.1f} GB free"
    if free < ROOM:
        return Finding(service, "write", "warning", f"{said}.", f"free some space, or set {setting} to another disk")
    return Finding(service, "write", "ok", said)


def _writable(path: Path, setting: str) -> None:
    try:
        with tempfile.TemporaryFile(dir=_nearest(path)):  # an unnamed file, so that nothing is left behind
            pass
    except OSError as error:
        raise AdapterError(
            f"Can't write to {path}: {error.strerror or error} (at {_nearest(path)}).",
            f"give this user the right to it, or set {setting} to another folder",
        ) from error


def _nearest(path: Path) -> Path:
    return next(found for found in (path, *path.parents) if os.path.exists(found))  # Path.exists() may raise
