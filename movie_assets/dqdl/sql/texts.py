"""Functions over text with a form of their own; those that make longer texts have bounds.

The engine's memory limit doesn't see the texts of the 2,048 rows that it computes at a time, and nothing interrupts it
within them. So each text that a statement makes has a longest length, its share of what all functions in the statement
may make for a row; a text that would be longer fails the rule.
"""

import re
from collections.abc import Callable, Sequence

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.columns import literal
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import Value, as_type, once, text
from movie_assets.dqdl.sql.writer import Writer, arguments, constant, writes

MAKERS = (
    exp.Repeat, exp.Pad, exp.Space, exp.Concat, exp.DPipe, exp.ConcatWs, exp.Replace, exp.RegexpReplace,
    exp.ArrayToString, exp.Hex, exp.ToBase64,
)  # fmt: skip
"""What can make a text longer than its arguments."""

MADE = 80_000
"""Bytes of text that the functions of one statement may make for a row; each gets its share."""

PAIRS = 100_000
"""Pairs of characters that levenshtein may compare for a row: half a second for the rows computed at a time."""

_ESCAPE = "\\"


def longest(tree: Expr) -> int:
    """The bound of each text that a statement makes, in bytes."""
    return MADE // max(1, sum(1 for _ in tree.find_all(*MAKERS)))


def bounded(writer: Writer, name: str, size: str, made: str) -> str:
    """``made`` unless it would be too long: then an error that says so. A null size is a null text."""
    reason = literal(f"{name} would make a text longer than {writer.longest:,} bytes")
    return f"CASE WHEN {size} > {writer.longest} THEN error({reason}) ELSE {made} END"


@writes(exp.Repeat)
def _repeat(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "times")
    value, times = text(writer.value(node.this)), as_type(writer.value(node.args["times"]), "INTEGER")

    def made(value: str, times: str) -> str:
        size = f"CAST(strlen({value}) AS HUGEINT) * {times}"
        return bounded(writer, "repeat", size, f"repeat({value}, greatest({times}, 0))")

    return Value(once(made, value, times), "VARCHAR")


@writes(exp.Space)
def _space(writer: Writer, node: Expr) -> Value:
    times = as_type(writer.value(node.this), "INTEGER")
    return Value(
        once(lambda times: bounded(writer, "space", times, f"repeat(' ', greatest({times}, 0))"), times), "VARCHAR"
    )


