"""Regular expressions in Spark SQL: the one place that writes a pattern for the engine."""

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.columns import literal
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.texts import bounded
from movie_assets.dqdl.sql.typed import Value, as_type, once, text
from movie_assets.dqdl.sql.writer import Writer, arguments, writes


def pattern(value: Value) -> str:
    """A regular expression for the engine.

    Raises: SqlRefusedError, where it is not a plain text: then it would be read for each row.
    """
    if value.literal is None:
        raise SqlRefusedError("a regular expression must be a plain text here")
    return literal(value.literal)


@writes(exp.RegexpLike)
def _matches(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression")
    value = text(writer.value(node.this))
    return Value(f"regexp_matches({value.sql}, {pattern(writer.value(node.expression))})", "BOOLEAN")


@writes(exp.RegexpExtract, exp.RegexpExtractAll)
def _extract(writer: Writer, node: Expr) -> Value:
    """A group of the first match, or of all; the first group unless another is named, the whole text of none."""
    arguments(node, "this", "expression", "group")
    value = text(writer.value(node.this))
    group = as_type(writer.value(node.args["group"]), "INTEGER").sql if node.args.get("group") else "1"
    one = isinstance(node, exp.RegexpExtract)
    name = "regexp_extract" if one else "regexp_extract_all"
    call = f"{name}({value.sql}, {pattern(writer.value(node.expression))}, {group})"
    return Value(call, "VARCHAR" if one else "VARCHAR[]")


@writes(exp.RegexpReplace)
def _replaced(writer: Writer, node: Expr) -> Value:
    """Every match replaced; ``$1`` names a group."""
    arguments(node, "this", "expression", "replacement")
    value, found = text(writer.value(node.this)), pattern(writer.value(node.expression))
    replacement = writer.value(node.args["replacement"])
    if replacement.literal is None:
        raise SqlRefusedError("the replacement of regexp_replace must be a plain text here")
    new, groups = replacement_for_engine(replacement.literal)
    longest = len(replacement.literal.encode()) + groups  # bytes that a match can add for each one of the text

    def made(text: str) -> str:
        return f"regexp_replace({text}, {found}, {literal(new)}, 'g')"

    def short(text: str) -> str:
        return bounded(writer.longest, "regexp_replace", f"(strlen({text}) + 1) * {longest}", text, made)

    return Value(made(value.operand) if longest <= 1 and not groups else once(short, value), "VARCHAR")


def replacement_for_engine(replacement: str) -> tuple[str, int]:
    """A replacement with Java's ``$1`` as the engine writes it, and how many groups it names."""
    import re

    groups = 0
    pieces = []
    for piece in re.findall(r"\\.|\$\d|.", replacement, flags=re.DOTALL):
        if piece[0] == "$" and len(piece) == 2:
            groups += 1
            pieces.append(f"\\{piece[1]}")
        else:
            plain = piece[1] if len(piece) == 2 else piece
            pieces.append("\\\\" if plain == "\\" else plain)
    return "".join(pieces), groups


@writes(exp.RegexpSplit)
def _split(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression")
    value = text(writer.value(node.this))
    return Value(f"string_split_regex({value.sql}, {pattern(writer.value(node.expression))})", "VARCHAR[]")


@writes(exp.RegexpCount)
def _count(writer: Writer, node: Expr) -> Value:
    arguments(node, "this", "expression")
    value = text(writer.value(node.this))
    found = f"regexp_extract_all({value.sql}, {pattern(writer.value(node.expression))})"
    return Value(f"CAST(len({found}) AS INTEGER)", "INTEGER")
