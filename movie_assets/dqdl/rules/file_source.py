"""Where file rules find files: a callable from a path (or None: the table's own files) to facts about each file."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
"""hashlib's names of the algorithms ``hashAlgorithm`` may name."""


class FileSourceError(Exception):
    """Files that can't be listed: there is no such folder, or no way to reach it."""


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file: ``path`` as a URI or path, ``name`` relative to what was listed, ``modified`` with a time zone.

    ``digest`` takes a key of ALGORITHMS and gives the lower-case hexadecimal checksum of the content.
    """

    path: str
    name: str
    size: int
    modified: datetime
    digest: Callable[[str], str]


FileSource: TypeAlias = Callable[[str | None], Sequence[FileFact]]
"""Lists the files of a path, folders recursively, in the order of their names. Raises: FileSourceError."""


def local_files(own: Sequence[Path] = ()) -> FileSource:
    """Files and folders of this machine, as plain paths or ``file://``; ``own`` are those the table was read from."""

    def files(path: str | None) -> Sequence[FileFact]:
        if path is not None:
            return _listed(_local(path))
        if not own:
            raise FileSourceError("the rule names no path, and the files the table was read from aren't known")
        return [fact for file in own for fact in _listed(file)]

    return files


def _local(path: str) -> Path:
    scheme = urlsplit(path).scheme
    if scheme in ("", "file"):
        return Path(unquote(urlsplit(path).path)) if scheme else Path(path)
    raise FileSourceError(f"files of {scheme}:// can't be reached from here: {path}")


def _listed(place: Path) -> list[FileFact]:
    try:
        if place.is_file():
            return [_fact(place, place.name)]
        if not place.is_dir():
            raise FileSourceError(f"there is no file or folder {place}")
        found = sorted(file for file in place.rglob("*") if file.is_file())
        return [_fact(file, file.relative_to(place).as_posix()) for file in found]
    except OSError as error:
        raise FileSourceError(f"can't list {place}: {error.strerror or error}") from error


def _fact(file: Path, name: str) -> FileFact:
    facts = file.stat()
    modified = datetime.fromtimestamp(facts.st_mtime, UTC)
    return FileFact(str(file), name, facts.st_size, modified, cache(partial(digest_of, file)))


def digest_of(file: Path, algorithm: str) -> str:
    """The checksum of a file's content, in lower-case hexadecimal; ``algorithm`` is a key of ALGORITHMS."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, ALGORITHMS[algorithm]).hexdigest()
