"""What a COPY puts into columns: their types, the checks of CSV and JSON values, and the errors that name a value."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from movie_assets_tests.support.redshift.copy_source import Source
from movie_assets_tests.support.redshift.copy_syntax import Copy


@dataclass(frozen=True)
class Column:
    """A column of the target; `type` as PostgreSQL writes it: `character varying(10)`, `numeric(10,2)`, `integer`."""

    name: str
    type: str
    not_null: bool

    @property
    def base(self) -> str:
        return self.type.partition("(")[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(int(size) for size in re.findall(r"\d+", self.type))

    @property
    def is_text(self) -> bool:
        return self.base in ("character varying", "character")


@dataclass
class LoadError(Exception):
    """A value that can't be loaded, as `stl_load_errors` keeps it. `parquet` errors are worded as Spectrum's."""

    file: str
    code: int
    reason: str
    line: int = 0
    column: Column | None = None
    raw_line: str = ""
    raw_value: str = ""
    parquet: bool = False


Row = Sequence[str | None]
_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}


def csv_rows(copy: Copy, columns: Sequence[Column], source: Source) -> Iterator[Row]:
    """The checked rows of a CSV file.

    Raises:
        LoadError: the first value that does not fit its column.
    """
    text = io.StringIO(source.data.decode("utf-8"), newline="")
    reader = csv.reader(text, delimiter=copy.delimiter, quotechar=copy.quote, strict=True)
    for number, values in enumerate(reader):
        if number < copy.header_lines or not values:
            continue
        line, raw = reader.line_num, copy.delimiter.join(values)
        if len(values) < len(columns):
            raise LoadError(source.url, 1214, "Delimiter not found", line, columns[len(values)], raw)
        if len(values) > len(columns):
            raise LoadError(source.url, 1202, "Extra column(s) found", line, None, raw, values[len(columns)])
        nulled = [_nulled(copy, column, value) for column, value in zip(columns, values, strict=True)]
        yield _checked(columns, nulled, source.url, line, raw)


def json_rows(copy: Copy, columns: Sequence[Column], source: Source) -> Iterator[Row]:
    """The checked rows of a file of JSON objects, matched by name; a missing name is null.

    Raises:
        LoadError: the first value that does not fit its column.
    """
    for line, raw in enumerate(source.data.decode("utf-8").splitlines(), 1):
        if not raw.strip():
            continue
        try:
            found = json.loads(raw, parse_float=str, parse_int=str)
        except ValueError as error:
            raise LoadError(source.url, 1232, f"Invalid JSONPath format: {error}", line, None, raw) from error
        if copy.ignore_case:
            found = {name.lower(): value for name, value in found.items()}
        values = [_json_text(found.get(column.name)) for column in columns]
        yield _checked(columns, values, source.url, line, raw)


def encoded(rows: Iterator[Row]) -> Iterator[bytes]:
    """Rows as PostgreSQL's CSV, about a megabyte at a time: null is nothing, every other value is in quotes."""
    lines: list[str] = []
    for row in rows:
        lines.append(",".join("" if v is None else '"' + v.replace('"', '""') + '"' for v in row) + "\n")
        if len(lines) == 5000:
            yield "".join(lines).encode()
            lines = []
    if lines:
        yield "".join(lines).encode()


def _nulled(copy: Copy, column: Column, value: str) -> str | None:
    if value == copy.null or (not value and (copy.empty_as_null or not column.is_text)):
        return None
    return None if copy.blanks_as_null and column.is_text and not value.strip() else value


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _checked(columns: Sequence[Column], values: Sequence[str | None], file: str, line: int, raw: str) -> Row:
    for column, value in zip(columns, values, strict=True):
        problem = _problem(column, value)
        if problem is not None:
            raise LoadError(file, *problem, line, column, raw[:1024], (value or "")[:1024])
    return values


def _problem(column: Column, value: str | None) -> tuple[int, str] | None:
    """Redshift's code and reason where a value can't go into a column."""
    if value is None:
        return (1213, "Missing data for not-null field") if column.not_null else None
    if column.is_text:
        return (1204, "String length exceeds DDL length") if len(value.encode()) > column.sizes[0] else None
    if column.base in _INTEGERS:
        if not re.fullmatch(r"\s*[+-]?\d+\s*", value):
            return 1207, f"Invalid digit, Value '{value[:1]}', Pos 0, Type: {column.base.capitalize()}"
        bits = _INTEGERS[column.base]
        return None if -(1 << bits) <= int(value) < 1 << bits else (1216, f"Overflow, Column type: {column.base}")
    try:
        if column.base == "numeric":
            _fit_decimal(column, value)
        elif column.base == "date":
            date.fromisoformat(value.strip())
        elif column.base.startswith("timestamp"):
            datetime.fromisoformat(value.strip())
    except InvalidOperation:
        return 1207, f"Invalid digit, Value '{value[:1]}', Pos 0, Type: Decimal"
    except OverflowError:
        return 1216, f"Overflow, Column type: {column.type}"
    except ValueError:
        return (1205, "Invalid Date Format") if column.base == "date" else (1206, "Invalid Timestamp Format or Value")
    return None


def _fit_decimal(column: Column, value: str) -> None:
    precision, scale = column.sizes
    number = Decimal(value.strip())
    if not number.is_finite() or abs(round(number, scale)) >= Decimal(10) ** (precision - scale):
        raise OverflowError
