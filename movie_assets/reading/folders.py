"""Safe access to paths from untrusted input: below given folders, regular files only, a limited number."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BufferedReader
from pathlib import Path

from movie_assets.errors import PipelineError

MOST_TEXT = 10_000_000
"""Bytes of a text file: enough for some hundred thousand rules."""

_KINDS: Mapping[Callable[[int], bool], str] = {
    stat.S_ISDIR: "a folder",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
    stat.S_ISSOCK: "a socket",
}


class TooManyFilesError(Exception):
    """A folder with too many entries."""


def is_utf8(name: str) -> bool:
    """Whether a name is UTF-8; Python keeps other bytes as lone surrogates, which nothing else accepts."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_below(place: Path, roots: Sequence[Path]) -> bool:
    """Whether a resolved path is one of the folders or lies in one."""
    return any(place.is_relative_to(root) for root in roots)


def regular_files(folder: Path, roots: Sequence[Path], most: int) -> Iterator[tuple[Path, str]]:
    """The regular files in a folder and the folders below it, each with its name relative to the folder.

    A link counts as its target if that is below the roots; links to folders are not followed.

    Raises: TooManyFilesError, beyond so many files and folders; OSError.
    """
    seen, folders = 0, [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                seen += 1
                if seen > most:
                    raise TooManyFilesError
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                    continue
                try:
                    file = followed(entry.path, strict=True) if entry.is_symlink() else Path(entry.path)
                    regular = is_below(file, roots) and stat.S_ISREG(file.stat().st_mode)
                except OSError as error:
                    if error.errno not in (errno.ENOENT, errno.ELOOP):  # it has just vanished, or is a broken link
                        raise
                    continue
                if regular:
                    yield file, Path(entry.path).relative_to(folder).as_posix()


def followed(path: str | Path, *, strict: bool = False) -> Path:
    """The path without links; in a circle of them Path.resolve fails in Python 3.11 and 3.12 only."""
    return Path(os.path.realpath(path, strict=strict))


def open_regular(file: Path) -> BufferedReader:
    """The file opened for reading; never blocks on a pipe that replaced it.

    Raises: OSError, also for what is not a regular file.
    """
    opened = open(file, "rb", opener=_without_waiting)  # noqa: SIM115  (the caller closes it)
    try:
        _refuse(os.fstat(opened.fileno()), file)
    except OSError:
        opened.close()
        raise
    return opened


def read_text(file: Path, what: str) -> str:
    """The text of a regular file in UTF-8, without a byte order mark; ``what`` it is, for the message.

    Raises: PipelineError, if it can't be read or is too large to be written by hand.
    """
    try:
        with open_regular(file) as opened:
            content = opened.read(MOST_TEXT + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise PipelineError(f"The {what} '{file}' can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise PipelineError(f"The {what} '{file}' is not UTF-8 text.") from error
    if len(content) > MOST_TEXT:
        raise PipelineError(f"The {what} '{file}' is larger than {MOST_TEXT:,} bytes.")
    return text


def refuse_irregular(file: Path) -> None:
    """Check that the path is a regular file, without opening it.

    Raises: OSError, if it is not.
    """
    try:
        _refuse(file.stat(), file)
    except ValueError as error:  # a name that no system accepts
        raise OSError(errno.EINVAL, "no file can have this name", str(file)) from error


def refuse_odd(file: Path) -> None:
    """Raises: OSError, for what is there and not a regular file, a link too: to write there would replace it."""
    try:
        found = file.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.EINVAL, "it is a link, not a regular file", str(file))
    _refuse(found, file)


def _refuse(found: os.stat_result, file: Path) -> None:
    kind = next((name for test, name in _KINDS.items() if test(found.st_mode)), None)
    if kind is not None:
        raise OSError(errno.EINVAL, f"it is {kind}, not a regular file", str(file))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
