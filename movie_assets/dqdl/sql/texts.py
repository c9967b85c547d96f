"""Functions over text with a form of their own; those that make longer texts have bounds.

The engine's memory limit doesn't see the texts of the 2,048 rows that it computes at a time, and nothing interrupts it
within them. So each text that a statement makes has a longest length, its share of what all functions in the statement
may make for a row; a text that would be longer fails the rule.
"""

import re
from collections.abc import Callable, Sequence

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import NUMBERS, Value, as_type, cast, once, text
from movie_assets.dqdl.sql.writer import Writer, constant, writes
from movie_assets.quoting import literal

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
    chained = (node for node in tree.find_all(exp.DPipe) if isinstance(node.parent, exp.DPipe))  # one text, not many
    makers = sum(1 for _ in tree.find_all(*MAKERS)) - sum(1 for _ in chained)
    return MADE // max(1, makers)


def bounded(
    longest: int, name: str, size: str, argument: str, made: Callable[[str], str], *, kind: str = "VARCHAR"
) -> str:
    """``made`` of an argument unless the text would be too long: then an error that says so."""
    reason = f"{name} would make a text longer than {longest:,} bytes"
    return guarded(size, longest, reason, argument, made, kind=kind)


def guarded(
    size: str, most: int, reason: str, argument: str, made: Callable[[str], str], *, kind: str = "VARCHAR"
) -> str:
    """``made`` of an argument, or an error where a size is more than it may be.

    The argument is null then: the engine computes a call of constants while it plans, whatever stands around it.
    """
    fits = f"CASE WHEN {size} <= {most} THEN {argument} END"
    # A window can't part or order by what calls error(), but by a cast that fails.
    refused = f"CAST(CAST(CAST({literal(f'refused: {reason}')} AS INTEGER) AS VARCHAR) AS {kind})"
    return f"CASE WHEN {size} > {most} THEN {refused} ELSE {made(fits)} END"


@writes(exp.Repeat, takes=("this", "times"))
def _repeat(writer: Writer, node: Expr) -> Value:
    value, times = text(writer.value(node.this)), as_type(writer.value(node.args["times"]), "INTEGER")

    def made(value: str, times: str) -> str:
        size = f"CAST(strlen({value}) AS HUGEINT) * {times}"
        return bounded(writer.longest, "repeat", size, times, lambda fits: f"repeat({value}, greatest({fits}, 0))")

    return Value(once(made, value, times), "VARCHAR")


@writes(exp.Space)
def _space(writer: Writer, node: Expr) -> Value:
    def made(times: str) -> str:
        return bounded(writer.longest, "space", times, times, lambda fits: f"repeat(' ', greatest({fits}, 0))")

    return Value(once(made, as_type(writer.value(node.this), "INTEGER")), "VARCHAR")


@writes(exp.Pad, takes=("this", "expression", "fill_pattern", "is_left"))
def _pad(writer: Writer, node: Expr) -> Value:
    name = "lpad" if node.args.get("is_left") else "rpad"
    fill = node.args.get("fill_pattern")
    with_ = text(writer.value(fill)) if fill else Value("' '", "VARCHAR", literal=" ")
    value, width = text(writer.value(node.this)), as_type(writer.value(node.expression), "INTEGER")

    def made(value: str, width: str, with_: str) -> str:
        def padded(fits: str) -> str:
            fits = f"CASE WHEN {fits} < 0 THEN 0 ELSE {fits} END"
            return f"CASE WHEN {with_} = '' THEN left({value}, {fits}) ELSE {name}({value}, {fits}, {with_}) END"

        return bounded(writer.longest, name, f"4 * CAST({width} AS BIGINT)", width, padded)  # a character has 4 bytes

    return Value(once(made, value, width, with_), "VARCHAR")


@writes(exp.Concat, exp.DPipe)
def _concat(writer: Writer, node: Expr) -> Value:
    """Texts joined, null if one is null."""
    values = [writer.value(part) for part in node.expressions or node.flatten(unnest=False)]
    if any(value.is_list for value in values):
        raise SqlRefusedError("concat of arrays is not known here")
    return _joined(writer, "concat", [text(value) for value in values], lambda *parts: " || ".join(parts))


