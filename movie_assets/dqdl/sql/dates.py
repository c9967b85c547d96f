"""Dates and timestamps: the clock, units, formats and intervals. Units come from a fixed list."""

import re
from collections.abc import Mapping
from datetime import UTC

from sqlglot import Expr, exp
from sqlglot.dialects.hive import Hive

from movie_assets.dqdl.sql.formats import DEFAULT, formatted, parsed
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import DAYS, TIME, Value, as_type, number
from movie_assets.dqdl.sql.writer import Writer, constant, writes

_UNITS = {
    "year": "year", "years": "year", "yy": "year", "yyyy": "year",
    "quarter": "quarter", "quarters": "quarter",
    "month": "month", "months": "month", "mm": "month", "mon": "month",
    "week": "week", "weeks": "week",
    "day": "day", "days": "day", "dd": "day", "d": "day",
    "hour": "hour", "hours": "hour", "minute": "minute", "minutes": "minute", "second": "second", "seconds": "second",
    "millisecond": "millisecond", "milliseconds": "millisecond",
    "microsecond": "microsecond", "microseconds": "microsecond",
}  # fmt: skip
_LONG = ("year", "quarter", "month", "week", "day")
_FIELDS = {
    **{unit: unit for unit in ("year", "quarter", "month", "week", "day", "hour", "minute", "second")},
    "dayofweek": "dayofweek", "dow": "dayofweek", "dayofweek_iso": "isodow", "dow_iso": "isodow", "doy": "doy",
    "yearofweek": "isoyear",
}  # fmt: skip
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_DECIMAL = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")
_CODE = re.compile(r"%-?[A-Za-z](?:strict)?")
_USUAL = {code: letters for letters, code in Hive.TIME_MAPPING.items()}
_SHORTEST = {code: letters for letters, code in reversed(Hive.TIME_MAPPING.items())}
"""The letters for which sqlglot writes a code: the usual ones, and in quotes the shortest."""


def _unit(node: Expr | None, among: dict[str, str] = _UNITS) -> str:
    word = constant(node)
    found = among.get(word.lower())
    if found is None:
        raise SqlRefusedError(f"{word!r} is no word of SQL for a unit of time")
    return found


def _format(node: Expr | None) -> str:
    """A format of dates as it was written, in Java's letters; sqlglot reads the letters in quotes as fields too."""
    pieces = constant(node).split("'")
    return "'".join(_unread(piece, _SHORTEST if at % 2 else _USUAL) for at, piece in enumerate(pieces))


def _unread(text: str, letters: Mapping[str, str]) -> str:
    return _CODE.sub(lambda code: letters.get(code[0], code[0]), text)


def _moment(value: Value) -> Value:
    return as_type(value, "TIMESTAMP")


@writes(exp.CurrentDate, exp.CurrentTimestamp, takes=())
def _now(writer: Writer, node: Expr) -> Value:
    if writer.now is None:
        raise SqlRefusedError(f"{node.sql('spark')} asks for the time, but no clock was given")
    moment = writer.now.astimezone(UTC).replace(tzinfo=None)
    if isinstance(node, exp.CurrentDate):
        return Value(f"DATE '{moment.date().isoformat()}'", "DATE")
    return Value(f"TIMESTAMP '{moment.isoformat(' ')}'", "TIMESTAMP")


@writes(exp.Interval, takes=("this", "unit"))
def _interval(writer: Writer, node: Expr) -> Value:
    unit = node.args.get("unit")
    if not isinstance(unit, exp.Var):
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    name = _unit(unit)
    days = name in _LONG
    kind = DAYS if days else TIME
    if isinstance(node.this, exp.Literal):
        if not (_WHOLE if name != "second" else _DECIMAL).fullmatch(node.this.name.strip()):
            raise SqlRefusedError(f"{node.sql('spark')} is not known here")
        return Value(f"to_{name}s({node.this.name.strip()})", kind)
    return Value(f"to_{name}s({as_type(writer.value(node.this), 'INTEGER').sql})", kind)


@writes(exp.TsOrDsAdd, exp.DateAdd, exp.DateSub, takes=("this", "expression", "unit"))
def _days_later(writer: Writer, node: Expr) -> Value:
    if node.args.get("unit") and _unit(node.args["unit"]) != "day":
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    sign = "-" if isinstance(node, exp.DateSub) else "+"
    value, days = as_type(writer.value(node.this), "DATE"), as_type(writer.value(node.expression), "INTEGER")
    return Value(f"CAST({value.operand} {sign} CAST({days.sql} AS INTEGER) AS DATE)", "DATE")


@writes(exp.TimestampAdd, takes=("this", "expression", "unit"))
def _units_later(writer: Writer, node: Expr) -> Value:
    count = as_type(writer.value(node.expression), "INTEGER")
    moved = f"to_{_unit(node.args['unit'])}s(CAST({count.sql} AS INTEGER))"
    return Value(f"{_moment(writer.value(node.this)).operand} + {moved}", "TIMESTAMP", simple=False)


