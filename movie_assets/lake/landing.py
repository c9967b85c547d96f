"""The files of a landing folder: copied in, listed, and checked for changes while they are read."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from movie_assets.errors import LakeError
from movie_assets.lake.base import Arrival
from movie_assets.lake.files import as_lake_errors
from movie_assets.lake.manifest import replaced
from movie_assets.model import LandedFile
from movie_assets.reading.folders import is_utf8

_CHUNK = 1 << 20
_ODD = {
    stat.S_IFDIR: ("a folder", "name the CSV file in it"),
    stat.S_IFIFO: ("a pipe", "write what comes out of it to a file, and land that"),
    stat.S_IFCHR: ("a device", "name the CSV file"),
    stat.S_IFBLK: ("a device", "name the CSV file"),
    stat.S_IFSOCK: ("a socket", "name the CSV file"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entries(folder: Path) -> list[Path]:
    """The entries of a folder; none if it is missing or not a folder."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def landing_name(source: Path, feed: str) -> str:
    """The name a file lands under."""
    return f"{source.stem.lstrip('._') or feed}.csv"


def is_landing_name(name: str) -> bool:
    """Whether a file of this name in a day's landing folder is the day's."""
    return name.lower().endswith(".csv") and name[0] not in "._" and is_utf8(name)


def landing_files(folder: Path) -> list[Path]:
    return [path for path in entries(folder) if is_landing_name(path.name) and path.is_file()]


def arrivals(day: date, folder: Path) -> Iterator[Arrival]:
    """The files of a day's folder, not read; without files that vanish meanwhile."""
    for path in entries(folder):
        if is_landing_name(path.name) and (found := arrival(day, path)):
            yield found


def arrival(day: date, path: Path) -> Arrival | None:
    """A file as listed; None if it is not a regular file or gone."""
    with suppress(FileNotFoundError, NotADirectoryError):
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            landed_at = _moment(status.st_mtime_ns)
            # ctime, because copying programs set mtime back.
            written_at = landed_at if os.name == "nt" else _moment(status.st_ctime_ns)
            return Arrival(day, str(path), path.name, status.st_size, None, landed_at, written_at)
    return None


@contextmanager
def readable(source: Path) -> Iterator[int]:
    """The source opened for reading, as a descriptor.

    Raises:
        LakeError: it is missing, unreadable or not a regular file.
    """
    try:
        # Checked before opening: opening a pipe would block, and opening a device may have effects.
        kind = stat.S_IFMT(source.stat().st_mode)
        if kind != stat.S_IFREG:
            what, hint = _ODD.get(kind, ("no regular file", "name the CSV file"))
            raise LakeError(f"Can't land {source}: it is {what}.", hint)
        if not is_utf8(source.name):
            raise LakeError(f"Can't land {source}: its name is not UTF-8.", "rename the file")
        descriptor = os.open(source, os.O_RDONLY)
    except OSError as error:
        raise LakeError(f"Can't land {source}: {error.strerror}.", f"looked at {source.absolute()}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def copy(reading: int, source: Path, to: Path) -> tuple[str, int]:
    """Copy the source; returns SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with as_lake_errors("land", to), to.open("wb") as writing:
        while True:
            with as_lake_errors("read", source):
                chunk = os.read(reading, _CHUNK)
            if not chunk:
                break
            digest.update(chunk)
            writing.write(chunk)
            size += len(chunk)
    if size == 0:
        raise empty(source)
    return digest.hexdigest(), size


def empty(source: Path) -> LakeError:
    return LakeError(f"Can't land {source}: it is empty (0 bytes).", "a day without rows is a file with a header only")


def landed_file(day: date, path: Path, status: os.stat_result, digest: str, size: int) -> LandedFile:
    return LandedFile(day, str(path), path.name, size, digest, _modified(status))


def _modified(status: os.stat_result) -> datetime:
    return _moment(status.st_mtime_ns)


def _moment(nanoseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def check_same(landed: LandedFile, path: Path, before: tuple[int, int, int] | None = None) -> tuple[int, int, int]:
    """The file's state on disk. Fails if it is not the landed file, or differs from the state before, if given."""
    try:
        status = path.stat()
    except FileNotFoundError:
        status = None
    except OSError as error:
        raise LakeError(f"Can't read {path}: {error.strerror}.") from error
    if (
        status is None
        or (status.st_size, _modified(status)) != (landed.size, landed.landed_at)
        or (before and state(status) != before)
    ):
        raise replaced(str(path))
    return state(status)
