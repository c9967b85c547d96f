"""CASE and its kin, and what is made of several values: arrays, structs, maps, and functions over elements."""

from dataclasses import replace

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.texts import MAKERS
from movie_assets.dqdl.sql.typed import NULL, Value, alike, as_type, compared, once
from movie_assets.dqdl.sql.writer import Writer, writes
from movie_assets.quoting import identifier, literal


@writes(exp.Case, takes=("this", "ifs", "default"))
def _case(writer: Writer, node: Expr) -> Value:
    tests = [branch.this for branch in node.args["ifs"]]
    if node.this:
        tests = [exp.EQ(this=node.this, expression=test) for test in tests]
    results = [branch.args["true"] for branch in node.args["ifs"]]
    return _choice(writer, tests, results, node.args.get("default"))


@writes(exp.If, takes=("this", "true", "false"))
def _if(writer: Writer, node: Expr) -> Value:
    return _choice(writer, [node.this], [node.args["true"]], node.args.get("false"))


@writes(exp.Nullif)
def _nullif(writer: Writer, node: Expr) -> Value:
    value, other = writer.value(node.this), writer.value(node.expression)

    def write(this: str, that: str) -> str:
        one, two = compared(Value(this, value.type), Value(that, other.type))
        return f"CASE WHEN {one.operand} = {two.operand} THEN NULL ELSE {this} END"

    return Value(once(write, value, other), value.type)


@writes(exp.EqualNull)
def _equal_null(writer: Writer, node: Expr) -> Value:
    return writer.value(exp.NullSafeEQ(this=node.this, expression=node.expression))


@writes(exp.DecodeCase)
def _decode(writer: Writer, node: Expr) -> Value:
    """``decode(x, key, value, …, otherwise)``; null finds null."""
    sought, *rest = node.expressions
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    tests: list[Expr] = [exp.NullSafeEQ(this=sought, expression=key) for key, _ in pairs]
    return _choice(writer, tests, [value for _, value in pairs], rest[-1] if len(rest) % 2 else None)


def _choice(writer: Writer, tests: list[Expr], results: list[Expr], otherwise: Expr | None) -> Value:
    values, kind = alike([writer.value(result) for result in [*results, *([otherwise] if otherwise else [])]])
    whens = [
        f"WHEN {as_type(writer.value(test), 'BOOLEAN').sql} THEN {value.sql}"
        for test, value in zip(tests, values, strict=False)
    ]
    last = f" ELSE {values[-1].sql}" if otherwise else ""
    return Value(f"CASE {' '.join(whens)}{last} END", kind)


@writes(exp.Coalesce, exp.Greatest, exp.Least)
def _first_of(writer: Writer, node: Expr) -> Value:
    values, kind = alike(
        [writer.value(value) for value in [node.this, *node.expressions]], into_text=isinstance(node, exp.Coalesce)
    )
    return Value(f"{node.key}({', '.join(value.sql for value in values)})", kind)


@writes(exp.Array)
def _array(writer: Writer, node: Expr) -> Value:
    values, kind = alike([writer.value(value) for value in node.expressions])
    return Value(f"[{', '.join(value.sql for value in values)}]", f"{kind}[]" if kind and kind != NULL else None)


@writes(exp.Struct)
def _struct(writer: Writer, node: Expr) -> Value:
    fields = []
    for field in node.expressions:
        if not isinstance(field, exp.PropertyEQ):
            raise SqlRefusedError(f"{node.sql('spark')} is not known here")
        fields.append(f"{literal(field.this.name)}: {writer.value(field.expression).sql}")
    return Value(f"{{{', '.join(fields)}}}")


@writes(exp.Bracket, takes=("this", "expressions", "offset"))
def _element(writer: Writer, node: Expr) -> Value:
    """An element of a list, counted from 0 in brackets and from 1 by ``element_at``, or of a map."""
    if len(node.expressions) != 1:
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    value, index = writer.value(node.this), writer.value(node.expressions[0])
    if index.family != "integral":
        return Value(f"map_extract_value({value.sql}, {index.sql})")
    kind = value.type[:-2] if value.is_list and value.type else None
    if node.args.get("offset"):
        return Value(f"list_extract({value.sql}, {index.sql})", kind)
    at = once(lambda sql: f"CASE WHEN {sql} >= 0 THEN {sql} + 1 END", index)
    return Value(f"list_extract({value.sql}, {at})", kind)


@writes(exp.ArraySort, takes=("this", "asc", "nulls_first"))
def _sorted(writer: Writer, node: Expr) -> Value:
    value, rising = writer.value(node.this), node.args.get("asc")
    order = "DESC" if isinstance(rising, exp.Boolean) and not rising.this else "ASC"
    nulls = "FIRST" if getattr(node.args.get("nulls_first"), "this", False) else "LAST"
    return Value(f"list_sort({value.sql}, '{order}', 'NULLS {nulls}')", value.type)


@writes(exp.Exists)
def _exists(writer: Writer, node: Expr) -> Value:
    """Whether a query has rows, or a condition holds for an element of an array."""
    from movie_assets.dqdl.sql.queries import query

    if isinstance(node.this, exp.Query):
        return Value(f"EXISTS ({query(node.this, writer.within(writer.scope.inside())).sql})", "BOOLEAN")
    values, element, test = _lambda(writer, node, node.this, node.expression)
    test = as_type(test, "BOOLEAN")

    def write(values: str) -> str:
        def some(condition: str) -> str:
            return f"len(list_filter({values}, lambda {element}: {condition})) > 0"

        unknown = f"{values} IS NULL OR {some(f'{test.operand} IS NULL')}"
        return f"CASE WHEN {some(test.sql)} THEN TRUE WHEN {unknown} THEN NULL ELSE FALSE END"

    return Value(once(write, values), "BOOLEAN")


@writes(exp.ArrayFilter, exp.Transform)
def _over_elements(writer: Writer, node: Expr) -> Value:
    values, element, body = _lambda(writer, node, node.this, node.expression)
    kept = isinstance(node, exp.ArrayFilter)
    call = "list_filter" if kept else "list_transform"
    kind = values.type if kept else (f"{body.type}[]" if body.type else None)
    return Value(f"{call}({values.sql}, lambda {element}: {body.sql})", kind)


def _lambda(writer: Writer, node: Expr, array: Expr, function: Expr) -> tuple[Value, str, Value]:
    """An array, the name of its elements, and what a function makes of one."""
    if not isinstance(function, exp.Lambda) or len(function.expressions) != 1:
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    if maker := function.find(*MAKERS):
        raise SqlRefusedError(f"{maker.key.upper()} may not run for each element of an array: it makes longer texts")
    values = writer.value(array)
    name = function.expressions[0].name.lower()
    element = identifier(f"__e{len(writer.scope.variables)}")
    variable = Value(element, values.type[:-2] if values.is_list and values.type else None)
    scope = replace(writer.scope, variables={**writer.scope.variables, name: variable})
    return values, element, writer.within(scope).value(function.this)
