"""Where Spark's expressions differ from the engine's: what is let through, how strings meet numbers, how casts read.

Imports sqlglot at once: import this module only when a ruleset holds SQL.
"""

import re
from datetime import UTC, datetime

from sqlglot import Expr, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generator import Generator
from sqlglot.generators.duckdb import DuckDBGenerator

from movie_assets.dqdl.sql.casts import spark_cast
from movie_assets.dqdl.sql.columns import Schema, TypeFamily
from movie_assets.dqdl.sql.functions import FUNCTIONS, SPELLED
from movie_assets.dqdl.sql.spark import SqlRefusedError

_UNITS = {"mm": "month", "mon": "month", "yy": "year", "yyyy": "year", "dd": "day"}
_REFUSED = (
    exp.Into,
    exp.Command,
    exp.DDL,
    exp.DML,
    exp.Lock,
    exp.TableSample,
    exp.Parameter,
    exp.Placeholder,
    exp.SessionParameter,
)
_TARGETS = {
    "INT": "INTEGER",
    "TEXT": "VARCHAR",
    "REAL": "FLOAT",
    "TIMESTAMPTZ": "TIMESTAMP",
    "DECIMAL": "DECIMAL(10, 0)",
}
_TARGET = re.compile(
    r"TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|BOOLEAN|VARCHAR|BLOB|DATE|TIMESTAMP|TIME|DECIMAL\(\d+, \d+\)"
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.IntDiv)
_OF_NUMBERS = (exp.Sum, exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Abs)
_YIELD_NUMBERS = (exp.Length, exp.Count, exp.Year, exp.Month, exp.Day, exp.ArraySize, exp.StrPosition, exp.DateDiff)
_TYPES = {
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPTZ": "timestamp",
    "BOOLEAN": "boolean",
    "DOUBLE": "fractional",
}
_MEETS: dict[TypeFamily, str] = {
    "integral": "BIGINT",
    "fractional": "DOUBLE",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""What Spark makes of a string that is compared with a value of the family."""


def prepare(tree: Expr, schema: Schema | None, now: datetime | None) -> Expr:
    """The tree checked, with strings cast where they meet other types and the clock's functions replaced by ``now``."""
    for node in tree.walk():
        _check(node)
    tree = tree.transform(lambda node: _at(node, now))
    families = {column.name.lower(): column.family for column in schema.columns} if schema else {}
    for node in list(tree.walk()):
        _coerce(node, families)
    return tree


def _check(node: Expr) -> None:
    if isinstance(node, _REFUSED):
        raise SqlRefusedError(f"{node.key.upper()} may not run")
    if isinstance(node, exp.Anonymous):
        spelled = SPELLED.get(node.name.lower())
        if spelled is None and node.name.lower() != "now":
            raise SqlRefusedError(f"the function {node.name} is not known here")
        if spelled is not None and len(node.expressions) != spelled.count("{"):
            raise SqlRefusedError(f"the function {node.name} takes {spelled.count('{')} arguments")
    elif isinstance(node, exp.Func) and type(node).__name__ not in FUNCTIONS:
        raise SqlRefusedError(f"the function {node.sql_name()} may not be used")
    if isinstance(node, exp.Var) and not node.name.replace("_", "").isalnum():  # it is written out as it stands
        raise SqlRefusedError(f"{node.name!r} is no word of SQL")
    if isinstance(node, exp.Cast) and not isinstance(node.to.this, exp.DType):
        raise SqlRefusedError(f"the type in {node.sql('spark')} is not known here")
    if isinstance(node, exp.Exists) and not isinstance(node.this, exp.Query):
        raise SqlRefusedError("exists over an array is not known here")
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")


def _at(node: Expr, now: datetime | None) -> Expr:
    if not (isinstance(node, (exp.CurrentDate, exp.CurrentTimestamp)) or _is_now(node)):
        return node
    if now is None:
        raise SqlRefusedError(f"{node.sql('spark')} asks for the time, but no clock was given")
    moment = now.astimezone(UTC).replace(tzinfo=None)
    if isinstance(node, exp.CurrentDate):
        return exp.cast(exp.Literal.string(moment.date().isoformat()), "date")
    return exp.cast(exp.Literal.string(moment.isoformat(" ")), "timestamp")


def _is_now(node: Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == "now"


def _coerce(node: Expr, families: dict[str, TypeFamily]) -> None:
    """Cast strings where they meet numbers, dates or truth values, as Spark does."""
    if isinstance(node, _COMPARISONS):
        _meet(node.this, node.expression, families)
        _meet(node.expression, node.this, families)
    elif isinstance(node, exp.Between):
        for bound in (node.args["low"], node.args["high"]):
            _meet(node.this, bound, families)
            _meet(bound, node.this, families)
    elif isinstance(node, exp.In) and node.expressions:
        members = {_family(member, families) for member in node.expressions} | {_family(node.this, families)}
        if "string" in members and len(members) > 1 and members <= {"string", "integral", "fractional"}:
            for member in [node.this, *node.expressions]:
                if _family(member, families) != "string":
                    member.replace(exp.cast(member.copy(), "text"))
    elif isinstance(node, _ARITHMETIC):
        for side in (node.this, node.expression):
            if _family(side, families) == "string" and not node.find(exp.Interval):
                side.replace(exp.cast(side.copy(), "double"))
    elif isinstance(node, _OF_NUMBERS) and _family(node.this, families) == "string":
        node.this.replace(exp.cast(node.this.copy(), "double"))


def _meet(side: Expr, other: Expr, families: dict[str, TypeFamily]) -> None:
    if _family(side, families) == "string" and (met := _family(other, families)) in _MEETS:
        side.replace(exp.cast(side.copy(), _MEETS[met]))


def _family(node: Expr, families: dict[str, TypeFamily]) -> TypeFamily | None:
    if isinstance(node, exp.Column):
        return families.get(node.name.lower())
    if isinstance(node, exp.Literal):
        return "string" if node.is_string else ("integral" if node.name.isdigit() else "fractional")
    if isinstance(node, (exp.Paren, exp.Neg)):
        return _family(node.this, families)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        kind = node.to.this.name
        return _TYPES.get(kind, "integral" if "INT" in kind else None)  # type: ignore[return-value]
    if isinstance(node, exp.Boolean):
        return "boolean"
    return "integral" if isinstance(node, _YIELD_NUMBERS) else None


def _day_of_week(generator: Generator, node: exp.DayOfWeek) -> str:
    """Spark counts from 1 on Sunday, the engine from 0."""
    return f"(dayofweek({generator.sql(exp.cast(node.this, 'date'))}) + 1)"


def _unix_seconds(generator: Generator, node: exp.StrToUnix) -> str:
    if node.text("format").replace("strict", "") == "%Y-%m-%d %H:%M:%S":  # Spark's default: any moment will do
        return f"CAST(epoch({generator.sql(exp.cast(node.this, 'timestamp'))}) AS BIGINT)"
    read = f"TRY_STRPTIME({generator.sql(node, 'this')}, {generator.format_time(node)})"
    return f"CAST(epoch({read}) AS BIGINT)"


class _Generator(DuckDBGenerator):
    """The engine's SQL, with Spark's casts."""

    TRANSFORMS = {**DuckDBGenerator.TRANSFORMS, exp.DayOfWeek: _day_of_week, exp.StrToUnix: _unix_seconds}  # noqa: RUF012

    def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
        value = self.sql(expression, "this")
        family: TypeFamily | None = None
        if isinstance(expression.this, exp.Literal):
            family = "string" if expression.this.is_string else None
        target = self.sql(expression, "to").upper()
        target = _TARGETS.get(target, target)
        if not _TARGET.fullmatch(target):
            self.unsupported(f"a cast to {expression.to.sql('spark')}")
        return spark_cast(value, target, family)

    def trycast_sql(self, expression: exp.TryCast) -> str:
        return self.cast_sql(expression)

    def anonymous_sql(self, expression: exp.Anonymous) -> str:
        spelled = SPELLED.get(expression.name.lower())
        if spelled is None:  # written by sqlglot itself
            return super().anonymous_sql(expression)
        return spelled.format(*(self.sql(argument) for argument in expression.expressions))

    def datetrunc_sql(self, expression: exp.DateTrunc) -> str:
        unit = expression.text("unit").lower()
        value = self.sql(exp.cast(expression.this, "date"))
        return f"CAST(date_trunc('{_UNITS.get(unit, unit)}', {value}) AS DATE)" if unit.isalpha() else "NULL"

    def like_sql(self, expression: exp.Like) -> str:
        """Spark's LIKE has an escape character unless told otherwise, the engine's has none."""
        escape = "" if isinstance(expression.parent, exp.Escape) else " ESCAPE '\\'"
        return f"{super().like_sql(expression)}{escape}"


class Engine(DuckDB):
    """sqlglot's DuckDB, with Spark's casts."""

    Generator = _Generator
