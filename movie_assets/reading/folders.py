"""Files of this machine that a stranger's path names: below given folders, regular ones, so many and no more."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path


class TooManyFilesError(Exception):
    """A folder that holds more than it may."""


def is_below(place: Path, roots: Sequence[Path]) -> bool:
    """Whether a resolved path is one of the folders or lies in one."""
    return any(place.is_relative_to(root) for root in roots)


def regular_files(folder: Path, roots: Sequence[Path], most: int) -> Iterator[tuple[Path, str]]:
    """The regular files in a folder and the folders below it, each with its name relative to the folder.

    A link counts as the file it leads to, where that lies below the roots; links to folders are not followed.

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
                with suppress(FileNotFoundError, RuntimeError):  # it has just vanished, or leads nowhere
                    file = Path(entry.path).resolve(strict=True) if entry.is_symlink() else Path(entry.path)
                    if is_below(file, roots) and stat.S_ISREG(file.stat().st_mode):
                        yield file, Path(entry.path).relative_to(folder).as_posix()


def open_regular(file: Path) -> BufferedReader:
    """The file opened for reading; a pipe that took its place is not waited for.

    Raises: OSError, also for what is not a regular file.
    """
    opened = open(file, "rb", opener=_without_waiting)  # noqa: SIM115  (the caller closes it)
    if stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        return opened
    opened.close()
    raise OSError(errno.EINVAL, "it is not a regular file", str(file))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
