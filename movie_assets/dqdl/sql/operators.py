"""Literals, columns, operators and the forms with a grammar of their own: CASE, IN, BETWEEN, casts, lambdas."""

import re
from dataclasses import replace
from functools import reduce

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import (
    NULL,
    Exact,
    Value,
    alike,
    as_type,
    cast,
    compared,
)
from movie_assets.dqdl.sql.writer import Writer, writes
from movie_assets.quoting import literal

_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMPARISONS: dict[type[Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_CASTS = {
    "INT": "INTEGER",
    "TEXT": "VARCHAR",
    "CHAR": "VARCHAR",
    "REAL": "FLOAT",
    "TIMESTAMPTZ": "TIMESTAMP",
    "TIMESTAMPNTZ": "TIMESTAMP",
    "BINARY": "BLOB",
    "DECIMAL": "DECIMAL(10,0)",
}
_TARGET = re.compile(
    r"TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|BOOLEAN|VARCHAR|BLOB|DATE|TIMESTAMP|DECIMAL\(\d+,\d+\)"
)


@writes(exp.RawString)
def _raw(writer: Writer, node: Expr) -> Value:
    return Value(literal(node.name), "VARCHAR", literal=node.name)


@writes(exp.Literal, takes=("this", "is_string"))
def _literal(writer: Writer, node: Expr) -> Value:
    if node.is_string:
        return Value(literal(node.name), "VARCHAR", literal=node.name)
    if not _NUMBER.fullmatch(node.name):
        raise SqlRefusedError(f"{node.name!r} is not a number")
    if node.name.isdigit():
        digits = len(node.name.lstrip("0"))
        kind = "INTEGER" if int(node.name) < 2**31 else "BIGINT" if int(node.name) < 2**63 else f"DECIMAL({digits},0)"
        wide = "HUGEINT" if kind == "BIGINT" else "BIGINT"
        return Value(node.name, kind, exact=Exact(f"CAST({node.name} AS {wide})", int(node.name).bit_length()))
    if "e" in node.name.lower():
        return Value(node.name, "DOUBLE")
    whole, _, fraction = node.name.partition(".")
    return Value(node.name, f"DECIMAL({max(len(whole.lstrip('0')) + len(fraction), 1)},{len(fraction)})")


@writes(exp.Null)
def _null(writer: Writer, node: Expr) -> Value:
    return Value("NULL", NULL)


@writes(exp.Boolean)
def _boolean(writer: Writer, node: Expr) -> Value:
    return Value("TRUE" if node.this else "FALSE", "BOOLEAN")


@writes(exp.Column, takes=("this", "table", "db", "catalog"))
def _column(writer: Writer, node: Expr) -> Value:
    if isinstance(node.this, exp.Star):
        raise SqlRefusedError("* may not stand here")
    parts = [node.text(part) for part in ("catalog", "db", "table", "this") if node.args.get(part)]
    for end in range(len(parts), 0, -1):  # what stands behind a column names fields of it
        try:
            value = writer.scope.column(parts[end - 1], ".".join(parts[: end - 1]) or None)
        except SqlRefusedError:
            continue
        if end < len(parts) and value.family not in (None, "other"):
            continue
        return reduce(lambda record, name: Value(f"struct_extract({record.sql}, {literal(name)})"), parts[end:], value)
    raise SqlRefusedError(f"there is no column '{'.'.join(parts)}'")


@writes(exp.Identifier, takes=("this", "quoted"))
def _variable(writer: Writer, node: Expr) -> Value:
    return writer.scope.column(node.name)


@writes(exp.Dot)
def _dot(writer: Writer, node: Expr) -> Value:
    if not isinstance(node.expression, exp.Identifier):
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    return Value(f"struct_extract({writer.value(node.this).sql}, {literal(node.expression.name)})")


@writes(exp.Paren)
def _paren(writer: Writer, node: Expr) -> Value:
    inner = writer.value(node.this)
    return replace(inner, sql=inner.operand, simple=True)


@writes(exp.Alias)
def _alias(writer: Writer, node: Expr) -> Value:
    raise SqlRefusedError(f"{node.sql('spark')} may not stand here")


@writes(exp.And, exp.Or)
def _logic(writer: Writer, node: Expr) -> Value:
    sides = [as_type(writer.value(side), "BOOLEAN").operand for side in node.flatten(unnest=False)]
    return Value(f" {node.key.upper()} ".join(sides), "BOOLEAN", simple=False)


@writes(exp.Not)
def _not(writer: Writer, node: Expr) -> Value:
    return Value(f"NOT {as_type(writer.value(node.this), 'BOOLEAN').operand}", "BOOLEAN", simple=False)


@writes(*_COMPARISONS)
def _comparison(writer: Writer, node: Expr) -> Value:
    one, other = compared(writer.value(node.this), writer.value(node.expression))
    return Value(f"{one.operand} {_COMPARISONS[type(node)]} {other.operand}", "BOOLEAN", simple=False)


@writes(exp.Between, takes=("this", "low", "high"))
def _between(writer: Writer, node: Expr) -> Value:
    value = writer.value(node.this)
    low_value, low = compared(value, writer.value(node.args["low"]))
    high_value, high = compared(value, writer.value(node.args["high"]))
    if low_value == high_value:
        return Value(f"{low_value.operand} BETWEEN {low.operand} AND {high.operand}", "BOOLEAN", simple=False)
    test = f"{low_value.operand} >= {low.operand} AND {high_value.operand} <= {high.operand}"
    return Value(test, "BOOLEAN", simple=False)


@writes(exp.In, takes=("this", "expressions", "query"))
def _in(writer: Writer, node: Expr) -> Value:
    if node.args.get("query"):
        return _in_query(writer, node)
    (value, *members), _ = alike([writer.value(node.this), *map(writer.value, node.expressions)])
    return Value(f"{value.operand} IN ({', '.join(member.sql for member in members)})", "BOOLEAN", simple=False)


def _in_query(writer: Writer, node: Expr) -> Value:
    """Whether a value, or several in parentheses, are a row of a query."""
    from movie_assets.dqdl.sql.queries import query

    sought = [
        writer.value(part) for part in (node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this])
    ]
    found = query(node.args["query"], writer.within(writer.scope.inside()))
    if len(found.columns) != len(sought):
        raise SqlRefusedError(f"{len(sought)} values are looked for in a query of {len(found.columns)} columns")
    names = [f"v{index}" for index in range(len(sought))]
    members = [Value(f"q.{name}", column.type) for name, column in zip(names, found.columns, strict=True)]
    pairs = [alike(pair)[0] for pair in zip(sought, members, strict=True)]
    row = ", ".join(value.sql for value, _ in pairs)
    cells = ", ".join(member.sql for _, member in pairs)
    return Value(f"({row}) IN (SELECT {cells} FROM ({found.sql}) AS q({', '.join(names)}))", "BOOLEAN", simple=False)


@writes(exp.Subquery, exp.Select, takes=None)
def _scalar(writer: Writer, node: Expr) -> Value:
    from movie_assets.dqdl.sql.queries import only_column

    return Value(f"({(found := only_column(writer, node))[0]})", found[1])


@writes(exp.Is, takes=("this", "expression", "negate"))
def _is(writer: Writer, node: Expr) -> Value:
    value = writer.value(node.this)
    if not isinstance(node.expression, (exp.Null, exp.Boolean)):
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    if isinstance(node.expression, exp.Boolean):
        value = as_type(value, "BOOLEAN")
    test = f"{value.operand} IS {'NOT ' if node.args.get('negate') else ''}{writer.value(node.expression).sql}"
    return Value(test, "BOOLEAN", simple=False)


@writes(exp.Cast, exp.TryCast, takes=("this", "to"))
def _cast(writer: Writer, node: Expr) -> Value:
    kind = node.args["to"]
    if not isinstance(kind, exp.DataType) or not isinstance(kind.this, exp.DType):
        raise SqlRefusedError(f"the type in {node.sql('spark')} is not known here")
    target = kind.sql("duckdb").upper().replace(", ", ",")
    target = _CASTS.get(target, target)
    if not _TARGET.fullmatch(target):
        raise SqlRefusedError(f"can't be translated: a cast to {kind.sql('spark')}")
    return cast(writer.value(node.this), target)
