"""Counts, lists of values, windows, and what else needs more than a line of the table."""

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.dates import part
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import Value, as_type, cast, once
from movie_assets.dqdl.sql.writer import Writer, arguments, call, functions, named, writes
from movie_assets.quoting import identifier, literal

LISTED = 10_000
"""Values of a list that an aggregate may make: a list is copied to every row it is read from."""

_TYPE_NAMES = {
    "VARCHAR": "string", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint",
    "HUGEINT": "bigint", "BLOB": "binary", "\"NULL\"": "void",
}  # fmt: skip
_CASTS = {
    "bigint": "BIGINT", "smallint": "SMALLINT", "tinyint": "TINYINT", "float": "FLOAT", "decimal": "DECIMAL(10,0)",
    "timestamp_seconds": "TIMESTAMP",
}  # fmt: skip
"""Functions that cast, of which sqlglot knows no node."""
_LISTS = (exp.ArrayAgg, exp.ArrayUniqueAgg)
_SIDES = ("PRECEDING", "FOLLOWING")


@writes(exp.Count)
def _count(writer: Writer, node: Expr) -> Value:
    """Rows, rows without a null in the arguments, or distinct ones of those."""
    if isinstance(node.this, exp.Star):
        return Value("count(*)", "BIGINT")
    distinct = isinstance(node.this, exp.Distinct)
    values = [writer.value(value) for value in (node.this.expressions if distinct else [node.this, *node.expressions])]
    counted = values[0].sql
    if len(values) > 1:
        full = " AND ".join(f"{value.operand} IS NOT NULL" for value in values)
        counted = f"CASE WHEN {full} THEN row({', '.join(value.sql for value in values)}) END"
    return Value(f"count({'DISTINCT ' if distinct else ''}{counted})", "BIGINT")


@writes(exp.WithinGroup)
def _within_group(writer: Writer, node: Expr) -> Value:
    """``percentile_cont`` and ``percentile_disc`` of what the group is ordered by."""
    keys = node.expression.expressions if isinstance(node.expression, exp.Order) else []
    if (
        not isinstance(node.this, (exp.PercentileCont, exp.PercentileDisc))
        or len(keys) != 1
        or keys[0].args.get("desc")
    ):
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    name = "quantile_cont" if isinstance(node.this, exp.PercentileCont) else "quantile_disc"
    value = as_type(writer.value(keys[0].this), "DOUBLE")
    return Value(f"{name}({value.sql}, {writer.value(node.this.this).sql})", "DOUBLE")


@writes(exp.Any)
def _any(writer: Writer, node: Expr) -> Value:
    if not isinstance(node.this, exp.Paren):
        raise SqlRefusedError("ANY may not run")
    return Value(f"bool_or({as_type(writer.value(node.this.this), 'BOOLEAN').sql})", "BOOLEAN")


@writes(*_LISTS)
def _list(writer: Writer, node: Expr) -> Value:
    """``collect_list`` and ``collect_set``: values without nulls, no more than are bounded."""
    distinct = "DISTINCT " if isinstance(node, exp.ArrayUniqueAgg) else ""
    inner = node.this
    if isinstance(inner, exp.Distinct) and len(inner.expressions) == 1:
        distinct, inner = "DISTINCT ", inner.expressions[0]
    value = writer.value(inner)
    reason = literal(f"a list of more than {LISTED:,} values would be collected")
    size, made = (
        f"count({distinct}{value.sql})",
        f"list({distinct}{value.sql}) FILTER (WHERE {value.operand} IS NOT NULL)",
    )
    sql = f"CASE WHEN {size} > {LISTED} THEN error({reason}) ELSE coalesce({made}, []) END"
    return Value(sql, f"{value.type}[]" if value.type else None)


