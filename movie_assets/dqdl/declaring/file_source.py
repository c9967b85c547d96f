"""The source of files for file rules: a callable from a path (None: the table's own files) to facts of each file."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from movie_assets.reading.folders import TooManyFilesError, followed, is_below, open_regular, regular_files
from movie_assets.visible import visible

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
"""hashlib's names of the values of ``hashAlgorithm``."""

MOST = 10_000
"""The maximum number of files and folders of one path."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CENTURIES = timedelta(days=365 * 1900).total_seconds()


class FileSourceError(Exception):
    """Files that can't be listed or read: missing, unreachable or not allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file: ``path`` as a URI or path, ``name`` relative to what was listed, ``modified`` with a time zone.

    ``digest`` takes a key of ALGORITHMS and returns the content's lower-case hexadecimal checksum.
    """

    path: str
    name: str
    size: int
    modified: datetime
    digest: Callable[[str], str]


FileSource: TypeAlias = Callable[[str | None], Sequence[FileFact]]
"""Lists the files of a path, folders recursively, ordered by name. Raises: FileSourceError."""


def local_files(own: Sequence[Path] = (), *, roots: Sequence[Path] = (), setting: str) -> FileSource:
    """Files and folders of this machine below ``roots``, as plain paths or ``file://``; without a path, ``own``.

    Links and ``..`` are resolved first; the target must be below a root. In a folder, links to elsewhere and anything
    but regular files are skipped. ``setting`` names the setting of the roots, for the message.
    """
    allowed = [root.resolve() for root in roots]

    def files(path: str | None) -> Sequence[FileFact]:
        if path is not None:
            return _listed(_below(_local(path), allowed, setting), allowed)
        if not own:
            raise FileSourceError("the rule names no path, and the files the table was read from aren't known")
        return [fact for file in own for fact in _listed(file.resolve(), [file.resolve()])]

    return files


def _local(path: str) -> Path:
    parts = urlsplit(path)
    if not parts.scheme:
        return Path(path)
    if parts.scheme != "file":
        raise FileSourceError(f"files of {parts.scheme}:// can't be reached from here: {path}")
    if parts.netloc not in ("", "localhost"):
        raise FileSourceError(f"{path} is on another machine; file:///folder has three slashes")
    return Path(unquote(parts.path))


def _below(place: Path, roots: Sequence[Path], setting: str) -> Path:
    try:
        resolved = followed(place)
    except (OSError, ValueError) as error:  # a name with a NUL
        raise FileSourceError(f"{place} is not a path that can be followed") from error
    if not is_below(resolved, roots):
        named = ", ".join(map(str, roots)) or "none"
        raise FileSourceError(
            f"{place} is not in a folder that file rules may look into ({named}); {setting} names them"
        )
    return resolved


def _listed(place: Path, roots: Sequence[Path]) -> list[FileFact]:
    try:
        if place.is_dir():
            found = sorted(regular_files(place, roots, MOST), key=lambda file: file[1].split("/"))
            return [fact for file, name in found for fact in _facts(file, name)]
        if place.exists() and not place.is_file():
            raise FileSourceError(f"{place} is neither a file nor a folder")
        if facts := _facts(place, place.name):
            return facts
        raise FileSourceError(f"there is no file or folder {place}")
    except TooManyFilesError as error:
        raise FileSourceError(f"{place} holds more than {MOST:,} files and folders; name a smaller one") from error
    except OSError as error:
        raise FileSourceError(f"can't list {error.filename or place}: {error.strerror or error}") from error


def _facts(file: Path, name: str) -> list[FileFact]:
    """The facts of a file; None if it has just vanished."""
    try:
        facts = file.stat()
    except FileNotFoundError:
        return []
    return [FileFact(str(file), name, facts.st_size, moment(facts.st_mtime), cache(partial(digest_of, file)))]


def moment(seconds: float) -> datetime:
    """A file's time from epoch seconds; clipped to the calendar."""
    return _EPOCH + timedelta(seconds=min(max(seconds, -_CENTURIES), _CENTURIES))


def digest_of(file: Path, algorithm: str) -> str:
    """The checksum of a file's content, in lower-case hexadecimal; ``algorithm`` is a key of ALGORITHMS.

    Raises: FileSourceError, for a file that can't be read or is no longer a regular file.
    """
    try:
        with open_regular(file) as content:
            return hashlib.file_digest(content, ALGORITHMS[algorithm]).hexdigest()
    except OSError as error:
        raise FileSourceError(f"can't read {file}: {error.strerror or error}") from error
