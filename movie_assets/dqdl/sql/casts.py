r"""Spark's casts (the lenient, non-ANSI ones) as SQL of the engine: what can't be cast is null.

Text is trimmed of blanks and control characters; a number's fraction is cut off when it becomes an integer (``'7.9'``
is 7); a date may stop after the year or the month and may be followed by anything behind a blank or a ``T``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from movie_assets.dqdl.sql.columns import TypeFamily
from movie_assets.quoting import literal

INTEGERS = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
"""Spark's types of whole numbers, with their bits beside the sign."""
_TODAY: ContextVar[str] = ContextVar("today", default="1970-01-01")
_BLANKS = literal("".join(map(chr, range(33))).replace("\0", ""))
_BLANK_END = r"^[\x01-\x20]|[\x01-\x20]$"
_WHOLE = r"[+-]?(\d+(\.\d*)?|\.\d*)"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_SPECIAL = r"(?i:[+-]?(inf|infinity)|nan)"
_DATE = r"(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?"
_PLAIN_DATE = r"\d{4}-\d{2}-\d{2}"  # what nearly every date is, read without taking it apart
_ZONE = r" ?(Z|UTC|GMT|[+-]\d{1,2}(:?\d{2})?)"
_REGION = r" ?[A-Za-z]+(/[A-Za-z_]+)*"  # names that no zone has are null once cast
_TIME = r"\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{0,9})?)?"
_TRUE, _FALSE = "'t', 'true', 'y', 'yes', '1'", "'f', 'false', 'n', 'no', '0'"


@contextmanager
def read_at(now: datetime | None) -> Iterator[None]:
    """What a text that is a mere time of day gets its date from, for casts made in this block."""
    before = _TODAY.set(now.astimezone(UTC).date().isoformat() if now else _TODAY.get())
    try:
        yield
    finally:
        _TODAY.reset(before)


def wrapped(sql: str, target: str) -> str:
    """A whole number, of any of the engine's types, in the range of one of Spark's: what leaves it wraps around."""
    half = 2 ** INTEGERS[target]
    return f"CAST(xor({sql} & {2 * half - 1}, {half}) - {half} AS {target})"


def spark_cast(value: str, target: str, family: TypeFamily | None = None) -> str:
    """The value cast to an engine type as Spark casts; ``family`` is the value's type family where it is known."""
    text = trimmed(value, family)
    if target in INTEGERS:
        return _integer(value, text, target, family)
    if target in ("DOUBLE", "FLOAT") or target.startswith("DECIMAL"):
        return _number(value, text, target, family)
    if target == "BOOLEAN":
        return _boolean(value, text, family)
    if target == "DATE":
        return f"CAST({value} AS DATE)" if family in ("date", "timestamp") else _date(text)
    if target == "TIMESTAMP":
        return _moment(value, text, family)
    if target == "VARCHAR" and family == "fractional":
        return _number_text(value)
    return f"TRY_CAST({value} AS {target})"


def trimmed(value: str, family: TypeFamily | None = None) -> str:
    """The value as text without what Spark trims before it casts: blanks and control characters."""
    text = value if family == "string" else f"CAST({value} AS VARCHAR)"
    needed = (
        f"regexp_matches({text}, {literal(_BLANK_END)})"  # trimming by a set of characters is slow, and seldom needed
    )
    return f"CASE WHEN {needed} THEN trim({text}, {_BLANKS}) ELSE {text} END"


def matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _integer(value: str, text: str, target: str, family: TypeFamily | None) -> str:
    whole = rf"coalesce(nullif(regexp_extract({text}, '^[+-]?(\d+)'), ''), '0')"
    read = f"CASE WHEN {matches(text, _WHOLE)} THEN TRY_CAST({whole} AS {target}) END"
    match family:
        case "string":
            return read
        case "boolean":
            return f"CAST({value} AS {target})"
        case "integral":
            return f"coalesce(TRY_CAST({value} AS {target}), {wrapped(value, target)})"
        case "fractional":
            return _cut(value, target)
        case "decimal":
            whole = f"trunc({value})"
            return f"coalesce(TRY_CAST({whole} AS {target}), {wrapped(f'CAST({whole} AS HUGEINT)', target)})"
        case "timestamp":
            return wrapped(f"CAST(floor(epoch({value})) AS BIGINT)", target)
        case "date":
            return f"CAST(NULL AS {target})"
    return (
        f"CASE WHEN typeof({value}) IN ('DOUBLE', 'FLOAT') THEN {_cut(f'TRY_CAST({value} AS DOUBLE)', target)} "
        f"WHEN typeof({value}) = 'BOOLEAN' THEN TRY_CAST({_truth(text)} AS {target}) ELSE {read} END"
    )


def _cut(value: str, target: str) -> str:
    """A floating number without its fraction: beyond the range it is the end of the range, and NaN is 0.

    Small types take what is left of an INTEGER.
    """
    if target in ("TINYINT", "SMALLINT"):
        return wrapped(_cut(value, "INTEGER"), target)
    half = 2 ** INTEGERS[target]
    end = f"WHEN isnan({value}) THEN 0 WHEN {value} > 0 THEN {half - 1} WHEN {value} < 0 THEN -{half - 1} - 1"
    return f"coalesce(TRY_CAST(trunc({value}) AS {target}), CASE {end} END)"