@writes(exp.DateDiff, takes=("this", "expression", "unit"))
def _days_between(writer: Writer, node: Expr) -> Value:
    if node.args.get("unit"):  # sqlglot makes days of the moments that whole units are counted between
        sides = (side.this if isinstance(side, exp.TsOrDsToDate) else side for side in (node.this, node.expression))
        this, other = sides
        return _units_between(writer, exp.TimestampDiff(this=this, expression=other, unit=node.args["unit"]))
    first, last = (as_type(writer.value(side), "DATE").sql for side in (node.expression, node.this))
    return Value(f"CAST(date_diff('day', {first}, {last}) AS INTEGER)", "INTEGER")


@writes(exp.TimestampDiff, takes=("this", "expression", "unit"))
def _units_between(writer: Writer, node: Expr) -> Value:
    """Whole units between two timestamps."""
    first, last = (_moment(writer.value(side)).sql for side in (node.expression, node.this))
    return Value(f"date_sub('{_unit(node.args['unit'])}', {first}, {last})", "BIGINT")


@writes(exp.DateTrunc, takes=("this", "unit"))
def _day_of_start(writer: Writer, node: Expr) -> Value:
    """``trunc``: the first day of the date's unit, null for an unknown unit."""
    value = as_type(writer.value(node.this), "DATE")
    unit = _UNITS.get(constant(node.args["unit"]).lower())
    if unit not in ("year", "quarter", "month", "week"):
        return Value("CAST(NULL AS DATE)", "DATE")
    return Value(f"CAST(date_trunc('{unit}', {value.sql}) AS DATE)", "DATE")


@writes(exp.TimestampTrunc, takes=("this", "unit"))
def _start(writer: Writer, node: Expr) -> Value:
    unit, value = _unit(node.args["unit"]), _moment(writer.value(node.this))
    return Value(f"CAST(date_trunc('{unit}', {value.sql}) AS TIMESTAMP)", "TIMESTAMP")


@writes(exp.Extract)
def _field(writer: Writer, node: Expr) -> Value:
    return part(writer, node.this, node.expression)


def part(writer: Writer, unit: Expr, moment: Expr) -> Value:
    """A field of a timestamp; Spark numbers the days of a week from 1 on Sunday, the engine from 0."""
    name = _unit(unit, {**_UNITS, **_FIELDS})
    if name not in _FIELDS.values():
        raise SqlRefusedError(f"{name!r} is no word of SQL for a field of a date")
    found = f"date_part('{name}', {_moment(writer.value(moment)).sql})"
    return Value(f"CAST({found}{' + 1' if name == 'dayofweek' else ''} AS INTEGER)", "INTEGER")


@writes(exp.TsOrDsToDate, takes=("this", "format"))
def _to_date(writer: Writer, node: Expr) -> Value:
    value = writer.value(node.this)
    if not node.args.get("format") or not value.is_text:
        return as_type(value, "DATE") if value.type else Value(f"TRY_CAST({value.sql} AS DATE)", "DATE")
    return Value(f"CAST({parsed(value.sql, _format(node.args['format']))} AS DATE)", "DATE")


@writes(exp.StrToTime, exp.StrToDate, takes=("this", "format"))
def _to_timestamp(writer: Writer, node: Expr) -> Value:
    value = writer.value(node.this)
    if not value.is_text:
        return _moment(value)
    return Value(parsed(value.sql, _format(node.args["format"])), "TIMESTAMP")


@writes(exp.StrToUnix, exp.TimeToUnix, takes=("this", "format"))
def _unix_seconds(writer: Writer, node: Expr) -> Value:
    """Seconds since 1970."""
    if not node.args.get("this"):
        return Value(f"CAST(epoch({_now(writer, exp.CurrentTimestamp()).sql}) AS BIGINT)", "BIGINT")
    value = writer.value(node.this)
    if value.is_text:
        form = _format(node.args["format"]) if node.args.get("format") else DEFAULT
        return Value(f"CAST(epoch({parsed(value.sql, form)}) AS BIGINT)", "BIGINT")
    return Value(f"CAST(epoch({_moment(value).sql}) AS BIGINT)", "BIGINT")


@writes(exp.UnixToStr, takes=("this", "format"))
def _from_unix(writer: Writer, node: Expr) -> Value:
    form = _format(node.args["format"]) if node.args.get("format") else DEFAULT
    seconds = number(writer.value(node.this))
    return Value(formatted(f"make_timestamp(CAST({seconds.sql} AS BIGINT) * 1000000)", form), "VARCHAR")


@writes(exp.TimeToStr, takes=("this", "format"))
def _formatted(writer: Writer, node: Expr) -> Value:
    return Value(formatted(_moment(writer.value(node.this)).sql, _format(node.args["format"])), "VARCHAR")


@writes(exp.Dayname, exp.Monthname, takes=("this", "abbreviated"))
def _name(writer: Writer, node: Expr) -> Value:
    value = as_type(writer.value(node.this), "DATE")
    return Value(f"strftime({value.sql}, '{'%a' if isinstance(node, exp.Dayname) else '%b'}')", "VARCHAR")
