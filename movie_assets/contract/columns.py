"""The model of a movie: the only place that says what its 16 columns are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

RuleType = Literal["string", "double", "long"]

MAX_BYTES = 65_535
"""The width of a VARCHAR(MAX), in bytes."""

LINE_NUMBER = "line_number"
"""Where a row comes from: the physical line of the file where its record starts, the header being line 1."""

LOAD_COLUMNS: Mapping[str, str] = {"ingest_date": "DATE", "run_id": "VARCHAR(36)"}
"""What the warehouse adds to a movie: the day it belongs to, and the run that loaded it. Never null."""


def _text(title: str, max_bytes: int, description: str) -> Any:
    return pa.Field(title=title, description=description, metadata={"max_bytes": max_bytes})


def _number(title: str, target: str, low: int, high: int, description: str, nullable: bool = False) -> Any:
    return pa.Field(
        title=title,
        description=description,
        metadata={"target_type": target},
        in_range=(low, high),
        nullable=nullable,
        n_failure_cases=1,
    )


class Movie(pa.DataFrameModel):
    """A film on one day. A blank cell is the empty text in a text column and null in a number column."""

    poster_link: str = _text("Poster_Link", MAX_BYTES, "Address of the poster's picture")
    series_title: str = _text("Series_Title", MAX_BYTES, "Title of the film")
    released_year: str = _text("Released_Year", 10, "Year of release, as four digits")
    certificate: str = _text("Certificate", 50, "Age rating; blank where there is none")
    runtime: str = _text("Runtime", 50, 'Length in minutes: "142 min"')
    genre: str = _text("Genre", 200, 'Genres in alphabetical order: "Crime, Drama"')
    imdb_rating: float = _number("IMDB_Rating", "DECIMAL(10,2)", 0, 10, "Mean rating of the voters, 0 to 10")
    overview: str = _text("Overview", MAX_BYTES, "The story in one or two sentences")
    meta_score: int = _number("Meta_score", "INT", 0, 100, "Mean rating of the critics, 0 to 100", nullable=True)
    director: str = _text("Director", 200, "Name of the director")
    star1: str = _text("Star1", 200, "Name of the first actor")
    star2: str = _text("Star2", 200, "Name of the second actor")
    star3: str = _text("Star3", 200, "Name of the third actor")
    star4: str = _text("Star4", 200, "Name of the fourth actor")
    no_of_votes: int = _number("No_of_Votes", "INT", 0, 2**31 - 1, "How many people rated the film")
    gross: str = _text("Gross", 20, 'Earnings in US dollars: "28,341,469"; blank where unknown')

    class Config:
        name = "Movie"
        strict = True
        ordered = True

    @pa.check(".+", regex=True, name="fits_target", n_failure_cases=1)
    @classmethod
    def _fits_target(cls, data: PolarsData) -> pl.LazyFrame:
        # Redshift counts bytes, not characters.
        width = columns_by_name()[data.key].max_bytes
        cell = pl.col(data.key)
        fits = pl.lit(True) if width is None else cell.str.len_bytes() <= width
        return data.lazyframe.select(fits)

    @pa.check("imdb_rating", name="two_decimals", n_failure_cases=1)
    @classmethod
    def _two_decimals(cls, data: PolarsData) -> pl.LazyFrame:
        # The target is DECIMAL(10,2): a third decimal would be rounded away in silence.
        cell = pl.col(data.key)
        return data.lazyframe.select(cell.round(2) == cell)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract: `name` as the file spells it, `stored_name` everywhere else."""

    name: str
    stored_name: str
    rule_type: RuleType
    target_type: str
    max_bytes: int | None
    nullable: bool
    description: str


_RULE_TYPES: Mapping[pl.DataType, RuleType] = {pl.String(): "string", pl.Float64(): "double", pl.Int64(): "long"}


@cache
def columns() -> tuple[Column, ...]:
    """The 16 columns in the order of the file; `max_bytes` is None where the column is not text."""
    return tuple(_column(stored_name, field) for stored_name, field in Movie.to_schema().columns.items())


def _column(stored_name: str, field: Any) -> Column:
    width = field.metadata.get("max_bytes")
    text_type = "VARCHAR(MAX)" if width == MAX_BYTES else f"VARCHAR({width})"
    return Column(
        name=field.title,
        stored_name=stored_name,
        rule_type=_RULE_TYPES[field.dtype.type()],
        target_type=field.metadata.get("target_type", text_type),
        max_bytes=width,
        nullable=field.nullable,
        description=field.description,
    )


@cache
def columns_by_name() -> Mapping[str, Column]:
    """The columns by stored name, in the order of the file."""
    return {column.stored_name: column for column in columns()}
