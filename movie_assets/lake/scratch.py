"""Folders for local copies of remote files."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movie_assets.lake.files import as_lake_errors
from movie_assets.scratch import Scratch


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder under TMPDIR, removed when the block ends.

    Raises: LakeError, if it can't be created.
    """
    with as_lake_errors("make a folder in", Path(tempfile.gettempdir())):
        made = Scratch()
    with made as folder:
        yield folder
