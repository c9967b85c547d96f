"""Writes the feed as a file: any number of films, in constant memory."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import numpy as np
import polars as pl

from movie_assets.errors import PipelineError
from movie_assets.movies.sample.dirt import break_lines, kinds_of_rows, rates, soil
from movie_assets.movies.sample.draws import Draws
from movie_assets.movies.sample.films import HEADER, films
from movie_assets.reading.folders import refuse_odd

FIRST_DAY = date(2024, 3, 24)
"""The default day of a sample."""

_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class SampleReport:
    """The counts of a sample: records, physical lines with the header, rows of each kind of dirt (without 0)."""

    rows: int
    lines: int
    dirt: Mapping[str, int]


def write_sample(
    path: str | Path,
    rows: int = 1000,
    day: date = FIRST_DAY,
    seed: int = 0,
    dirt: Mapping[str, float] | None = None,
) -> SampleReport:
    """Write the feed of a day in the exact format of real data: UTF-8, CRLF, quotes where needed, fictional films.

    The same arguments write the same bytes. Film n is the same film on every day and in files of any length; its votes
    and rating change. `dirt` maps kinds (see DIRT) to shares of rows, `{}` is a clean file. A file of the same name is
    replaced atomically.

    Raises:
        PipelineError: an unknown kind of dirt, impossible numbers, or a path that can't be written.
    """
    if rows < 0:
        raise PipelineError(f"A sample can't have {rows} rows.", "0 writes a header only.")
    shares = rates(dirt)
    counts = dict.fromkeys(shares, 0)
    with replacing(Path(path)) as file:
        file.write(render(pl.DataFrame([pl.Series([name]) for name in HEADER])))
        for start in range(0, rows, _CHUNK):
            numbers = np.arange(start, min(start + _CHUNK, rows), dtype=np.uint64)
            draws = Draws(numbers, seed)
            kinds = kinds_of_rows(draws, day, shares)
            file.write(break_lines(render(soil(films(numbers, day, seed), kinds, draws)), kinds))
            for kind, count in kinds.drop_nulls().value_counts().iter_rows():
                counts[kind] += count
    found = {kind: count for kind, count in counts.items() if count}
    return SampleReport(rows=rows, lines=1 + rows + counts["quoted_newline"], dirt=found)


def render(frame: pl.DataFrame) -> bytes:
    """The rows as CSV lines without a header; null is an empty cell."""
    buffer = BytesIO()
    frame.write_csv(buffer, include_header=False, line_terminator="\r\n", quote_style="necessary")
    return buffer.getvalue()


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that replaces the path if the block succeeds, and leaves no trace otherwise.

    Only a regular file is replaced: not a device, a pipe or a link.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        refuse_odd(path)
        temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        hint = "Choose a path in a folder that can be written, on a disk with room."
        raise PipelineError(f"The sample could not be written to {path}: {error.strerror or error}.", hint) from error
