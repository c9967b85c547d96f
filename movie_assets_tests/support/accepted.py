"""Accepted rows in Parquet, as a judged day leaves them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from movie_assets_tests.support.feeds import CONTRACT

Film = Mapping[str, Any]


def films(count: int, **cells: Any) -> list[Film]:
    """Films that differ by title, with the given cells in each."""
    return [{"series_title": f"Film {number}", **cells} for number in range(count)]


def write_accepted(path: Path, rows: Sequence[Film]) -> Path:
    """A Parquet file of the rows; cells not given are filled."""
    schema = CONTRACT.parquet_schema
    filled = []
    for number, row in enumerate(rows):
        blank: dict[str, Any] = dict.fromkeys(schema.names, "")
        blank |= {"imdb_rating": Decimal("7.50"), "meta_score": None, "no_of_votes": 100, "line_number": number + 2}
        filled.append({**blank, "genre": "Drama", "released_year": "1999", **row})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(filled, schema=schema), path)
    return path
