"""Files of a folder, written whole or not at all, and the operating system's refusals put into words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movie_assets.errors import LakeError

TEMPORARY = ".tmp"
"""How the name of a file that is not whole yet ends; no reader looks at it."""

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
def in_words(doing: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into a `LakeError` that says what could not be done, where and why."""
    try:
        yield
    except OSError as error:
        raise refusal(doing, path, error) from error


def refusal(doing: str, path: Path, error: OSError) -> LakeError:
    at = f" (at {error.filename})" if error.filename and str(error.filename) != str(path) else ""
    return LakeError(f"Can't {doing} {path}: {error.strerror or error}{at}.", _HINTS.get(error.errno or 0))


def disk_refusal(doing: str, path: Path, error: BaseException) -> LakeError | None:
    """The refusal behind an error of a library that writes files, None when it is about something else.

    Libraries in other languages raise errors of their own, with the operating system's words in the message.
    """
    if isinstance(error, LakeError):
        return None
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO):
        if getattr(error, "errno", None) == code or os.strerror(code) in str(error):
            return LakeError(f"Can't {doing} {path}: {os.strerror(code)}.", _HINTS.get(code))
    return None


def make_visible(temporary: Path, final: Path) -> None:
    """Give a written file its name, after its bytes are on the disk."""
    with temporary.open("rb+") as written:
        os.fsync(written.fileno())
    temporary.replace(final)
    _sync_folder(final.parent)


def put(final: Path, content: bytes) -> None:
    """Write a small file at once, in place of what was there."""
    temporary = final.with_name(f".{final.name}.{os.getpid()}{TEMPORARY}")
    try:
        temporary.write_bytes(content)
        make_visible(temporary, final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder can't be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
