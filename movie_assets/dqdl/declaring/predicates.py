"""Conditions as boolean SQL over a cell."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from movie_assets.dqdl.declaring.conditions import EMPTY, WHITESPACES_ONLY
from movie_assets.dqdl.declaring.plan import ConditionError, Resolved
from movie_assets.dqdl.sql.casts import spark_cast
from movie_assets.dqdl.sql.columns import Column
from movie_assets.dqdl.sql.regexes import full_match
from movie_assets.dqdl.sql.typed import Value, text
from movie_assets.quoting import literal

WHITESPACE = r"[\s\x0b\x{85}\p{Z}]+"
"""What WHITESPACES_ONLY matches in full: any Unicode white space (the open engine trims spaces only)."""

MOST = 2.0**127
"""No column holds a larger whole number, and the engine has no literal of one: it is compared as a double."""

_ORDER = {">", ">=", "<", "<=", "="}
_MEMBERSHIP = ("=", "!=", "in", "not in")


def as_text(column: Column) -> str:
    return text(Value(column.sql, column.type)).sql


def finite(number: str) -> str:
    """Whether a double is neither infinite nor NaN, which is above all numbers; null of null."""
    return f"abs({number}) < CAST('inf' AS DOUBLE)"


def names_null(condition: Resolved) -> bool:
    return any(operand is None for operand in condition.operands)


def compare(cell: str, condition: Resolved, write: Callable[[object], str]) -> str:
    """The condition over a cell that is not null, its operands written by ``write``."""
    operands = [write(operand) for operand in condition.operands if operand is not None]
    if len(operands) < len(condition.operands) and condition.operator not in _MEMBERSHIP:
        return "FALSE"  # nothing is more or less than NULL
    match condition.operator:
        case "between":
            return f"({cell} > {operands[0]} AND {cell} < {operands[1]})"
        case "not between":
            return f"({cell} <= {operands[0]} OR {cell} >= {operands[1]})"
        case "in":
            return f"{cell} IN ({', '.join(operands)})" if operands else "FALSE"
        case "not in":
            return f"{cell} NOT IN ({', '.join(operands)})" if operands else "TRUE"
        case "!=":
            return f"{cell} <> {operands[0]}" if operands else "TRUE"
        case operator if operator in _ORDER:
            return f"{cell} {operator} {operands[0]}" if operands else "FALSE"
    raise ConditionError(f"'{condition.operator}' can't be applied to this column")


def with_nulls(column: Column, test: str, condition: Resolved) -> str:
    """The test completed for null cells: they pass ``!=`` and ``not in`` unless NULL is named, and pass where NULL
    is asked for.
    """
    null = f"{column.sql} IS NULL"
    negative = condition.operator in ("!=", "not in")
    if negative == names_null(condition) or condition.operator not in _MEMBERSHIP:
        return f"coalesce({test}, FALSE) AND NOT {null}"
    return f"({null} OR coalesce({test}, FALSE))"


def number_test(column: Column, condition: Resolved) -> str:
    """A number condition over a cell; text is read as a number, and what can't be read passes ``not in`` only."""
    numbers = [float(str(operand)) for operand in condition.operands if operand is not None]
    whole = column.family == "integral" and all(number.is_integer() and abs(number) < MOST for number in numbers)
    cell = column.sql if column.is_number else spark_cast(column.sql, "DOUBLE", column.family)
    test = compare(cell, condition, lambda operand: _number_literal(operand, whole))
    if column.family == "string" and condition.operator == "not in":
        test = f"coalesce({test}, TRUE)"
    if column.family == "fractional" and condition.operator in (">", ">=", "not between"):
        test = f"({test} AND NOT isnan({cell}))"  # the engine sorts NaN above every number
    return with_nulls(column, test, condition)


def _number_literal(operand: object, whole: bool) -> str:
    number = operand if isinstance(operand, int) else float(str(operand))
    return literal(int(number) if whole else float(number))


def date_test(column: Column, condition: Resolved) -> str:
    """A date condition over a cell, compared by calendar day; text that is no date does not pass."""
    cell = f"CAST({column.sql} AS DATE)" if column.family in ("date", "timestamp") else None
    if column.family == "string":
        cell = spark_cast(column.sql, "DATE", "string")
    if cell is None:
        return "FALSE"
    return with_nulls(column, compare(cell, condition, _day), condition)


def _day(operand: object) -> str:
    if isinstance(operand, datetime):
        operand = operand.date()
    if isinstance(operand, time) or not isinstance(operand, date):
        raise ConditionError("a time of day can't be compared with a column's dates")
    return f"DATE '{operand.isoformat()}'"


def string_test(column: Column, condition: Resolved) -> str:
    """A string condition over a cell: equality and sets by value, regular expressions in full."""
    if condition.operator in ("matches", "not matches"):
        found = full_match(column.sql, str(condition.operands[0]))
        return f"coalesce({found if condition.operator == 'matches' else f'NOT {found}'}, FALSE)"
    if column.is_number:
        return with_nulls(column, _among_numbers(column, condition), condition)
    return with_nulls(column, _among_strings(column, condition), condition)


def _among_strings(column: Column, condition: Resolved) -> str:
    cell = as_text(column)
    texts = [("" if operand == EMPTY else operand) for operand in condition.operands]
    plain = [literal(text) for text in texts if isinstance(text, str)]
    tests = [f"{cell} IN ({', '.join(plain)})"] if plain else []
    if WHITESPACES_ONLY in texts:
        tests.append(full_match(cell, WHITESPACE))
    return _either(tests, condition)


def _among_numbers(column: Column, condition: Resolved) -> str:
    """Strings against a numeric column compare by number: ``"76"`` is 76, ``"76.0"`` too, ``"x"`` is none."""
    written = [literal(number) for operand in condition.operands if (number := _as_number(operand)) is not None]
    return _either([f"{column.sql} IN ({', '.join(written)})"] if written else [], condition)


def _as_number(operand: object) -> float | int | None:
    if not isinstance(operand, str) or "_" in operand:  # Python reads 1_000
        return None
    try:
        number = float(operand)
    except ValueError:
        return None
    if not number.is_integer() or abs(number) >= 2**63:
        return number
    return int(operand) if operand.strip().lstrip("+-").isdigit() else int(number)


def _either(tests: Sequence[str], condition: Resolved) -> str:
    test = f"({' OR '.join(tests)})" if tests else "FALSE"
    return test if condition.operator in ("=", "in") else f"NOT {test}"
