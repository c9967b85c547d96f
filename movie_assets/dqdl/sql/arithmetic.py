"""Arithmetic on numbers, timestamps and intervals."""

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.integers import absolute, computed, negative
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import DAYS, TIME, Value, as_type, cast, common, compared, number
from movie_assets.dqdl.sql.writer import Writer, writes

_ARITHMETIC: dict[type[Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}


def _numbers(writer: Writer, node: Expr, *parts: Expr) -> list[Value]:
    """The operands as numbers; rejects operands of other types."""
    values = [writer.value(part) for part in parts]
    if any(value.is_interval or value.family in ("boolean", "date", "timestamp") for value in values):
        kinds = " and ".join((value.type or "of an unknown type").lower().split()[0] for value in values)
        raise SqlRefusedError(f"{node.sql('spark')} can't be computed: it is {kinds}")
    return [number(value) for value in values]


@writes(exp.Neg, exp.Negative)
def _negative(writer: Writer, node: Expr) -> Value:
    (value,) = _numbers(writer, node, node.this)
    if value.family == "integral":
        return negative(value)
    return Value(f"-({value.sql})", value.type, simple=False)


@writes(exp.Abs)
def _absolute(writer: Writer, node: Expr) -> Value:
    (value,) = _numbers(writer, node, node.this)
    return absolute(value) if value.family == "integral" else Value(f"abs({value.sql})", value.type)


@writes(exp.Ceil, exp.Floor, takes=("this",))
def _rounded(writer: Writer, node: Expr) -> Value:
    (value,) = _numbers(writer, node, node.this)
    return cast(value if value.family == "integral" else Value(f"{node.key}({value.sql})", value.type), "BIGINT")


@writes(*_ARITHMETIC)
def _arithmetic(writer: Writer, node: Expr) -> Value:
    one, other = writer.value(node.this), writer.value(node.expression)
    sign = _ARITHMETIC[type(node)]
    if sign != "*" and (other.is_interval or (one.is_interval and sign == "+")):
        return _moved(one, sign, other) if other.is_interval else _moved(other, sign, one)
    if one.family == "date" and other.family == "integral" and sign != "*":
        return Value(f"CAST({one.operand} {sign} CAST({other.sql} AS INTEGER) AS DATE)", "DATE")
    if one.family == "integral" and other.family == "date" and sign == "+":
        return Value(f"CAST({other.operand} + CAST({one.sql} AS INTEGER) AS DATE)", "DATE")
    if sign == "-" and {one.family, other.family} & {"date", "timestamp"}:
        return _between_moments(*compared(one, other))
    one, other = compared(*_numbers(writer, node, node.this, node.expression))  # a float and a decimal become doubles
    if one.family == other.family == "integral":
        return computed(one, sign, other)
    return Value(f"{one.operand} {sign} {other.operand}", common([one.type, other.type]), simple=False)


def _moved(value: Value, sign: str, interval: Value) -> Value:
    """A timestamp plus an interval: a date plus days stays a date, and a text stays a text, as in Spark."""
    if value.type in (DAYS, TIME):
        kind = TIME if TIME in (value.type, interval.type) else DAYS
        return Value(f"{value.operand} {sign} {interval.operand}", kind, simple=False)
    if value.family == "date" and interval.type == DAYS:
        return Value(f"CAST({value.operand} {sign} {interval.operand} AS DATE)", "DATE")
    moment = Value(f"{as_type(value, 'TIMESTAMP').operand} {sign} {interval.operand}", "TIMESTAMP", simple=False)
    return cast(moment, "VARCHAR") if value.is_text else moment


def _between_moments(one: Value, other: Value) -> Value:
    """The interval from one to the other: of days between dates."""
    if one.family == other.family == "date":
        return Value(f"to_days(CAST({one.operand} - {other.operand} AS INTEGER))", DAYS)
    if {one.family, other.family} <= {"date", "timestamp"}:
        return Value(f"{as_type(one, 'TIMESTAMP').operand} - {as_type(other, 'TIMESTAMP').operand}", TIME, simple=False)
    raise SqlRefusedError("a date and what is no date have no interval between them")


@writes(exp.Div, takes=("this", "expression", "typed"))
def _quotient(writer: Writer, node: Expr) -> Value:
    one, other = _numbers(writer, node, node.this, node.expression)
    return Value(f"{one.operand} / nullif({other.sql}, 0)", "DOUBLE", simple=False)


@writes(exp.IntDiv)
def _whole_quotient(writer: Writer, node: Expr) -> Value:
    one, other = _numbers(writer, node, node.this, node.expression)
    if one.family == other.family == "integral":
        return computed(one, "//", other)
    return Value(f"TRY_CAST(trunc({one.operand} / nullif({other.sql}, 0)) AS BIGINT)", "BIGINT")


@writes(exp.Mod)
def _rest(writer: Writer, node: Expr) -> Value:
    one, other = _numbers(writer, node, node.this, node.expression)
    if one.family == other.family == "integral" and not other.sql.isdigit():
        return computed(one, "%", other)
    return Value(f"{one.operand} % nullif({other.sql}, 0)", common([one.type, other.type]), simple=False)
