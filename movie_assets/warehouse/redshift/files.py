"""The files that COPY reads: the Parquet of an evaluation's accepted rows, where it lies in the lake."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from movie_assets.contract.differences import differences
from movie_assets.errors import LoadError
from movie_assets.feed import Feed
from movie_assets.lake.base import Lake
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.lake.s3.objects import Objects, Stored
from movie_assets.model import DayReport
from movie_assets.warehouse.base import other_rows
from movie_assets.warehouse.redshift.address import Address


def on_s3(lake: Lake, address: Address) -> S3Lake:
    """
    Raises:
        LoadError: the lake is not on S3.
    """
    if not isinstance(lake, S3Lake):
        raise LoadError(
            f"Can't load into {address}: Redshift loads from S3, and the lake is a folder.",
            "set MOVIES_LAKE=s3://bucket/prefix, a bucket in the database's region",
        )
    return lake


def checked(lake: S3Lake, feed: Feed, report: DayReport) -> tuple[str, ...]:
    """Where the rows lie that an evaluation accepted. COPY maps columns by position, so their names are looked at here.

    Raises:
        LoadError: a file has other columns than the contract, or they hold another number of rows than were accepted.
        PipelineError: a file is gone, or the lake can't be read.
    """
    wanted = {field.name: str(field.type) for field in feed.contract.parquet_schema}
    rows, uris = 0, []
    for stored in lake.stored(report, "validated"):
        uris.append(lake.objects.uri(stored.key))
        try:
            footer = _footer(lake.objects, stored)
        except pa.ArrowException as error:
            raise _judge_again(feed, report, uris[-1], "it is not Parquet, or damaged") from error
        found = {field.name: str(field.type) for field in footer.schema.to_arrow_schema()}
        different = differences(wanted, found) or ([] if [*found] == [*wanted] else ["they stand in another order"])
        if different:
            raise _judge_again(feed, report, uris[-1], f"other columns than the contract: {'; '.join(different)}")
        rows += footer.num_rows
    if rows != report.accepted:
        raise other_rows(feed, report, rows)
    return tuple(uris)


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


def _footer(objects: Objects, stored: Stored) -> pq.FileMetaData:
    """Schema and number of rows, which stand at a file's end, before their length and four letters."""
    length = int.from_bytes(objects.end(stored, 8)[:4], "little")
    return pq.read_metadata(pa.BufferReader(objects.end(stored, length + 8)))


def _judge_again(feed: Feed, report: DayReport, uri: str, reason: str) -> LoadError:
    return LoadError(f"Can't load {uri}: {reason}.", f"judge the day again: {feed.command(f'run --day {report.day}')}")