@writes(exp.ConcatWs)
def _concat_ws(writer: Writer, node: Expr) -> Value:
    """Texts that are not null, joined by the first."""
    values = [text(writer.value(part)) for part in node.expressions]
    for index, value in enumerate(values):
        if value.is_list:
            joined = writer.value(exp.ArrayToString(this=node.expressions[index], expression=node.expressions[0]))
            values[index] = Value(f"nullif({joined.sql}, '')", "VARCHAR")
    return _joined(writer, "concat_ws", values, lambda *texts: f"concat_ws({', '.join(texts)})", len(values))


def _joined(writer: Writer, name: str, parts: Sequence[Value], join: Callable[..., str], times: int = 1) -> Value:
    """Texts joined; the first of them is taken a number of times."""

    def made(first: str, *others: str) -> str:
        sizes = [f"{times} * coalesce(strlen({first}), 0)", *(f"coalesce(strlen({other}), 0)" for other in others)]
        return bounded(writer.longest, name, " + ".join(sizes), first, lambda fits: join(fits, *others))

    return Value(once(made, *parts), "VARCHAR")


@writes(exp.Replace, takes=("this", "expression", "replacement"))
def _replace(writer: Writer, node: Expr) -> Value:
    new = text(writer.value(node.args["replacement"])) if node.args.get("replacement") else Value("''", literal="")
    value, old = text(writer.value(node.this)), text(writer.value(node.expression))
    if old.literal is not None and new.literal is not None and len(new.literal.encode()) <= len(old.literal.encode()):
        return Value(f"replace({value.sql}, {old.sql}, {new.sql})", "VARCHAR")

    def made(value: str, old: str, new: str) -> str:
        count = f"(strlen({value}) - strlen(replace({value}, {old}, ''))) // nullif(strlen({old}), 0)"
        size = f"strlen({value}) + coalesce({count}, 0) * (strlen({new}) - strlen({old}))"
        return bounded(writer.longest, "replace", size, new, lambda fits: f"replace({value}, {old}, {fits})")

    return Value(once(made, value, old, new), "VARCHAR")


@writes(exp.ArrayToString, takes=("this", "expression", "null"))
def _array_join(writer: Writer, node: Expr) -> Value:
    values, between = writer.value(node.this), text(writer.value(node.expression))
    null = text(writer.value(node.args["null"])).operand if node.args.get("null") else "NULL"

    def made(values: str, between: str) -> str:
        texts = f"list_transform({values}, lambda __w: coalesce(CAST(__w AS VARCHAR), {null}))"
        size = f"coalesce(list_sum(list_transform({texts}, lambda __w: strlen(__w) + strlen({between}))), 0)"
        return bounded(writer.longest, "array_join", size, texts, lambda fits: f"array_to_string({fits}, {between})")

    return Value(once(made, values, between), "VARCHAR")


@writes(exp.Hex, exp.ToBase64)
def _encoded(writer: Writer, node: Expr) -> Value:
    value = writer.value(node.this)
    name = "hex" if isinstance(node, exp.Hex) else "base64"
    if name == "hex" and value.family in NUMBERS:
        return Value(f"hex({cast(value, 'BIGINT').sql})", "VARCHAR")
    value = value if value.type == "BLOB" else text(value)
    bytes_of, size_of = ("{}", "octet_length") if value.type == "BLOB" else ("encode({})", "strlen")

    def made(value: str) -> str:
        def encoded(fits: str) -> str:
            return f"{'hex' if name == 'hex' else 'to_base64'}({bytes_of.format(fits)})"

        return bounded(writer.longest, name, f"2 * {size_of}({value})", value, encoded)

    return Value(once(made, value), "VARCHAR")


@writes(exp.Levenshtein)
def _levenshtein(writer: Writer, node: Expr) -> Value:
    reason = f"levenshtein would compare more than {PAIRS:,} pairs of characters"

    def made(one: str, other: str) -> str:
        size = f"CAST(strlen({one}) AS BIGINT) * strlen({other})"
        return guarded(
            size, PAIRS, reason, one, lambda fits: f"CAST(levenshtein({fits}, {other}) AS INTEGER)", kind="INTEGER"
        )

    return Value(once(made, text(writer.value(node.this)), text(writer.value(node.expression))), "INTEGER")


