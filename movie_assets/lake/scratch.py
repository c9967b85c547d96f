"""Folders for local copies of what a remote lake holds."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movie_assets.lake.files import in_words
from movie_assets.scratch import Scratch


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder where TMPDIR says, gone when the block ends.

    Raises: LakeError, when it can't be made.
    """
    with in_words("make a folder in", Path(tempfile.gettempdir())):
        made = Scratch()
    with made as folder:
        yield folder