@writes(exp.Pad)
def _pad(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression", "fill_pattern", "is_left")
    name = "lpad" if node.args.get("is_left") else "rpad"
    fill = node.args.get("fill_pattern")
    with_ = text(writer.value(fill)) if fill else Value("' '", "VARCHAR", literal=" ")
    value, width = text(writer.value(node.this)), as_type(writer.value(node.expression), "INTEGER")

    def made(value: str, width: str, with_: str) -> str:
        width = f"greatest({width}, 0)"
        padded = f"CASE WHEN {with_} = '' THEN left({value}, {width}) ELSE {name}({value}, {width}, {with_}) END"
        return bounded(writer, name, f"4 * {width}::BIGINT", padded)

    return Value(once(made, value, width, with_), "VARCHAR")


@writes(exp.Concat, exp.DPipe)
def _concat(writer: Writer, node: Expr) -> Value:
    """Texts joined, null if one is null; or lists."""
    arguments(node, "this", "expression", "expressions")
    values = [writer.value(part) for part in node.expressions or (node.this, node.expression)]
    if any(value.is_list for value in values):
        raise SqlRefusedError("concat of arrays is not known here")
    return _joined(writer, "concat", [text(value) for value in values], lambda *parts: " || ".join(parts))


@writes(exp.ConcatWs)
def _concat_ws(writer: Writer, node: Expr) -> Value:
    values = [text(writer.value(part)) for part in node.expressions]
    parts = [
        Value(f"array_to_string({value.sql}, {values[0].sql})", "VARCHAR") if value.is_list else value
        for value in values
    ]
    between = len(parts)
    return _joined(writer, "concat_ws", parts, lambda *texts: f"concat_ws({', '.join(texts)})", between)


def _joined(writer: Writer, name: str, parts: Sequence[Value], join: Callable[..., str], separators: int = 1) -> Value:
    def made(*texts: str) -> str:
        sizes = [f"coalesce(strlen({part}), 0)" for part in texts]
        sizes[0] = f"{separators} * {sizes[0]}"
        return bounded(writer, name, " + ".join(sizes), join(*texts))

    return Value(once(made, *parts), "VARCHAR", simple=True)


@writes(exp.Replace)
def _replace(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression", "replacement")
    value, old = text(writer.value(node.this)), text(writer.value(node.expression))
    new = (
        text(writer.value(node.args["replacement"]))
        if node.args.get("replacement")
        else Value("''", "VARCHAR", literal="")
    )
    if old.literal is not None and new.literal is not None and len(new.literal.encode()) <= len(old.literal.encode()):
        return Value(f"replace({value.sql}, {old.sql}, {new.sql})", "VARCHAR")

    def made(value: str, old: str, new: str) -> str:
        count = f"(strlen({value}) - strlen(replace({value}, {old}, ''))) // nullif(strlen({old}), 0)"
        size = f"strlen({value}) + coalesce({count}, 0) * (strlen({new}) - strlen({old}))"
        return bounded(writer, "replace", size, f"replace({value}, {old}, {new})")

    return Value(once(made, value, old, new), "VARCHAR")


@writes(exp.ArrayToString)
def _array_join(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression", "null")
    values, between = writer.value(node.this), text(writer.value(node.expression))
    null = text(writer.value(node.args["null"])) if node.args.get("null") else None

    def made(values: str, between: str) -> str:
        if null is not None:
            values = f"list_transform({values}, lambda __w: coalesce(CAST(__w AS VARCHAR), {null.sql}))"
        sizes = f"coalesce(list_sum(list_transform({values}, lambda __w: strlen(CAST(__w AS VARCHAR)))), 0)"
        joined = f"array_to_string({values}, {between})"
        return bounded(writer, "array_join", f"{sizes} + len({values}) * strlen({between})", joined)

    return Value(once(made, values, between), "VARCHAR")


@writes(exp.Hex, exp.ToBase64)
def _encoded(writer: Writer, node: Expr) -> Value:
    value = writer.value(node.this)
    name = "hex" if isinstance(node, exp.Hex) else "base64"
    if name == "hex" and value.family == "integral":
        return Value(f"hex({value.sql})", "VARCHAR")
    value = value if value.type == "BLOB" else text(value)
    taken = "{}" if value.type == "BLOB" or name == "hex" else "encode({})"
    made = ("hex({})" if name == "hex" else "to_base64({})").format(taken)
    size = "octet_length({})" if value.type == "BLOB" else "strlen({})"
    return Value(once(lambda sql: bounded(writer, name, f"2 * {size.format(sql)}", made.format(sql)), value), "VARCHAR")


@writes(exp.Levenshtein)
def _levenshtein(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression")

    def made(one: str, other: str) -> str:
        reason = literal(f"levenshtein would compare more than {PAIRS:,} pairs of characters")
        size = f"CAST(strlen({one}) AS BIGINT) * strlen({other})"
        return f"CASE WHEN {size} > {PAIRS} THEN error({reason}) ELSE CAST(levenshtein({one}, {other}) AS INTEGER) END"

    return Value(once(made, text(writer.value(node.this)), text(writer.value(node.expression))), "INTEGER")


@writes(exp.Trim)
def _trim(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression", "position")
    name = {"": "trim", "BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.text("position").upper())
    if name is None:
        raise SqlRefusedError(f"{node.text('position')!r} is no word of SQL here")
    parts = [node.this, *([node.expression] if node.args.get("expression") else [])]
    return Value(f"{name}({', '.join(text(writer.value(part)).sql for part in parts)})", "VARCHAR")


@writes(exp.Like, exp.ILike, exp.Escape)
def _like(writer: Writer, node: Expr) -> Value:
    escape = _ESCAPE
    if isinstance(node, exp.Escape):
        escape, node = constant(node.expression), node.this
        if len(escape) != 1 or not isinstance(node, (exp.Like, exp.ILike)):
            raise SqlRefusedError("the escape of like is one character")
    fold = isinstance(node, exp.ILike)
    value = text(writer.value(node.this))
    if isinstance(node.expression, (exp.Any, exp.All)):
        tests = [_like_one(value, writer.value(pattern), escape, fold) for pattern in _patterns(node.expression)]
        return Value((" OR " if isinstance(node.expression, exp.Any) else " AND ").join(tests), "BOOLEAN", simple=False)
    return Value(_like_one(value, text(writer.value(node.expression)), escape, fold), "BOOLEAN", simple=False)


def _patterns(node: Expr) -> list[Expr]:
    if isinstance(node.this, exp.Tuple):
        return list(node.this.expressions)
    if isinstance(node.this, exp.Paren):
        return [node.this.this]
    raise SqlRefusedError(f"{node.sql('spark')} is not known here")


def _like_one(value: Value, pattern: Value, escape: str, fold: bool) -> str:
    """LIKE in time linear in the text: the engine's own tries every way to match where ``_`` or an escape stands."""
    if pattern.literal is not None and escape not in pattern.literal and "_" not in pattern.literal:
        return f"{value.operand} {'ILIKE' if fold else 'LIKE'} {pattern.sql}"
    flags = "(?si)" if fold else "(?s)"
    if pattern.literal is not None:
        return f"regexp_full_match({value.sql}, {literal(flags + _regex(pattern.literal, escape))})"
    written = f"regexp_replace({pattern.sql}, '([^A-Za-z0-9\\x80-\\x{{10FFFF}}])', '\\\\\\1', 'g')"
    for old, new in _steps(escape):
        written = f"replace({written}, {literal(old)}, {literal(new)})"
    return f"regexp_full_match({value.sql}, {literal(flags)} || {written})"


def _regex(pattern: str, escape: str) -> str:
    pieces = []
    for piece in re.findall(rf"{re.escape(escape)}.|.", pattern, flags=re.DOTALL):
        if len(piece) == 2:
            pieces.append(re.escape(piece[1]))
        else:
            pieces.append({"%": ".*", "_": "."}.get(piece) or re.escape(piece))
    return "".join(pieces)


def _steps(escape: str) -> list[tuple[str, str]]:
    """From a pattern with a backslash before all that is no letter, to a regular expression."""
    escaped = escape if escape.isalnum() else f"\\{escape}"
    return [
        (escaped * 2, "\x01"), (f"{escaped}\\%", "\x02"), (f"{escaped}\\_", "\x03"),
        ("\\%", ".*"), ("\\_", "."), ("\x01", escaped), ("\x02", "%"), ("\x03", "_"),
    ]  # fmt: skip