@writes(exp.JSONExtractScalar, takes=("this", "expression", "only_json_types", "scalar_only"))
def _from_json(writer: Writer, node: Expr) -> Value:
    """``get_json_object``: what stands at a path of names and indices; null in what is no JSON."""
    path = node.expression
    steps = (exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript)
    plain = isinstance(path, exp.JSONPath) and all(
        isinstance(step, steps) and isinstance(step.this, (str, int, type(None))) for step in path.expressions
    )
    if not plain:
        raise SqlRefusedError(f"{node.sql('spark')} is not known here")
    names = (step.this for step in path.expressions if not isinstance(step, exp.JSONPathRoot))
    written = literal("$" + "".join(f"[{name}]" if isinstance(name, int) else f'."{name}"' for name in names))

    def write(json: str) -> str:
        return f"json_extract_string(CASE WHEN json_valid({json}) THEN {json} END, {written})"

    return Value(once(write, text(writer.value(node.this))), "VARCHAR")


@writes(exp.Trim, takes=("this", "expression", "position"))
def _trim(writer: Writer, node: Expr) -> Value:
    name = {"": "trim", "BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.text("position").upper())
    if name is None:
        raise SqlRefusedError(f"{node.text('position')!r} is no word of SQL here")
    parts = [node.this, *([node.expression] if node.args.get("expression") else [])]
    return Value(f"{name}({', '.join(text(writer.value(part)).sql for part in parts)})", "VARCHAR")


@writes(exp.Like, exp.ILike, exp.Escape, takes=("this", "expression", "negate"))
def _like(writer: Writer, node: Expr) -> Value:
    """``not like any`` holds where one of the patterns doesn't match, ``not like all`` where none does."""
    escape = _ESCAPE
    if isinstance(node, exp.Escape):
        escape, node = constant(node.expression), node.this
        if len(escape) != 1 or not isinstance(node, (exp.Like, exp.ILike)):
            raise SqlRefusedError("the escape of like is one character")
    each = isinstance(node.expression, (exp.Any, exp.All))
    patterns = _patterns(node.expression) if each else [node.expression]
    value, fold = text(writer.value(node.this)), isinstance(node, exp.ILike)
    tests = [_like_one(value, text(writer.value(pattern)), escape, fold) for pattern in patterns]
    if node.args.get("negate"):
        tests = [f"NOT ({test})" for test in tests]
    return Value((" OR " if isinstance(node.expression, exp.Any) else " AND ").join(tests), "BOOLEAN", simple=False)


def _patterns(node: Expr) -> list[Expr]:
    if isinstance(node.this, exp.Tuple):
        return list(node.this.expressions)
    if isinstance(node.this, exp.Paren):
        return [node.this.this]
    raise SqlRefusedError(f"{node.sql('spark')} is not known here")


def _like_one(value: Value, pattern: Value, escape: str, fold: bool) -> str:
    """LIKE in time linear in the text: the engine's own tries every way to match where ``_`` or an escape stands."""
    if pattern.literal is not None and escape not in pattern.literal and "_" not in pattern.literal:
        if fold:
            return f"lower({value.sql}) LIKE {literal(pattern.literal.lower())}"
        return f"{value.operand} LIKE {pattern.sql}"
    flags = "(?si)" if fold else "(?s)"
    if pattern.literal is not None:
        return f"regexp_full_match({value.sql}, {literal(flags + _regex(pattern.literal, escape))})"
    return once(lambda value, pattern: _like_each(value, pattern, escape, fold), value, pattern)


def _like_each(value: str, pattern: str, escape: str, fold: bool) -> str:
    """LIKE with a pattern of each row: the engine's own where it is one text around which anything may stand."""
    written = f"regexp_replace({pattern}, '([^A-Za-z0-9\\x80-\\x{{10FFFF}}])', '\\\\\\1', 'g')"
    for old, new in _steps(escape):
        written = f"replace({written}, {literal(old)}, {literal(new)})"
    plain = f"NOT contains({pattern}, '_') AND NOT contains({pattern}, {literal(escape)})"
    plain += f" AND strlen({pattern}) - strlen(replace({pattern}, '%', '')) <= 2"
    flags = literal("(?si)" if fold else "(?s)")
    own = f"{value} {'ILIKE' if fold else 'LIKE'} {pattern}"
    return f"CASE WHEN {plain} THEN {own} ELSE regexp_full_match({value}, {flags} || {written}) END"


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
