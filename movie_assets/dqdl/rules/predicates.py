"""Conditions as boolean SQL over a cell."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from movie_assets.dqdl.language.nodes import Condition
from movie_assets.dqdl.rules.conditions import EMPTY, WHITESPACES_ONLY
from movie_assets.dqdl.rules.plan import ConditionError, Resolved
from movie_assets.dqdl.rules.sql import Column, literal

WHITESPACE = r"[\s\x0b\x{85}\p{Z}]+"
"""What WHITESPACES_ONLY matches in full: any Unicode white space (the open engine trims spaces only)."""

_ORDER = {">", ">=", "<", "<=", "="}


def names_null(condition: Resolved) -> bool:
    return any(operand is None for operand in condition.operands)


def compare(cell: str, condition: Resolved, write: Callable[[object], str]) -> str:
    """The condition over a cell that is not null, its operands written by ``write``."""
    operands = [write(operand) for operand in condition.operands if operand is not None]
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
    if negative == names_null(condition):
        return f"coalesce({test}, FALSE) AND NOT {null}"
    return f"({null} OR coalesce({test}, FALSE))"


def number_test(column: Column, condition: Resolved) -> str:
    """A number condition over a cell; text is read as a number, and what can't be read does not pass."""
    whole = column.family == "integral" and all(
        operand is None or float(str(operand)).is_integer() for operand in condition.operands
    )
    cell = column.sql if column.is_number else f"TRY_CAST({column.sql} AS DOUBLE)"
    test = compare(cell, condition, lambda operand: literal(int(float(str(operand))) if whole else float(str(operand))))
    if column.family == "fractional" and condition.operator in (">", ">=", "not between"):
        test = f"({test} AND NOT isnan({cell}))"  # the engine sorts NaN above every number
    return with_nulls(column, test, condition)


def date_test(column: Column, condition: Resolved) -> str:
    """A date condition over a cell, compared by calendar day; text that is no date does not pass."""
    cell = f"CAST({column.sql} AS DATE)" if column.family in ("date", "timestamp") else None
    if column.family == "string":
        cell = f"TRY_CAST({column.sql} AS DATE)"
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
    cell = column.sql if column.family == "string" else f"CAST({column.sql} AS VARCHAR)"
    texts = [("" if operand == EMPTY else operand) for operand in condition.operands]
    plain = [literal(text) for text in texts if isinstance(text, str)]
    tests = [f"{cell} IN ({', '.join(plain)})"] if plain else []
    if WHITESPACES_ONLY in texts:
        tests.append(f"regexp_full_match({cell}, {literal(WHITESPACE)})")
    return _either(tests, condition)


def _among_numbers(column: Column, condition: Resolved) -> str:
    """Strings against a numeric column compare by number: ``"76"`` is 76, ``"76.0"`` too, ``"x"`` is none."""
    numbers = [number for operand in condition.operands if (number := _as_number(operand)) is not None]
    written = [literal(int(number) if number.is_integer() and abs(number) < 2**63 else number) for number in numbers]
    return _either([f"{column.sql} IN ({', '.join(written)})"] if written else [], condition)


def _as_number(operand: object) -> float | None:
    try:
        return float(operand) if isinstance(operand, str) else None
    except ValueError:
        return None


def _either(tests: Sequence[str], condition: Resolved) -> str:
    test = f"({' OR '.join(tests)})" if tests else "FALSE"
    return test if condition.operator in ("=", "in") else f"NOT {test}"


def full_match(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {literal(f'(?:{pattern})')})"


def is_dynamic(condition: Condition) -> bool:
    """Whether a condition asks for earlier values."""
    return "last(" in str(condition)
