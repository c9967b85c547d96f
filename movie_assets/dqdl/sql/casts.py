r"""Spark's casts (the lenient, non-ANSI ones) as SQL of the engine: what can't be cast is null.

Text is trimmed of blanks and control characters; a number's fraction is cut off when it becomes an integer (``'7.9'``
is 7); a date may stop after the year or the month and may be followed by anything behind a blank or a ``T``.
"""

from movie_assets.dqdl.sql.columns import TypeFamily, literal

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
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
TIME_OF_DAY = rf"T?{_TIME}({_ZONE})?"
_TRUE, _FALSE = "'t', 'true', 'y', 'yes', '1'", "'f', 'false', 'n', 'no', '0'"


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
        return f"CAST({value} AS TIMESTAMP)" if family in ("date", "timestamp") else _timestamp(text)
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
    cut = f"TRY_CAST(trunc(TRY_CAST({value} AS DOUBLE)) AS {target})"
    match family:
        case "string":
            return read
        case "integral" | "boolean":
            return f"TRY_CAST({value} AS {target})"
        case "fractional":
            return cut
        case "decimal":
            return f"TRY_CAST(trunc({value}) AS {target})"
    return (
        f"CASE WHEN typeof({value}) IN ('DOUBLE', 'FLOAT') THEN {cut} "
        f"WHEN typeof({value}) = 'BOOLEAN' THEN TRY_CAST({_truth(text)} AS {target}) ELSE {read} END"
    )


def _number(value: str, text: str, target: str, family: TypeFamily | None) -> str:
    if family in ("integral", "fractional", "decimal", "boolean"):
        return f"TRY_CAST({value} AS {target})"
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


def _timestamp(text: str) -> str:
    """Days start at midnight; a moment with a zone becomes UTC, one without is taken as UTC."""
    moment = rf"\d{{4,6}}-\d{{1,2}}-\d{{1,2}}[ T]({_TIME}|\d{{1,2}})"
    whole = f"regexp_replace({text}, '^([0-9-]+[ T][0-9]+)([^:0-9]|$)', '\\1:00\\2')"  # an hour may stand alone
    zoned = f"make_timestamp(epoch_us(TRY_CAST({whole} AS TIMESTAMPTZ)))"
    return (
        f"CASE WHEN {matches(text, _PLAIN_DATE)} THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN {matches(text, _DATE.replace('(?:[ T].*)?', ''))} THEN CAST({_date(text)} AS TIMESTAMP) "
        f"WHEN {matches(text, moment)} THEN TRY_CAST({whole} AS TIMESTAMP) "
        f"WHEN {matches(text, f'{moment}({_ZONE}|{_REGION})')} THEN {zoned} END"
    )
