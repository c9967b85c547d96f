"""Private folders for what is wanted for a while only; a killed process does not leave its own behind for good."""

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from filelock import lock_descriptor

_PREFIX = "movie_assets-scratch-"
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Scratch:
    """An empty folder of this user alone, gone when it is closed, collected or the program ends.

    It lies in ``base``, or where TMPDIR says. A lock on the folder itself tells who is alive: making one removes those
    whose process died. Others' folders and links are left alone.

    Raises: OSError, when it can't be made.
    """

    def __init__(self, base: Path | None = None) -> None:
        base = base or Path(tempfile.gettempdir())
        _sweep(base)
        self.path, descriptor = _made(base)
        self.close = weakref.finalize(self, _remove, self.path, descriptor)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _made(base: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))  # 0700, by a name that nobody foresees
        with suppress(FileNotFoundError):  # a process that swept just now has taken it for abandoned
            descriptor = os.open(folder, _FOLDER)
            if lock_descriptor(descriptor, blocking=False) and folder.exists():
                return folder, descriptor
            os.close(descriptor)


def _sweep(base: Path) -> None:
    """Remove what killed processes of this user left."""
    with suppress(OSError):  # tidying up after others is no reason to fail
        for entry in os.scandir(base):
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):
                    _remove_abandoned(Path(entry.path))


def _remove_abandoned(folder: Path) -> None:
    descriptor = os.open(folder, _FOLDER)  # a link is refused
    owner = os.fstat(descriptor).st_uid
    if owner == os.geteuid() and lock_descriptor(descriptor, blocking=False):
        _remove(folder, descriptor)
    else:
        os.close(descriptor)


def _remove(folder: Path, descriptor: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)
