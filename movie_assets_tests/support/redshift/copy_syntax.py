"""COPY ... FROM 's3://...' as Redshift writes it; an option that isn't listed here is refused."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from movie_assets_tests.support.redshift.sql import Token, after_name, closing, spaced
from movie_assets_tests.support.redshift.wire import SqlError

Format = Literal["PARQUET", "CSV", "JSON"]


@dataclass(frozen=True)
class Copy:
    """A load, as asked for."""

    table: str
    columns: tuple[str, ...]
    source: str
    role: str = ""
    format: Format | None = None
    manifest: bool = False
    gzip: bool = False
    delimiter: str = ","
    quote: str = '"'
    header_lines: int = 0
    null: str | None = None
    empty_as_null: bool = False
    blanks_as_null: bool = False
    ignore_case: bool = False
    given: frozenset[str] = field(default_factory=frozenset)


# AWS, "COPY from columnar data formats": of these options, PARQUET takes only the manifest and STATUPDATE.
_PARQUET_OPTIONS = frozenset({"PARQUET", "MANIFEST", "STATUPDATE"})
_CSV_OPTIONS = frozenset({"DELIMITER", "QUOTE", "IGNOREHEADER"})
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")


def parse_copy(parts: Sequence[Token]) -> Copy:
    """A COPY statement.

    Raises:
        SqlError: it is not one of Redshift's, or it has an option this stand-in does not know.
    """
    reader = _Reader(parts)
    reader.at = after_name(parts, 1)
    table = "".join(part.text for part in parts[1 : reader.at])
    columns: tuple[str, ...] = ()
    if reader.next_is("("):
        end = closing(parts, reader.at)
        columns = tuple(part.value for part in parts[reader.at + 1 : end] if part.upper != ",")
        reader.at = end + 1
    reader.expect("FROM")
    source = reader.literal()
    if not re.fullmatch(r"s3://[^/]+/.+", source):
        raise SqlError.of("0A000", f"COPY FROM {source!r}: this stand-in copies from s3://bucket/key only")
    copy = Copy(table, columns, source)
    while reader.at < len(parts):
        copy = _option(copy, reader)
    return _checked(copy)


class _Reader:
    """The tokens of a statement, one after another."""

    def __init__(self, parts: Sequence[Token]) -> None:
        self.parts = parts
        self.at = 0

    def next_is(self, *words: str) -> bool:
        return self.at < len(self.parts) and self.parts[self.at].upper in words

    def take(self, *words: str) -> str:
        """The next word where it is one of these, else an empty text."""
        if not self.next_is(*words):
            return ""
        self.at += 1
        return self.parts[self.at - 1].upper

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.unexpected()

    def literal(self) -> str:
        self.take("AS")
        if self.at >= len(self.parts) or self.parts[self.at].kind != "string":
            raise self.unexpected()
        self.at += 1
        return self.parts[self.at - 1].value

    def has_literal(self) -> bool:
        return self.at < len(self.parts) and self.parts[self.at].kind == "string"

    def unexpected(self) -> SqlError:
        near = self.parts[self.at].text if self.at < len(self.parts) else "end of statement"
        return SqlError.of("42601", f'syntax error at or near "{near}"')


def _option(copy: Copy, reader: _Reader) -> Copy:
    if reader.take("IAM_ROLE"):
        return replace(copy, role="default" if reader.take("DEFAULT") else _role(reader.literal()))
    if reader.take("FORMAT"):
        reader.take("AS")
        if not reader.next_is("PARQUET", "CSV", "JSON"):
            raise SqlError.of("0A000", f"COPY format {_rest(reader)} is not emulated by this stand-in")
    name = reader.take(*_OPTIONS)
    if not name:
        raise SqlError.of("0A000", f"COPY option {_rest(reader)} is not known to this stand-in")
    if name in copy.given:
        raise SqlError.of("42601", f"conflicting or redundant options: {name}")
    return _OPTIONS[name](replace(copy, given=copy.given | {name}), reader)


def _rest(reader: _Reader) -> str:
    return spaced(reader.parts[reader.at : reader.at + 2]).upper()


def _role(arn: str) -> str:
    if not _ROLE.fullmatch(arn):
        raise SqlError.of("22023", f"Invalid IAM role ARN: {arn}")
    return arn


def _with(**changes: object) -> "_Step":
    """An option that takes no value."""
    return lambda copy, reader: replace(copy, **changes)  # type: ignore[arg-type]


def _csv(copy: Copy, reader: _Reader) -> Copy:
    copy = replace(copy, format="CSV")
    return _quote(copy, reader) if reader.take("QUOTE") else copy


def _json(copy: Copy, reader: _Reader) -> Copy:
    how = reader.literal() if reader.next_is("AS") or reader.has_literal() else "auto"
    if how not in ("auto", "auto ignorecase"):
        raise SqlError.of("0A000", f"COPY JSON {how!r} is not emulated by this stand-in; 'auto' is")
    return replace(copy, format="JSON", ignore_case=how == "auto ignorecase")


def _delimiter(copy: Copy, reader: _Reader) -> Copy:
    return replace(copy, delimiter=_character(reader))


def _quote(copy: Copy, reader: _Reader) -> Copy:
    return replace(copy, quote=_character(reader))


def _character(reader: _Reader) -> str:
    character = reader.literal()
    if len(character) != 1:
        raise SqlError.of("22023", "COPY delimiter and quote must be one character")
    return character


def _header(copy: Copy, reader: _Reader) -> Copy:
    reader.take("AS")
    if reader.at >= len(reader.parts) or not reader.parts[reader.at].text.isdigit():
        raise reader.unexpected()
    reader.at += 1
    return replace(copy, header_lines=int(reader.parts[reader.at - 1].text))


def _null(copy: Copy, reader: _Reader) -> Copy:
    return replace(copy, null=reader.literal())


def _switch(copy: Copy, reader: _Reader) -> Copy:
    reader.take("ON", "OFF", "TRUE", "FALSE", "PRESET")
    return copy


def _iso_only(copy: Copy, reader: _Reader) -> Copy:
    how = reader.literal()
    if how.lower() not in ("auto", "yyyy-mm-dd"):
        raise SqlError.of("0A000", f"COPY date or time format {how!r} is not emulated by this stand-in; 'auto' is")
    return copy


def _region(copy: Copy, reader: _Reader) -> Copy:
    reader.literal()
    return copy


def _encoding(copy: Copy, reader: _Reader) -> Copy:
    reader.take("AS")
    reader.expect("UTF8")
    return copy


_Step = Callable[[Copy, _Reader], Copy]
_OPTIONS: dict[str, _Step] = {
    "PARQUET": _with(format="PARQUET"),
    "CSV": _csv,
    "JSON": _json,
    "MANIFEST": _with(manifest=True),
    "GZIP": _with(gzip=True),
    "DELIMITER": _delimiter,
    "QUOTE": _quote,
    "IGNOREHEADER": _header,
    "NULL": _null,
    "EMPTYASNULL": _with(empty_as_null=True),
    "BLANKSASNULL": _with(blanks_as_null=True),
    "COMPUPDATE": _switch,
    "STATUPDATE": _switch,
    "DATEFORMAT": _iso_only,
    "TIMEFORMAT": _iso_only,
    "REGION": _region,
    "ENCODING": _encoding,
}


def _checked(copy: Copy) -> Copy:
    if not copy.role:
        raise SqlError.of("42601", "COPY needs IAM_ROLE default or IAM_ROLE 'arn:...'; other credentials are not taken")
    if copy.format is None:
        raise SqlError.of("0A000", "COPY without FORMAT AS PARQUET, CSV or JSON is not emulated by this stand-in")
    formats = copy.given & {"PARQUET", "CSV", "JSON"}
    if len(formats) > 1:
        raise SqlError.of("42601", f"conflicting formats: {', '.join(sorted(formats))}")
    unfit = copy.given - _PARQUET_OPTIONS if copy.format == "PARQUET" else copy.given & _CSV_OPTIONS
    for option in sorted(unfit if copy.format != "CSV" else ()):
        raise SqlError.of("0A000", f"{option} argument is not supported for {copy.format} based COPY")
    return copy
