"""Whole numbers as in Spark: results beyond the range of their type wrap around.

Sums and products are computed in a wider type and wrapped once, at the end of a chain, and only if they can exceed
their range.
"""

from movie_assets.dqdl.sql.casts import INTEGERS, wrapped
from movie_assets.dqdl.sql.typed import Exact, Value, common


def computed(one: Value, sign: str, other: Value) -> Value:
    """A sum, difference, product, integer quotient (``//``) or remainder (``%``)."""
    kind = common([one.type, other.type]) or "BIGINT"
    kind = kind if kind in INTEGERS else "BIGINT"
    sides = _exact(one, kind), _exact(other, kind)
    if _bits(sign, *sides) > _room(kind):
        sides = _stored(one, kind), _stored(other, kind)
    left, right = (side.sql for side in sides)
    if sign in ("//", "%"):
        right = f"nullif({right}, 0)"
    exact = Exact(f"({left} {sign} {right})", _bits(sign, *sides))
    if sign == "//":
        return Value(_fitted(exact, "BIGINT"), "BIGINT")
    return Value(_fitted(exact, kind), kind, exact=exact)


def negative(value: Value) -> Value:
    return computed(Value("0", value.type, exact=Exact("0", 0)), "-", value)


def absolute(value: Value) -> Value:
    kind = value.type if value.type in INTEGERS else "BIGINT"
    inner = _exact(value, kind)
    exact = Exact(f"abs({inner.sql})", inner.bits)
    return Value(_fitted(exact, kind), kind, exact=exact)


def _fitted(exact: Exact, kind: str) -> str:
    return wrapped(exact.sql, kind) if exact.bits >= INTEGERS[kind] else f"CAST({exact.sql} AS {kind})"


def _exact(value: Value, kind: str) -> Exact:
    return value.exact if value.exact and value.type == kind else _stored(value, kind)


def _stored(value: Value, kind: str) -> Exact:
    """The value in the wider type that a kind of numbers is computed in."""
    wide = "HUGEINT" if kind == "BIGINT" else "BIGINT"
    sql = wrapped(value.operand, "BIGINT") if value.type == "HUGEINT" else value.sql
    return Exact(f"CAST({sql} AS {wide})", INTEGERS.get(value.type or "", 63))


def _bits(sign: str, one: Exact, other: Exact) -> int:
    if sign == "*":
        return one.bits + other.bits
    return max(one.bits, other.bits) + 1 if sign in "+-" else one.bits


def _room(kind: str) -> int:
    return 126 if kind == "BIGINT" else 62
