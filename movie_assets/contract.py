"""The 16 columns of a movie, once: what a file must carry, what the rules read, what the warehouse takes.

`Movie` is the only place that says so. Header, casts, DDL, Parquet schema and UI schema are read off it.
"""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

import pandera.polars as pa
import polars as pl
import pyarrow
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrors

from movie_assets.errors import HeaderError, MoviesError

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
        width = _by_name()[data.key].max_bytes
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
def _by_name() -> Mapping[str, Column]:
    return {column.stored_name: column for column in columns()}


# --- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """Where a file keeps the columns: `mapping` from stored name to 0-based cell, and the names it adds."""

    mapping: Mapping[str, int]
    extra: tuple[str, ...]


def match_header(header: Sequence[str]) -> HeaderMatch:
    """The place of each contract column in a header, whatever its order, case, blanks or byte order mark.

    `mapping` is in the contract's order; `extra` keeps the file's order and spelling.

    Raises:
        HeaderError: columns are missing or there twice; all of them are named.
    """
    names = [_header_name(cell) for cell in header]
    keys = [name.lower() for name in names]
    wanted = _by_name()
    missing = [column for key, column in wanted.items() if key not in keys]
    doubled = [wanted[key].name for key, times in Counter(keys).items() if key in wanted and times > 1]
    extra = tuple(name for name, key in zip(names, keys, strict=True) if key not in wanted)
    if missing or doubled:
        problems = []
        if missing:
            problems.append(f"lacks {', '.join(column.name for column in missing)}")
        if doubled:
            problems.append(f"has {', '.join(doubled)} more than once")
        raise HeaderError(f"The header {' and '.join(problems)}.", _header_hint(missing, extra))
    return HeaderMatch({key: keys.index(key) for key in wanted}, extra)


def _header_name(cell: str) -> str:
    name = cell.strip()
    # Behind a byte order mark a quoted cell does not start with its quote, so readers leave the quotes on.
    return name.lstrip("\ufeff").strip().strip('"').strip() if name.startswith("\ufeff") else name


def _header_hint(missing: Sequence[Column], extra: Sequence[str]) -> str:
    spellings = {name.lower(): name for name in extra}
    near = [
        f"did you mean {column.name} by {spellings[key]!r}?"
        for column in missing
        for key in difflib.get_close_matches(column.stored_name, spellings, n=1, cutoff=0.7)
    ]
    expected = ",".join(column.name for column in columns())
    return " ".join([*near, f"The header must hold each of {expected} once, in any order and case."])


@dataclass(frozen=True, slots=True)
class Cast:
    """DuckDB SQL that reads one text column: `value` by its rule type, `violation` where the text is refused.

    `violation` is None for a column that takes any text; it is never null, and false for a blank cell.
    """

    column: Column
    value: str
    violation: str | None
    reason: str | None


def cast_expressions(source: str | None = None) -> tuple[Cast, ...]:
    """How to read each column from its text, in contract order; `source` is the alias of the table of texts.

    A missing cell is `''` in a string column; any other text stays as it is. A long is an integer, or one with a
    fraction of zeros ("84.0"), within 64 bits. A double is a finite decimal number, with or without an exponent.
    Spaces, tabs and line ends around a number are ignored; nothing but them is null.
    """
    prefix = f"{source}." if source else ""
    return tuple(_cast(column, f'{prefix}"{column.stored_name}"') for column in columns())


_BLANKS = r"E' \t\r\n'"
_LONG = r"'[+-]?[0-9]+(\.0+)?'"
_DOUBLE = r"'[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?'"


def _cast(column: Column, text: str) -> Cast:
    trimmed = f"trim({text}, {_BLANKS})"
    # DuckDB's own casts round 7.9 to 8 and take 1_000, 0x1F, 1e3 and inf, so the spelling is looked at too. Most cells
    # are plain digits, which a cast there and back proves far faster than a regular expression.
    if column.rule_type == "string":
        return Cast(column, f"coalesce({text}, '')", None, None)
    if column.rule_type == "long":
        value = (
            f"CASE WHEN CAST(try_cast({trimmed} AS BIGINT) AS VARCHAR) = {trimmed} THEN try_cast({trimmed} AS BIGINT)"
            f" WHEN regexp_full_match({trimmed}, {_LONG}) THEN try_cast(split_part({trimmed}, '.', 1) AS BIGINT) END"
        )
        reason = "is not a whole number within 64 bits"
    else:
        digits = f"replace({trimmed}, '.', '')"
        number = f"try_cast({trimmed} AS DOUBLE)"
        value = (
            f"CASE WHEN CAST(try_cast({digits} AS BIGINT) AS VARCHAR) = {digits} THEN {number}"
            f" WHEN regexp_full_match({trimmed}, {_DOUBLE}) AND isfinite({number}) THEN {number} END"
        )
        reason = "is not a finite number"
    return Cast(column, value, f"({value}) IS NULL AND coalesce({trimmed}, '') <> ''", reason)


# --- checking ----------------------------------------------------------------------------------------------

REFUSED_SCHEMA: Mapping[str, type[pl.DataType]] = {
    LINE_NUMBER: pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}


