"""Accepted rows in a lake, as a judged day leaves them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from movie_assets.lake import Lake
from movie_assets.lake.base import file_name
from movie_assets.model import DayReport
from movie_assets_tests.support.days import DAY, day_report
from movie_assets_tests.support.feeds import CONTRACT

Film = Mapping[str, Any]


def films(count: int, **cells: Any) -> list[Film]:
    """Films that differ by title, with the given cells in each."""
    return [{"series_title": f"Film {number}", **cells} for number in range(count)]


def accept(
    lake: Lake,
    *files: Sequence[Film],
    day: date = DAY,
    evaluation_id: str = "e",
    change: Callable[[pa.Table], pa.Table] = lambda table: table,
) -> DayReport:
    """A published evaluation of a day: a file for each sequence of accepted rows, as `change` makes it."""
    ids = [f"{evaluation_id}-{number}" if number else evaluation_id for number in range(len(files))]
    for rows, name in zip(files, ids, strict=True):
        with lake.stage("validated", day, name) as path:
            pq.write_table(change(accepted(rows)), path)
    names = tuple(file_name("validated", name) for name in ids)
    report = day_report(day, evaluation_id, files={"validated": names}, accepted=sum(map(len, files)))
    lake.publish(report)
    return report


def accepted(rows: Sequence[Film]) -> pa.Table:
    """The rows as they are stored; cells not given are filled."""
    schema = CONTRACT.parquet_schema
    filled = []
    for number, row in enumerate(rows):
        blank: dict[str, Any] = dict.fromkeys(schema.names, "")
        blank |= {"imdb_rating": Decimal("7.50"), "meta_score": None, "no_of_votes": 100, "line_number": number + 2}
        filled.append({**blank, "genre": "Drama", "released_year": "1999", **row})
    return pa.Table.from_pylist(filled, schema=schema)