@writes(exp.ArraySize)
def _size(writer: Writer, node: Expr) -> Value:
    """The size of a collected list is a count: no list is made."""
    if not isinstance(node.this, _LISTS):
        return call(writer, node)
    inner = node.this.this
    once_each = isinstance(node.this, exp.ArrayUniqueAgg) and not isinstance(inner, exp.Distinct)
    counted = exp.Count(this=exp.Distinct(expressions=[inner.copy()]) if once_each else inner.copy())
    return writer.value(counted)


@writes(exp.Filter)
def _filter(writer: Writer, node: Expr) -> Value:
    _plain(node.this)
    value = writer.value(node.this)
    return Value(f"{value.sql} FILTER (WHERE {as_type(writer.value(node.expression.this), 'BOOLEAN').sql})", value.type)


@writes(exp.IgnoreNulls)
def _without_nulls(writer: Writer, node: Expr) -> Value:
    """The first or last value that is not null."""
    value = writer.value(node.this)
    if isinstance(node.parent, exp.Window):
        return Value(f"{value.sql[:-1]} IGNORE NULLS)", value.type)
    if isinstance(node.this, (exp.First, exp.FirstValue, exp.AnyValue)):
        return Value(f"any_value({writer.value(node.this.this).sql})", value.type)
    if isinstance(node.this, (exp.Last, exp.LastValue)):
        inner = writer.value(node.this.this)
        return Value(f"last({inner.sql}) FILTER (WHERE {inner.operand} IS NOT NULL)", value.type)
    raise SqlRefusedError("IGNORE NULLS may not stand here")


@writes(exp.RespectNulls)
def _with_nulls(writer: Writer, node: Expr) -> Value:
    return writer.value(node.this)


def _plain(node: Expr) -> None:
    """Refuse what is not one call of an aggregate that a FILTER or OVER can follow."""
    if isinstance(node, _LISTS):
        raise SqlRefusedError(f"{node.key.upper()} can't be used with FILTER or OVER here")
    inner = node.this if isinstance(node, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)) else node
    if not isinstance(inner, (exp.Count, exp.Any)) and named(inner)[0] not in aggregates():
        raise SqlRefusedError(f"{node.sql('spark')} is no aggregate")


@writes(exp.Window, takes=("this", "partition_by", "order", "spec", "over", "alias"))
def _window(writer: Writer, node: Expr) -> Value:
    _plain(node.this)
    value = writer.value(node.this)
    named_one = node.args.get("alias")
    return Value(
        f"{value.sql} OVER {identifier(named_one.name) if named_one else f'({over(writer, node)})'}", value.type
    )


def over(writer: Writer, node: Expr) -> str:
    """What stands in the parentheses of OVER."""
    parts = []
    if node.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(writer.value(key).sql for key in node.args["partition_by"]))
    if node.args.get("order"):
        parts.append("ORDER BY " + ordered(writer, node.args["order"].expressions))
    spec = node.args.get("spec")
    if spec:
        arguments(spec, "kind", "start", "start_side", "end", "end_side")
        kind = str(spec.args["kind"]).upper()
        if kind not in ("ROWS", "RANGE"):
            raise SqlRefusedError(f"{kind!r} is no word of SQL for a window")
        parts.append(f"{kind} BETWEEN {_bound(writer, spec, 'start')} AND {_bound(writer, spec, 'end')}")
    return " ".join(parts)


def _bound(writer: Writer, spec: Expr, name: str) -> str:
    at, side = spec.args.get(name), str(spec.args.get(f"{name}_side") or "").upper()
    if at is None or str(at).upper() == "CURRENT ROW":
        return "CURRENT ROW"
    if side not in _SIDES:
        raise SqlRefusedError(f"{side!r} is no word of SQL for a window")
    return f"{'UNBOUNDED' if isinstance(at, str) and at.upper() == 'UNBOUNDED' else writer.value(at).sql} {side}"


