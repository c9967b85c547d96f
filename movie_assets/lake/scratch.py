"""Folders for local copies, which a killed process does not leave behind for good."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from movie_assets.lake.files import in_words

_PREFIX = "movies-lake-"


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder where TMPDIR says, gone when the block ends; those of processes that died go as well."""
    base = Path(tempfile.gettempdir())
    folder = base / f"{_PREFIX}{uuid4().hex}"
    lock = FileLock(base / f"{folder.name}.lock")
    _sweep(base)
    with in_words("make", folder):
        lock.acquire()  # before the folder is there: a folder whose lock is free has no owner
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _remove(lock)


def _sweep(base: Path) -> None:
    with suppress(OSError):  # tidying up after others is no reason to fail
        for folder in base.glob(f"{_PREFIX}*/"):
            lock = FileLock(base / f"{folder.name}.lock", timeout=0)
            with suppress(Timeout, OSError):
                lock.acquire()
                shutil.rmtree(folder, ignore_errors=True)
                _remove(lock)


def _remove(lock: FileLock) -> None:
    lock.release()
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
