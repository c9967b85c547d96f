"""Typed expressions of the engine's SQL, and the casts that Spark adds between types.

A type is the engine's name (``DECIMAL(6,2)``), ``NULL`` for the literal, an ``INTERVAL`` of days or of time, or None if
unknown; then nothing is cast.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from movie_assets.dqdl.sql.casts import INTEGERS, spark_cast
from movie_assets.dqdl.sql.columns import TypeFamily, family_of
from movie_assets.dqdl.sql.refusal import SqlRefusedError

NULL = "NULL"
DAYS, TIME = "INTERVAL DAYS", "INTERVAL TIME"
"""Intervals that keep a date a date, and those that make it a timestamp."""

_WIDENING = (*INTEGERS, "HUGEINT")
NUMBERS = ("integral", "fractional", "decimal")
_SHORT = 100
"""Texts up to this length are repeated rather than bound: a column, a literal, a call of one."""
_LONGEST = 500_000
"""The longest translation of one expression, in characters."""


@dataclass(frozen=True, slots=True)
class Exact:
    """A whole number before it wraps around in its type; its magnitude is at most ``2**bits``."""

    sql: str
    bits: int


@dataclass(frozen=True, slots=True)
class Value:
    """An expression in the engine's SQL; ``simple`` ones need no parentheses as an operand."""

    sql: str
    type: str | None = None
    simple: bool = True
    literal: str | None = None
    """The value of a text literal."""
    exact: Exact | None = None
    """The unwrapped whole number, for further arithmetic."""

    def __post_init__(self) -> None:
        if len(self.sql) > _LONGEST:
            raise SqlRefusedError("it would become too long for the engine")

    @property
    def operand(self) -> str:
        return self.sql if self.simple else f"({self.sql})"

    @property
    def family(self) -> TypeFamily | None:
        if self.type is None or self.type == NULL or self.type.startswith("INTERVAL"):
            return None
        return family_of(self.type)

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"

    @property
    def is_interval(self) -> bool:
        return self.type in (DAYS, TIME)

    @property
    def is_list(self) -> bool:
        return self.type is not None and self.type.endswith("[]")


def once(write: Callable[..., str], *values: Value) -> str:
    """The result of ``write`` for the values' texts; each is computed once, however often it occurs."""
    if all(len(value.sql) <= _SHORT or value.literal is not None for value in values):
        return write(*(value.operand for value in values))
    fields = [(f"v{index}", value) for index, value in enumerate(values)]
    packed = ", ".join(f"'{name}': {value.sql}" for name, value in fields if value.literal is None)
    named = (value.sql if value.literal is not None else f"__v.{name}" for name, value in fields)
    return f"list_transform([{{{packed}}}], lambda __v: {write(*named)})[1]"


def cast(value: Value, target: str) -> Value:
    """The value with Spark's cast; null if it can't be cast."""
    if value.type == target or value.type == NULL:
        return value if value.type == target else Value(f"CAST(NULL AS {target})", target)
    family = value.family if value.family != "other" else None
    return Value(once(lambda sql: spark_cast(sql, target, family), value), target)


def text(value: Value) -> Value:
    """The value as text, if its type is known to be another."""
    return (
        value
        if value.type is None or value.is_text or value.is_list or value.family == "other"
        else cast(value, "VARCHAR")
    )


def number(value: Value) -> Value:
    """Text as a double; numbers as they are."""
    return cast(value, "DOUBLE") if value.is_text else value


def as_type(value: Value, target: str) -> Value:
    """The value cast to a type, unless its family is the same or unknown."""
    if value.type is None or (value.family is not None and value.family == family_of(target)):
        return value
    if target == "DOUBLE" and value.family in NUMBERS:
        return value
    return cast(value, target)


def common(types: Sequence[str | None], *, into_text: bool = True) -> str | None:
    """Spark's common type of values, None if there is none: numbers widen, anything and text become text."""
    found: str | None = NULL
    for kind in sorted(types, key=lambda kind: kind != "VARCHAR"):  # what meets a text first meets all as text
        found = _wider(found, kind, into_text)
        if found is None:
            return None
    return found


def _wider(one: str | None, other: str | None, into_text: bool) -> str | None:
    if one is None or other is None:
        return None
    if NULL in (one, other) or one == other:
        return other if one == NULL else one
    families = {family_of(one), family_of(other)}
    if "fractional" in families and families <= set(NUMBERS):
        return "DOUBLE"
    if "decimal" in families and families <= set(NUMBERS):
        return one if family_of(one) == "decimal" else other
    if families == {"integral"}:
        return max(one, other, key=lambda kind: _WIDENING.index(kind) if kind in _WIDENING else len(_WIDENING))
    if families == {"date", "timestamp"}:
        return "TIMESTAMP"
    if into_text and "string" in families and not families & {"boolean", "other"}:
        return "VARCHAR"
    return None


_KINDS: Mapping[TypeFamily, str] = {
    "string": "a text", "integral": "a number", "fractional": "a number", "decimal": "a number",
    "boolean": "a truth value", "date": "a date", "timestamp": "a date",
}  # fmt: skip


def _kinds(values: Sequence[Value]) -> list[str]:
    """What the values are to a reader, each once; without those that aren't known."""
    kinds = ("an interval" if value.is_interval else _KINDS.get(value.family or "other") for value in values)
    return list(dict.fromkeys(kind for kind in kinds if kind))


def alike(values: Sequence[Value], *, into_text: bool = True) -> tuple[list[Value], str | None]:
    """The values cast to their common type in Spark, and that type.

    Raises: SqlRefusedError, for values without a common type in Spark.
    """
    kinds = _kinds(values)
    if len(kinds) > 1 and (not into_text or not {*kinds} <= {"a text", "a number", "a date"} or "a text" not in kinds):
        raise SqlRefusedError(f"{' and '.join(kinds)} can't become of one type")
    target = common([value.type for value in values], into_text=into_text)
    if target in ("VARCHAR", "TIMESTAMP"):
        return [cast(value, target) if value.type not in (target, NULL) else value for value in values], target
    return list(values), target


def compared(one: Value, other: Value) -> tuple[Value, Value]:
    """Two values as Spark compares them: text is cast to the other's type, a boolean to the other's number.

    Raises: SqlRefusedError, for values that Spark doesn't compare.
    """
    kinds = _kinds((one, other))
    if len(kinds) > 1 and ("an interval" in kinds or ("a date" in kinds and "a text" not in kinds)):
        hint = "; datediff(a, b) gives the days between two dates as a number" if "an interval" in kinds else ""
        raise SqlRefusedError(f"{' and '.join(kinds)} can't be compared{hint}")
    if one.is_text != other.is_text:
        return _meeting(one, other), _meeting(other, one)
    if {one.family, other.family} == {"fractional", "decimal"}:
        return cast(one, "DOUBLE"), cast(other, "DOUBLE")
    if one.family == "boolean" and other.family in NUMBERS and other.type:
        return cast(one, other.type), other
    if other.family == "boolean" and one.family in NUMBERS and one.type:
        return one, cast(other, one.type)
    return one, other


def _meeting(side: Value, other: Value) -> Value:
    if not side.is_text:
        return side
    match other.family:
        case "fractional" | "decimal":
            return cast(side, "DOUBLE")
        case "integral" | "boolean" | "date" | "timestamp":
            return cast(side, "TIMESTAMP" if other.family == "timestamp" else other.type or "VARCHAR")
    return side