def ordered(writer: Writer, keys: list[Expr]) -> str:
    """Keys of an order; nulls come first when it rises and last when it falls, as in Spark."""
    written = []
    for key in keys:
        if not isinstance(key, exp.Ordered):
            raise SqlRefusedError(f"{key.sql('spark')} may not stand in an order")
        nulls = "FIRST" if key.args.get("nulls_first") else "LAST"
        written.append(f"{writer.value(key.this).sql} {'DESC' if key.args.get('desc') else 'ASC'} NULLS {nulls}")
    return ", ".join(written)


@writes(exp.Explode, exp.Unnest)
def _explode(writer: Writer, node: Expr) -> Value:
    inner = node.this if isinstance(node, exp.Explode) else node.expressions[0]
    value = writer.value(inner)
    return Value(f"unnest({value.sql})", value.type[:-2] if value.is_list and value.type else None)


@writes(exp.SHA2, takes=("this", "length"))
def _sha2(writer: Writer, node: Expr) -> Value:
    if node.args.get("length") and node.args["length"].name not in ("0", "256"):
        raise SqlRefusedError("sha2 is known here with 256 bits only")
    return Value(f"sha256({as_type(writer.value(node.this), 'VARCHAR').sql})", "VARCHAR")


@writes(exp.Typeof)
def _typeof(writer: Writer, node: Expr) -> Value:
    """The type as Spark names it."""
    cases = " ".join(f"WHEN {literal(ours)} THEN {literal(name)}" for ours, name in _TYPE_NAMES.items())

    def name(kind: str) -> str:
        return f"CASE {kind} {cases} ELSE lower({kind}) END"

    def write(sql: str) -> str:
        kind = f"typeof({sql})"
        element = name(f"replace({kind}, '[]', '')")
        return f"CASE WHEN {kind} LIKE '%[]' THEN 'array<' || {element} || '>' ELSE {name(kind)} END"

    return Value(once(write, writer.value(node.this)), "VARCHAR")


@writes(exp.Anonymous)
def _anonymous(writer: Writer, node: Expr) -> Value:
    """Functions that sqlglot has no node for."""
    if node.name.lower() == "now" and not node.expressions:
        return writer.value(exp.CurrentTimestamp())
    name, arguments_of = node.name.lower(), node.expressions
    if name in ("date_part", "datepart") and len(arguments_of) == 2:
        return part(writer, *arguments_of)
    if name == "forall" and len(arguments_of) == 2 and isinstance(arguments_of[1], exp.Lambda):
        return _for_all(writer, node)
    if name in ("regexp", "regexp_like") and len(arguments_of) == 2:
        return writer.value(exp.RegexpLike(this=arguments_of[0], expression=arguments_of[1]))
    if name in _CASTS and len(arguments_of) == 1:
        return cast(writer.value(arguments_of[0]), _CASTS[name])
    return call(writer, node)


@writes(exp.Grouping, exp.GroupingId)
def _grouping(writer: Writer, node: Expr) -> Value:
    """Which of the keys a row of ROLLUP, CUBE or GROUPING SETS leaves out, as bits."""
    kind = "TINYINT" if isinstance(node, exp.Grouping) else "BIGINT"
    return Value(f"CAST(grouping({', '.join(writer.value(key).sql for key in node.expressions)}) AS {kind})", kind)


def _for_all(writer: Writer, node: Expr) -> Value:
    """``forall(array, x -> ...)``: none for which the condition doesn't hold."""
    values, function = node.expressions
    none = exp.Lambda(this=exp.Not(this=exp.Paren(this=function.this)), expressions=function.expressions)
    return writer.value(exp.Not(this=exp.Exists(this=values, expression=none)))


def aggregates() -> set[str]:
    """The names in the table of what aggregates or looks at other rows."""
    return {name for (name, _), function in functions().items() if function.aggregate}


def is_aggregate(tree: Expr) -> bool:
    """Whether a function in it aggregates, though sqlglot has no node for it."""
    return any(node.name.lower() in aggregates() for node in tree.find_all(exp.Anonymous))
