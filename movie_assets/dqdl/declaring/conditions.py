"""Conditions with resolved operands: comparison with a metric in Python, and their messages."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from statistics import fmean, median, pstdev

from movie_assets.dqdl.declaring.plan import ConditionError, Resolved, Value
from movie_assets.dqdl.language.nodes import (
    Arithmetic,
    Call,
    Condition,
    Constant,
    Date,
    Duration,
    Empty,
    Now,
    Null,
    Number,
    Operand,
    Parenthesised,
    Size,
    String,
    WhitespacesOnly,
)

EMPTY, WHITESPACES_ONLY = Empty(), WhitespacesOnly()
_EXPRESSIONS = (Call, Arithmetic, Parenthesised)
_HOURS = {"days": 24.0, "hours": 1.0, "minutes": 1 / 60}
_BYTES = {None: 1, "B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_REDUCERS: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": fmean,
    "median": median,
    "max": max,
    "min": min,
    "sum": math.fsum,
    "std": pstdev,
}


def resolve(condition: Condition, *, earlier: Sequence[float] = (), now: datetime | None = None) -> Resolved:
    """The condition with plain operands; ``last(k)`` reads ``earlier``, most recent first.

    Raises: ConditionError, for a function or a list where one number is needed, or a date without a clock.
    """
    operands: list[object] = []
    for operand in condition.operands:
        if isinstance(operand, Constant):
            operands.extend(None if isinstance(value, Null) else value for value in operand.values)
        else:
            operands.append(_resolve(operand, earlier, now))
    return Resolved(condition.operator, tuple(operands), _evaluated(condition, operands))


def _evaluated(condition: Condition, values: Sequence[object]) -> Condition:
    """The condition with computed numbers instead of expressions; everything else as written."""
    if not any(isinstance(operand, _EXPRESSIONS) for operand in condition.operands):
        return condition
    shown = tuple(
        Number(java_double(value)) if isinstance(operand, _EXPRESSIONS) and isinstance(value, (int, float)) else operand
        for operand, value in zip(condition.operands, values, strict=True)
    )
    return replace(condition, operands=shown)


def _resolve(operand: Operand, earlier: Sequence[float], now: datetime | None) -> object:
    match operand:
        case Null():
            return None
        case Empty() | WhitespacesOnly():
            return operand
        case String():
            return operand.value
        case Date():
            return _date(operand.text)
        case Now():
            return _now(operand, now)
        case Duration():
            return operand.amount * _HOURS[operand.unit]
        case Size():
            return float(operand.amount * _BYTES[operand.unit])
        case Constant():
            return operand.values
        case _:
            try:
                value = _one_number(_number(operand, earlier))
                float(value)  # a whole number is exact, and may be too large to compare
            except (ArithmeticError, ValueError, AttributeError) as error:  # statistics has no word of its own for it
                raise ConditionError(f"{operand} can't be computed: it leaves the range of numbers") from error
            return value


def _number(node: Operand, earlier: Sequence[float]) -> float | list[float]:
    """A number, or the list of ``last(k)``."""
    match node:
        case Number():
            return node.value
        case Parenthesised():
            return _number(node.inner, earlier)
        case Arithmetic():
            left, right = _one_number(_number(node.left, earlier)), _one_number(_number(node.right, earlier))
            return _arithmetic(node.operator, left, right)
        case Call():
            return _call(node, [_number(argument, earlier) for argument in node.arguments], earlier)
        case _:
            raise ConditionError(f"{node} is not a number")


def _arithmetic(operator: str, left: float, right: float) -> float:
    if operator == "/" and right == 0:
        raise ConditionError("division by zero in the condition")
    return (
        {"+": left + right, "-": left - right, "*": left * right}.get(operator, 0.0)
        if operator != "/"
        else left / right
    )


def _call(node: Call, arguments: list[float | list[float]], earlier: Sequence[float]) -> float | list[float]:
    name = node.function
    if name == "last":
        wanted = _one_number(arguments[0]) if arguments else 1.0
        if wanted < 1 or wanted % 1 or len(arguments) > 1:
            raise ConditionError(f"{node} needs one whole number of at least 1")
        found = [float(value) for value in earlier[: int(wanted)]] or [0.0]
        return found[0] if wanted == 1 else found
    if name in _REDUCERS and len(arguments) == 1:
        values = arguments[0]
        return _REDUCERS[name](values if isinstance(values, list) else [values])
    if name == "abs" and len(arguments) == 1:
        return abs(_one_number(arguments[0]))
    if name == "index" and len(arguments) == 2:
        values = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
        position = _one_number(arguments[1])
        if position % 1 or not 0 <= position < len(values):
            raise ConditionError(f"{node} is out of range: there are {len(values)} earlier values")
        return values[int(position)]
    raise ConditionError(
        f"{node} can't be computed; known are last, index, abs, {', '.join(_REDUCERS)}, each with its own arguments"
    )


def _one_number(value: float | list[float]) -> float:
    if isinstance(value, list):
        raise ConditionError(
            f"a single value is expected, but last() gave {len(value)}: reduce them, e.g. avg(last(3))"
        )
    return value


def _date(text: str) -> date | time:
    try:
        if ":" not in text:
            return date.fromisoformat(text)
        if text[-2:].upper() in ("AM", "PM"):
            return datetime.strptime(text.upper(), "%I:%M %p").time()
        return datetime.strptime(text, "%H:%M").time()
    except ValueError as error:
        raise ConditionError(f'"{text}" is not a date or time that exists') from error


def _now(operand: Now, now: datetime | None) -> datetime:
    if now is None:
        raise ConditionError("the rule speaks of now(), but no clock was given")
    minute = now.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)
    if operand.offset is None:
        return minute
    try:
        shift = timedelta(hours=operand.offset.amount * _HOURS[operand.offset.unit])
        return minute + shift if operand.sign == "+" else minute - shift
    except OverflowError as error:
        raise ConditionError(f"{operand} is beyond the calendar") from error


def satisfies(value: float, condition: Resolved) -> bool:
    """Whether a metric meets a condition; ``between`` excludes both ends, NaN meets none but ``!=`` and ``not in``."""
    operands = condition.operands
    numbers = [float(operand) for operand in operands if isinstance(operand, (int, float))]
    match condition.operator:
        case "in":
            return value in numbers
        case "not in":
            return value not in numbers
        case "!=":
            return not numbers or value != numbers[0]
    if len(numbers) != len(operands):  # a metric is never NULL here, so nothing compares with NULL
        return False
    match condition.operator:
        case ">":
            return value > numbers[0]
        case ">=":
            return value >= numbers[0]
        case "<":
            return value < numbers[0]
        case "<=":
            return value <= numbers[0]
        case "=":
            return value == numbers[0]
        case "between":
            return numbers[0] < value < numbers[1]
        case "not between":
            return value <= numbers[0] or value >= numbers[1]
    raise ConditionError(f"a metric can't be compared with '{condition.operator}'")


def java_double(value: Value) -> str:
    """A number as Java prints it, as in Glue's messages: ``1.0``, ``0.751``, ``1.2345678E7``; counts
    without ``.0``.
    """
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value) if "e" not in repr(value) else f"{value:.17f}".rstrip("0")
    _, exponent = f"{value:.17e}".split("e")
    shortest = repr(value)
    digits = shortest.split("e")[0].replace(".", "").replace("-", "").strip("0") or "0"
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{int(exponent)}"


def not_met(value: Value, end: str = "!") -> str:
    """Glue's message for a metric that does not satisfy its condition."""
    return f"Value: {java_double(value)} does not meet the constraint requirement{end}"