def _number(value: str, text: str, target: str, family: TypeFamily | None) -> str:
    if family == "fractional" and target == "FLOAT":
        return f"coalesce(TRY_CAST({value} AS FLOAT), CAST(sign({value}) * CAST('inf' AS DOUBLE) AS FLOAT))"
    if family in ("integral", "fractional", "decimal", "boolean"):
        return f"TRY_CAST({value} AS {target})"
    if family == "timestamp":
        return f"TRY_CAST(epoch({value}) AS {target})"
    pattern = _NUMBER if target.startswith("DECIMAL") else f"{_NUMBER}|{_SPECIAL}"
    read = f"WHEN {matches(text, f'(?:{pattern})')} THEN TRY_CAST({text} AS {target})"
    if not target.startswith("DECIMAL"):  # as Java writes doubles and floats
        read += f" WHEN {matches(text, f'(?:{_NUMBER})[dDfF]')} THEN TRY_CAST(left({text}, -1) AS {target})"
    read = f"CASE {read} END"
    if family is None:
        return f"CASE WHEN typeof({value}) = 'BOOLEAN' THEN CAST({_truth(text)} AS {target}) ELSE {read} END"
    return read


def _number_text(value: str) -> str:
    """A floating number as Java writes it: ``1.0E7`` from ten million on and below a thousandth."""
    text = f"CAST({value} AS VARCHAR)"
    digits = f"rtrim(ltrim(replace(regexp_extract({text}, '[0-9.]+'), '.', ''), '0'), '0')"
    mantissa = f"left({digits}, 1) || '.' || coalesce(nullif(substring({digits}, 2), ''), '0')"
    whole = f"length(regexp_extract({text}, '([0-9]+)', 1)) - 1"
    zeros = f"-1 - length(regexp_extract({text}, '0[.](0*)', 1))"
    power = f"CASE WHEN {text} LIKE '%e%' THEN CAST(regexp_extract({text}, 'e(.*)', 1) AS INTEGER) ELSE {{}} END"
    sign = f"CASE WHEN {value} < 0 THEN '-' ELSE '' END"
    return (
        f"CASE WHEN isnan({value}) THEN 'NaN' WHEN isinf({value}) THEN {sign} || 'Infinity' "
        f"WHEN abs({value}) >= 1e7 THEN {sign} || {mantissa} || 'E' || {power.format(whole)} "
        f"WHEN abs({value}) < 1e-3 AND {value} <> 0 THEN {sign} || {mantissa} || 'E' || {power.format(zeros)} "
        f"ELSE {text} END"
    )


def _truth(text: str) -> str:
    return f"CASE {text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"


def _boolean(value: str, text: str, family: TypeFamily | None) -> str:
    if family in ("integral", "fractional", "decimal", "boolean"):
        return f"TRY_CAST({value} AS BOOLEAN)"
    read = f"CASE WHEN lower({text}) IN ({_TRUE}) THEN TRUE WHEN lower({text}) IN ({_FALSE}) THEN FALSE END"
    if family is None:
        return f"CASE WHEN typeof({value}) = 'VARCHAR' THEN {read} ELSE TRY_CAST({value} AS BOOLEAN) END"
    return read


def _date(text: str) -> str:
    year, month, day = (f"regexp_extract({text}, {literal('^' + _DATE + '$')}, {group})" for group in (1, 2, 3))
    parts = f"{year} || '-' || coalesce(nullif({month}, ''), '1') || '-' || coalesce(nullif({day}, ''), '1')"
    plain = f"WHEN {matches(text, _PLAIN_DATE)} THEN TRY_CAST({text} AS DATE)"
    return f"CASE {plain} WHEN {matches(text, _DATE)} THEN TRY_CAST({parts} AS DATE) END"


def _moment(value: str, text: str, family: TypeFamily | None) -> str:
    """Numbers are seconds since 1970."""
    if family in ("date", "timestamp"):
        return f"CAST({value} AS TIMESTAMP)"
    if family in ("integral", "fractional", "decimal"):
        seconds = f"CAST({value} AS {'BIGINT' if family == 'integral' else 'DOUBLE'})"
        return f"CASE WHEN {value} BETWEEN -9e12 AND 9e12 THEN make_timestamp(CAST({seconds} * 1000000 AS BIGINT)) END"
    return _timestamp(text)


def _timestamp(text: str) -> str:
    """Days start at midnight, a time of day is today's; a moment with a zone becomes UTC, one without is in UTC."""
    moment = rf"\d{{4,6}}-\d{{1,2}}-\d{{1,2}}[ T]({_TIME}|\d{{1,2}})"
    whole = f"regexp_replace({text}, '^([0-9-]+[ T][0-9]+)([^:0-9]|$)', '\\1:00\\2')"  # an hour may stand alone
    zoned = f"make_timestamp(epoch_us(TRY_CAST({whole} AS TIMESTAMPTZ)))"
    today = f"'{_TODAY.get()} ' || ltrim({text}, 'T')"
    return (
        f"CASE WHEN {matches(text, _PLAIN_DATE)} THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN {matches(text, _DATE.replace('(?:[ T].*)?', ''))} THEN CAST({_date(text)} AS TIMESTAMP) "
        f"WHEN {matches(text, moment)} THEN TRY_CAST({whole} AS TIMESTAMP) "
        f"WHEN {matches(text, f'{moment}({_ZONE}|{_REGION})')} THEN {zoned} "
        f"WHEN {matches(text, f'T?{_TIME}')} THEN TRY_CAST({today} AS TIMESTAMP) "
        f"WHEN {matches(text, f'T?{_TIME}({_ZONE}|{_REGION})')} "
        f"THEN make_timestamp(epoch_us(TRY_CAST({today} AS TIMESTAMPTZ))) END"
    )
