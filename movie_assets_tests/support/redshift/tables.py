"""CREATE TABLE and its parts from Redshift's words to PostgreSQL's."""

from collections.abc import Sequence

from movie_assets_tests.support.redshift.sql import Token, closing, items, meaning
from movie_assets_tests.support.redshift.wire import SqlError

VARCHAR_MAX = 65_535

_PLAIN_TYPES = {
    "INT": "integer",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE PRECISION": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


def refused(what: str) -> SqlError:
    return SqlError.of("0A000", f"{what} is not supported on Redshift, or not emulated by this stand-in")


def table_body(parts: Sequence[Token]) -> str:
    """What is between the parentheses of CREATE TABLE."""
    return ", ".join(column(meaning(item)) for item in items(parts))


def column(parts: Sequence[Token]) -> str:
    """One column's definition; NOT NULL is the only attribute."""
    kind, at = column_type(parts, 1)
    attributes = [part.upper for part in parts[at:]]
    if attributes not in ([], ["NOT", "NULL"]):
        raise refused(f'column attribute "{parts[at].text}"')
    return " ".join([parts[0].text, kind, *attributes])


def column_type(parts: Sequence[Token], at: int) -> tuple[str, int]:
    """The type that begins at a token, in PostgreSQL's words, and the index after it."""
    for size in (2, 1):
        name = " ".join(part.upper for part in parts[at : at + size])
        if name in _PLAIN_TYPES:
            return _PLAIN_TYPES[name], at + size
    if name in ("VARCHAR", "DECIMAL") and at + 1 < len(parts) and parts[at + 1].upper == "(":
        end = closing(parts, at + 1)
        return _sized(name, [part.upper for part in parts[at + 2 : end] if part.upper != ","]), end + 1
    raise refused(f'type "{name}"')


def _sized(name: str, sizes: list[str]) -> str:
    numbers = [VARCHAR_MAX if size == "MAX" else int(size) for size in sizes]
    if name == "DECIMAL":
        precision, scale = numbers
        if not 1 <= precision <= 38 or not 0 <= scale <= min(precision, 37):
            raise SqlError.of("42601", f"DECIMAL precision {precision}, scale {scale} is out of bounds")
        return f"numeric({precision},{scale})"
    if not 1 <= numbers[0] <= VARCHAR_MAX:
        raise SqlError.of("42601", f"length for type varchar cannot exceed {VARCHAR_MAX}")
    return f"varchar({numbers[0]})"