def validate_batch(batch: pyarrow.RecordBatch | pyarrow.Table | pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that keep the contract, and one row for every cell of the others that breaks it.

    The batch holds the 16 columns in rule types and `line_number`; columns beyond are dropped. Accepted rows keep the
    batch's order. Refused is (line_number, column, value as text or null, reason), in the batch's order, then the
    contract's; a row may be there several times.

    Raises:
        MoviesError: the batch lacks a column or has one in another type.
    """
    frame = batch if isinstance(batch, pl.DataFrame) else cast(pl.DataFrame, pl.from_arrow(batch))
    names = list(_by_name())
    lacking = [name for name in [*names, LINE_NUMBER] if name not in frame.columns]
    if lacking:
        raise MoviesError(f"A batch of movies lacks {', '.join(lacking)}.", "It must hold every contract column.")
    frame = frame.select(*names, LINE_NUMBER)
    try:
        # The context outranks pandera's environment variables, which could switch the check off.
        with config_context(True, ValidationDepth.SCHEMA_AND_DATA):
            Movie.validate(frame.select(names), lazy=True)
    except SchemaErrors as errors:
        return _split(frame, errors)
    return frame, pl.DataFrame(schema=REFUSED_SCHEMA)


def _split(frame: pl.DataFrame, errors: SchemaErrors) -> tuple[pl.DataFrame, pl.DataFrame]:
    # The verdict per row is each error's check_output; pandera's failure_cases would copy every failing cell.
    for error in errors.schema_errors:
        if not isinstance(error.check_output, pl.DataFrame):
            raise MoviesError(f"A batch of movies is not as the contract reads it: {error}.") from errors
    numbered = frame.with_row_index("row")
    accepted = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    refused = []
    for error in sorted(errors.schema_errors, key=lambda error: frame.columns.index(error.schema.name)):
        holds = error.check_output.to_series()
        accepted &= holds
        name = error.schema.name
        refused.append(
            numbered.filter(~holds).select(
                "row",
                pl.col(LINE_NUMBER).cast(pl.Int64),
                column=pl.lit(name),
                value=pl.col(name).cast(pl.String),
                reason=pl.lit(_reason(error)),
            )
        )
    return frame.filter(accepted), pl.concat(refused).sort("row", maintain_order=True).drop("row")


def _reason(error: SchemaError) -> str:
    column = _by_name()[error.schema.name]
    check = error.check if isinstance(error.check, str) else error.check.name
    if check == "in_range":
        bounds = error.check.statistics
        return f"is not between {bounds['min_value']} and {bounds['max_value']}"
    return {
        "not_nullable": "is empty or not a number, and may not be",
        "fits_target": f"is longer than the {column.max_bytes} bytes of {column.target_type}",
        "two_decimals": f"has more decimals than {column.target_type}",
    }[check]


# --- storing -----------------------------------------------------------------------------------------------

_ARROW_TYPES: Mapping[str, pyarrow.DataType] = {"INT": pyarrow.int32(), "DECIMAL(10,2)": pyarrow.decimal128(10, 2)}


@cache
def parquet_schema() -> pyarrow.Schema:
    """The schema of accepted rows at rest: the 16 columns in the target's types, then `line_number`."""
    fields = [
        pyarrow.field(column.stored_name, _ARROW_TYPES.get(column.target_type, pyarrow.string()), column.nullable)
        for column in columns()
    ]
    return pyarrow.schema([*fields, pyarrow.field(LINE_NUMBER, pyarrow.int64(), nullable=False)])


def to_storage(accepted: pl.DataFrame) -> pyarrow.Table:
    """Rows that `validate_batch` accepted, in the types of `parquet_schema` and the order they came in."""
    schema = parquet_schema()
    decimals = [pl.col(field.name).cast(pl.Decimal(10, 2)) for field in schema if pyarrow.types.is_decimal(field.type)]
    return accepted.select(schema.names).with_columns(decimals).to_arrow().cast(schema)


def warehouse_ddl(table: str, dialect: Literal["duckdb", "redshift"]) -> str:
    """The statement that makes the warehouse table where it is not there: the 16 columns, then LOAD_COLUMNS."""
    types = {column.stored_name: (column.target_type, column.nullable) for column in columns()}
    types |= {name: (target_type, False) for name, target_type in LOAD_COLUMNS.items()}
    lines = [
        f"    {name} {_dialect_type(target_type, dialect)}{'' if nullable else ' NOT NULL'}"
        for name, (target_type, nullable) in types.items()
    ]
    return f"CREATE TABLE IF NOT EXISTS {table} (\n" + ",\n".join(lines) + "\n)"


def _dialect_type(target_type: str, dialect: str) -> str:
    return "VARCHAR" if dialect == "duckdb" and target_type == "VARCHAR(MAX)" else target_type


def dagster_columns() -> tuple[tuple[str, str, str, bool], ...]:
    """(stored name, target type, description, nullable) of each column, for the table schema a UI shows."""
    return tuple((c.stored_name, c.target_type, c.description, c.nullable) for c in columns())
