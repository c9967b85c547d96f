"""What a COPY reads: load files and their manifest, below `staging/` of the lake, under the id of the run.

A load file has exactly the contract's columns for the table, day and run included, and is written anew from the
accepted rows. COPY of Parquet maps columns by position and takes no constants, and a list of columns is not documented
for it; so the file has to have all of them, and the table it is copied into is made in the same order. Written anew, a
load file does not depend on how accepted rows are compressed or their decimals encoded: types are the schema's and the
compression is Snappy, which Redshift names. And the day that arrived can be read back and checked.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from movie_assets.contract import LINE_NUMBER
from movie_assets.contract.differences import differences
from movie_assets.errors import LakeError, LoadError
from movie_assets.feed import Feed
from movie_assets.lake.base import STAGING, day_folder
from movie_assets.lake.s3.objects import Objects
from movie_assets.lake.scratch import scratch

MANIFEST = "manifest.json"
_SQL_NAMES = {pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.float64(): "DOUBLE PRECISION", pa.date32(): "DATE"}


@dataclass(frozen=True, slots=True)
class Staged:
    """What lies ready; `manifest` is None where there are no files, `keys` are all objects, the manifest last."""

    manifest: str | None
    keys: tuple[str, ...]


class Staging:
    """The staging folder of a lake on S3."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def __repr__(self) -> str:
        return f"Staging({self._objects.uri(STAGING)!r})"

    def put(self, feed: Feed, day: date, run_id: str, paths: Sequence[Path]) -> Staged:
        """Stage the rows of the files for a load; the same run stages to the same keys.

        Raises:
            LoadError: a file can't be read, or S3 can't be written.
        """
        folder = f"{day_folder(STAGING, day)}/{re.sub(r'[^A-Za-z0-9_-]', '_', run_id)}"
        entries: list[Mapping[str, Any]] = []
        keys = []
        with in_words(f"stage {day}"), scratch() as local:
            for number, path in enumerate(paths):
                load_file = local / f"{number:03}.parquet"
                _write(load_file, path, feed, day, run_id)
                key = f"{folder}/{load_file.name}"
                self._objects.upload(load_file, key)
                keys.append(key)
                size = load_file.stat().st_size
                load_file.unlink()
                entries.append({"url": self._objects.uri(key), "mandatory": True, "meta": {"content_length": size}})
            if not entries:
                return Staged(None, ())
            key = f"{folder}/{MANIFEST}"
            self._objects.put(key, json.dumps({"entries": entries}).encode())
        return Staged(self._objects.uri(key), (*keys, key))

    def remove(self, staged: Staged) -> None:
        """Remove what was staged, the manifest first, so that none is left that names what is gone."""
        with in_words("tidy staging"):
            for key in reversed(staged.keys):
                self._objects.delete(key)

    def remove_older(self, day: date, than: datetime) -> int:
        """Remove what was staged for a day before a time; how many objects.

        Raises:
            LoadError: nothing may be removed, be there something or not.
        """
        with in_words("tidy staging"):
            self._objects.delete(f"{day_folder(STAGING, day)}/nothing")
            found = self._objects.listing(f"{day_folder(STAGING, day)}/")
            old = [stored.key for stored in found if stored.modified <= than]
            for key in old:
                self._objects.delete(key)
        return len(old)


def write_trial(feed: Feed, path: Path) -> Path:
    """A file of accepted rows with one row, of the smallest values."""
    schema = feed.contract.parquet_schema
    smallest = [
        "" if pa.types.is_string(field.type) else "1900-01-01" if pa.types.is_temporal(field.type) else "0"
        for field in schema
    ]
    columns = [pa.array([text]).cast(field.type) for text, field in zip(smallest, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), path)
    return path


def check_files(feed: Feed, day: date, paths: Sequence[Path], expected_rows: int) -> None:
    """Look at the files' own words before anything is sent.

    Raises:
        LoadError: they lack columns or have them in other types, or hold another number of rows.
    """
    wanted = {field.name: _sql_name(field.type) for field in _file_schema(feed)}
    rows = 0
    for path in paths:
        with in_words(f"load {day}"), pq.ParquetFile(path) as file:
            found = {field.name: _sql_name(field.type) for field in file.schema_arrow}
            rows += file.metadata.num_rows
        if different := differences(wanted, {name: kind for name, kind in found.items() if name in wanted}):
            raise LoadError(f"Can't load {path}: other columns than the contract: {'; '.join(different)}.")
    if rows != expected_rows:
        raise LoadError(
            f"Can't load {day}: its files hold {rows} rows, its report says {expected_rows} were accepted.",
            f"judge the day again: {feed.command(f'run --day {day}')}",
        )


@contextmanager
def in_words(doing: str) -> Iterator[None]:
    """Turn what the lake, the disk and the Parquet reader raise in the block into a `LoadError`."""
    try:
        yield
    except LakeError as error:
        raise LoadError(error.message, error.hint) from error
    except (OSError, pa.ArrowException) as error:
        raise LoadError(f"Can't {doing}: {str(error).splitlines()[0].rstrip('.')}.") from error


def _write(to: Path, source: Path, feed: Feed, day: date, run_id: str) -> None:
    """The rows of a file with their day and run, a batch at a time."""
    schema = _load_schema(feed)
    names = _file_schema(feed).names
    with pq.ParquetFile(source) as file, pq.ParquetWriter(to, schema, compression="snappy") as writer:
        for batch in file.iter_batches(columns=names):
            table = pa.Table.from_batches([batch]).select(names)
            count = len(table)
            table = table.append_column("ingest_date", pa.repeat(pa.scalar(day, pa.date32()), count))
            table = table.append_column("run_id", pa.repeat(pa.scalar(run_id, pa.string()), count))
            writer.write_table(table.cast(schema))


def _file_schema(feed: Feed) -> pa.Schema:
    """The contract's columns, in the target's types."""
    stored = feed.contract.parquet_schema
    return pa.schema([field.with_nullable(True) for field in stored if field.name != LINE_NUMBER])


def _load_schema(feed: Feed) -> pa.Schema:
    """The columns of the table, in the order of its DDL."""
    return pa.schema([*_file_schema(feed), pa.field("ingest_date", pa.date32()), pa.field("run_id", pa.string())])


def _sql_name(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "VARCHAR"
    return _SQL_NAMES.get(kind, str(kind))
