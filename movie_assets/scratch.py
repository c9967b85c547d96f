"""Private temporary folders; those of killed processes are removed later."""

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
    """An empty folder, private to this user, removed when it is closed, collected or the program ends.

    Created in ``base``, or in TMPDIR. A lock on the folder shows that its process lives: creating a folder removes
    those of dead processes. Others' folders and links are left alone.

    Raises: OSError, if it can't be created.
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
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))  # mode 0700, unpredictable name
        with suppress(FileNotFoundError):  # another process has just swept it as abandoned
            descriptor = os.open(folder, _FOLDER)
            if lock_descriptor(descriptor, blocking=False) and folder.exists():
                return folder, descriptor
            os.close(descriptor)


def _sweep(base: Path) -> None:
    """Remove folders of killed processes of this user."""
    with suppress(OSError):  # cleaning up after others must not fail this process
        for entry in os.scandir(base):
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):
                    _remove_abandoned(Path(entry.path))


def _remove_abandoned(folder: Path) -> None:
    descriptor = os.open(folder, _FOLDER)  # fails on a link
    owner = os.fstat(descriptor).st_uid
    if owner == os.geteuid() and lock_descriptor(descriptor, blocking=False):
        _remove(folder, descriptor)
    else:
        os.close(descriptor)


def _remove(folder: Path, descriptor: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)
