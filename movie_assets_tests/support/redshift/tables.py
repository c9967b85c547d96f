"""CREATE TABLE and its parts from Redshift's words to PostgreSQL's."""

from collections.abc import Sequence

from movie_assets_tests.support.redshift.sql import Token, after_name, closing, items, meaning, spaced
from movie_assets_tests.support.redshift.wire import SqlError

VARCHAR_DEFAULT, VARCHAR_MAX = 256, 65_535

# How many tokens a name has, by its words; what it is called in PostgreSQL.
_PLAIN_TYPES = {
    "SMALLINT": "smallint",
    "INT2": "smallint",
    "INTEGER": "integer",
    "INT": "integer",
    "INT4": "integer",
    "BIGINT": "bigint",
    "INT8": "bigint",
    "REAL": "real",
    "FLOAT4": "real",
    "DOUBLE PRECISION": "double precision",
    "FLOAT8": "double precision",
    "FLOAT": "double precision",
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP WITHOUT TIME ZONE": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMPTZ": "timestamptz",
    "TIMESTAMP": "timestamp",
    "SUPER": "jsonb",
}
_TEXTS = ("CHARACTER VARYING", "VARCHAR", "NVARCHAR", "TEXT")
_CHARACTERS = ("CHARACTER", "CHAR", "NCHAR", "BPCHAR")
_DECIMALS = ("DECIMAL", "NUMERIC")
_CONSTRAINTS = ("UNIQUE", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK")


def refused(what: str) -> SqlError:
    return SqlError.of("0A000", f"{what} is not supported on Redshift, or not emulated by this stand-in")


def syntax(near: str) -> SqlError:
    return SqlError.of("42601", f'syntax error at or near "{near}"')


def table_body(parts: Sequence[Token]) -> str:
    """What is between the parentheses of CREATE TABLE. Keys are dropped, as Redshift doesn't enforce them."""
    definitions = [meaning(item) for item in items(parts)]
    if any(not definition for definition in definitions):
        raise syntax(")")
    keys = {name for definition in definitions for name in _primary_key(definition)}
    kept = [_definition(definition, keys) for definition in definitions]
    return ", ".join(text for text in kept if text)


def column(parts: Sequence[Token], *, not_null: bool = False) -> str:
    """One column's definition."""
    kind, at = column_type(parts, 1)
    words = [parts[0].text, kind]
    while at < len(parts):
        text, at = _attribute(parts, at)
        if text:
            words.append(text)
    if not_null and "NOT NULL" not in words:
        words.append("NOT NULL")
    return " ".join(words)


def column_type(parts: Sequence[Token], at: int) -> tuple[str, int]:
    """The type that begins at a token, in PostgreSQL's words, and the index after it."""
    for size in (4, 3, 2, 1):
        name = " ".join(part.upper for part in parts[at : at + size])
        if name in _PLAIN_TYPES:
            return _PLAIN_TYPES[name], at + size
        if name in (*_TEXTS, *_CHARACTERS, *_DECIMALS):
            after = at + size
            if after < len(parts) and parts[after].upper == "(":
                end = closing(parts, after)
                return _sized(name, [part.upper for part in parts[after + 1 : end] if part.upper != ","]), end + 1
            return _sized(name, []), after
    raise refused(f'type "{parts[at].text if at < len(parts) else ""}"')


def without_attributes(parts: Sequence[Token]) -> list[Token]:
    """The tokens after a table's parentheses without BACKUP, DISTSTYLE, DISTKEY, SORTKEY and ENCODE."""
    kept: list[Token] = []
    at = 0
    while at < len(parts):
        word = parts[at].upper
        following = parts[at + 1].upper if at + 1 < len(parts) else ""
        if word in ("COMPOUND", "INTERLEAVED") and following == "SORTKEY":
            at += 1
        elif word == "AUTO" and following == "REFRESH":
            if [part.upper for part in parts[at + 2 : at + 3]] != ["NO"]:
                raise refused("AUTO REFRESH")
            at += 3
        elif word in ("DISTKEY", "SORTKEY") and following == "(":
            at = closing(parts, at + 1) + 1
        elif (word, following) in _TABLE_ATTRIBUTES:
            at += 2
        elif word == "AS":
            return kept + list(parts[at:])
        else:
            raise refused(f'table attribute "{parts[at].text}"')
    return kept


_TABLE_ATTRIBUTES = {
    ("BACKUP", "YES"),
    ("BACKUP", "NO"),
    ("DISTSTYLE", "AUTO"),
    ("DISTSTYLE", "EVEN"),
    ("DISTSTYLE", "KEY"),
    ("DISTSTYLE", "ALL"),
    ("SORTKEY", "AUTO"),
    ("ENCODE", "AUTO"),
}


def _definition(parts: Sequence[Token], keys: set[str]) -> str:
    first = parts[0].upper
    if first == "LIKE":
        options = [part.upper for part in parts[after_name(parts, 1) :]]
        if options not in ([], ["INCLUDING", "DEFAULTS"], ["EXCLUDING", "DEFAULTS"]):
            raise refused(f"LIKE ... {' '.join(options)}")
        return spaced(parts)
    if first == "CHECK" or (first == "CONSTRAINT" and "CHECK" in [part.upper for part in parts]):
        raise refused("CHECK")
    if first in _CONSTRAINTS:
        return ""
    return column(parts, not_null=parts[0].value in keys)


def _primary_key(parts: Sequence[Token]) -> list[str]:
    uppers = [part.upper for part in parts]
    if uppers[0] in _CONSTRAINTS and "PRIMARY" in uppers:
        start = uppers.index("(")
        return [part.value for part in parts[start + 1 : closing(parts, start)] if part.upper != ","]
    return [parts[0].value] if "PRIMARY" in uppers and uppers[0] not in (*_CONSTRAINTS, "LIKE") else []


def _attribute(parts: Sequence[Token], at: int) -> tuple[str, int]:
    """One attribute of a column, and the index after it; empty where Redshift takes it without enforcing it."""
    word = parts[at].upper
    following = parts[at + 1].upper if at + 1 < len(parts) else ""
    if (word, following) == ("NOT", "NULL"):
        return "NOT NULL", at + 2
    if (word, following) == ("PRIMARY", "KEY"):
        return "", at + 2
    if word in ("NULL", "UNIQUE", "DISTKEY", "SORTKEY"):
        return "", at + 1
    if word == "ENCODE":
        return "", at + 2
    if word == "REFERENCES":
        opening = next((i for i in range(at, len(parts)) if parts[i].upper == "("), -1)
        return "", (closing(parts, opening) + 1 if opening > 0 else at + 2)
    if word == "IDENTITY" and following == "(":
        return _identity(parts, at + 1, "ALWAYS")
    if [part.upper for part in parts[at : at + 5]] == ["GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"]:
        return _identity(parts, at + 5, "BY DEFAULT")
    if word == "DEFAULT":
        end = at + 1
        stops = ("NOT", "NULL", "ENCODE", "DISTKEY", "SORTKEY", "UNIQUE", "PRIMARY", "REFERENCES", "IDENTITY")
        while end < len(parts) and (end == at + 1 or parts[end].upper not in stops):
            end = closing(parts, end) + 1 if parts[end].upper == "(" else end + 1
        return spaced(parts[at:end]), end
    raise refused(f'column attribute "{parts[at].text}"')


def _identity(parts: Sequence[Token], opening: int, how: str) -> tuple[str, int]:
    end = closing(parts, opening)
    numbers = [spaced(item).replace(" ", "") for item in items(parts[opening + 1 : end])]
    if len(numbers) != 2:
        raise syntax("IDENTITY")
    return f"GENERATED {how} AS IDENTITY (START WITH {numbers[0]} INCREMENT BY {numbers[1]} MINVALUE 0)", end + 1


def _sized(name: str, sizes: list[str]) -> str:
    if name in _DECIMALS:
        precision = int(sizes[0]) if sizes else 18
        scale = int(sizes[1]) if len(sizes) > 1 else 0
        if not 1 <= precision <= 38 or not 0 <= scale <= min(precision, 37):
            raise SqlError.of("42601", f"DECIMAL precision {precision}, scale {scale} is out of bounds")
        return f"numeric({precision},{scale})"
    if name in _CHARACTERS:
        length = int(sizes[0]) if sizes else 1
        return f"char({_within(length, 4096, name)})"
    if name == "TEXT" or not sizes:
        return f"varchar({VARCHAR_DEFAULT})"
    return f"varchar({VARCHAR_MAX if sizes[0] == 'MAX' else _within(int(sizes[0]), VARCHAR_MAX, name)})"


def _within(length: int, most: int, name: str) -> int:
    if not 1 <= length <= most:
        raise SqlError.of("42601", f"length for type {name.lower()} cannot exceed {most}")
    return length
