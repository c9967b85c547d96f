"""Casts of a cell's text to a value, as DuckDB SQL, for every CSV.

The engine's own casts round 7.9 to 8, accept 1_000, 0x1F and inf as numbers and drop time zones, so the spelling is
checked first. Blanks (spaces, tabs and line ends) around a value are ignored.
"""

import re
from collections.abc import Mapping

TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "byte": "TINYINT",
    "short": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "long": "BIGINT",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""Column types as Glue's catalog names them, and the engine's; also ``decimal(p,s)``."""

_DECIMAL = re.compile(r"decimal\( *(\d{1,2}) *, *(\d{1,2}) *\)", re.IGNORECASE)

_BLANKS = r"[ \t\r\n]*"
_INTEGER = r"[+-]?[0-9]+"
_WHOLE = r"[+-]?[0-9]+\.0+"
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
_ZONE = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_TRUE, _FALSE = "'true', 't', 'yes', 'y', '1'", "'false', 'f', 'no', 'n', '0'"


def sql_type(kind: str) -> str | None:
    """The engine's type for a name in any case; None for an unknown name."""
    if width := decimal_of(kind):
        precision, scale = width
        return f"DECIMAL({precision},{scale})" if 0 < precision <= 38 and scale <= precision else None
    return TYPES.get(kind.strip().lower())


def decimal_of(kind: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal type; None for another type."""
    found = _DECIMAL.fullmatch(kind.strip())
    return (int(found[1]), int(found[2])) if found else None


def blank_sql(text: str) -> str:
    """SQL: whether a text is null or only blanks."""
    return f"regexp_full_match(coalesce({text}, ''), '{_BLANKS}')"


def value_sql(kind: str, text: str) -> str:
    """SQL: a text cast to a type of `sql_type`; null if it can't be cast.

    As a string, null becomes `''` and any other text stays. An integer may have a fraction of zeros ("84.0"). A
    number is finite, with or without an exponent; as a decimal it has no more decimals than the type. A date is
    2024-03-24; a timestamp may be a date alone, and is converted to UTC if it has a zone.
    """
    wanted = sql_type(kind)
    assert wanted is not None, kind
    trimmed = f"trim({text}, ' \t\r\n')"
    match wanted:
        case "VARCHAR":
            return f"coalesce({text}, '')"
        case "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            return (
                f"CASE WHEN {_spelled(text, _INTEGER)} THEN try_cast({text} AS {wanted})"
                f" WHEN {_spelled(text, _WHOLE)} THEN try_cast(split_part({text}, '.', 1) AS {wanted}) END"
            )
        case "FLOAT" | "DOUBLE":
            number = f"try_cast({text} AS {wanted})"
            return f"CASE WHEN {_spelled(text, _NUMBER)} AND isfinite({number}) THEN {number} END"
        case "BOOLEAN":
            return (
                f"CASE WHEN lower({trimmed}) IN ({_TRUE}) THEN TRUE WHEN lower({trimmed}) IN ({_FALSE}) THEN FALSE END"
            )
        case "DATE":
            return f"CASE WHEN {_spelled(text, _DATE)} THEN try_cast({trimmed} AS DATE) END"
        case "TIMESTAMP":
            moment = f"{_DATE}[ T]{_TIME}"
            joined = f"regexp_replace({trimmed}, ' ([+-][0-9:]+)$', '\\1')"  # the engine accepts +02 and +02:00
            zoned = f"regexp_replace({joined}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
            return (
                f"CASE WHEN {_spelled(text, f'{_DATE}([ T]{_TIME})?')} THEN try_cast({trimmed} AS TIMESTAMP)"
                f" WHEN {_spelled(text, moment + _ZONE)}"
                f" THEN make_timestamp(epoch_us(try_cast({zoned} AS TIMESTAMPTZ))) END"
            )
    width = decimal_of(wanted)
    assert width is not None
    fits = f"{_spelled(text, _NUMBER)} AND {fits_scale_sql(text, width[1])}"
    return f"CASE WHEN {fits} THEN try_cast({trimmed} AS {wanted}) END"


def fits_scale_sql(text: str, scale: int) -> str:
    """SQL: whether the text of a number has at most `scale` decimals, without trailing zeros; never null."""
    mantissa = f"regexp_extract({text}, '[0-9.]+')"
    digits = f"replace({mantissa}, '.', '')"
    significant = f"rtrim({digits}, '0')"
    exponent = f"try_cast(regexp_extract({text}, '[eE]([+-]?[0-9]+)', 1) AS INTEGER)"
    decimals = f"length(split_part({mantissa}, '.', 2)) - length({digits}) + length({significant}) - {exponent}"
    plain = _spelled(text, rf"[+-]?[0-9]*(\.[0-9]{{0,{scale}}}0*)?")
    return (
        f"CASE WHEN strlen({text}) <= {min(scale + 1, 3)} OR {plain} THEN TRUE"  # a fast path for most
        f" WHEN contains(lower({text}), 'e') THEN {significant} = '' OR coalesce({decimals} <= {scale}, FALSE)"
        f" ELSE FALSE END"
    )


def _spelled(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '{_BLANKS}({pattern}){_BLANKS}')"
