"""Regular expressions in Spark SQL."""

from collections.abc import Callable

from sqlglot import Expr, exp

from movie_assets.dqdl.patterns.nodes import PatternError
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.replacing import Replacement
from movie_assets.dqdl.sql import regexes
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.texts import bounded
from movie_assets.dqdl.sql.typed import Value, once, text
from movie_assets.dqdl.sql.writer import Writer, writes


def _matched(writer: Writer, node: Expr, write: Callable[[str, str], str], kind: str) -> Value:
    """The result of ``write`` for the text and the pattern of a function."""
    found = writer.value(node.expression)
    if found.literal is None:
        raise SqlRefusedError("a regular expression must be a plain text here")
    pattern = found.literal
    try:
        return Value(once(lambda sql: write(sql, pattern), text(writer.value(node.this))), kind)
    except PatternError as error:
        raise SqlRefusedError(f"the regular expression '{pattern}' can't be used: {error}") from error


def _whole(node: Expr | None, default: int) -> int:
    """A whole number literal."""
    if node is None:
        return default
    try:
        return int(node.sql("spark"))
    except ValueError:
        raise SqlRefusedError(f"{node.sql('spark')} must be a plain whole number here") from None


def _most(text: str, pattern: str, plain: int, groups: int) -> str:
    """The maximum bytes of a replaced text, if each match becomes some plain bytes and groups."""
    places = f"(CAST(strlen({text}) AS HUGEINT) + 1)"
    held = f"{groups} * {places}" if parse(pattern).groups_reach else str(groups)
    return f"{places} * ({plain} + {held})"


@writes(exp.RegexpLike)
def _found(writer: Writer, node: Expr) -> Value:
    return _matched(writer, node, regexes.found, "BOOLEAN")


@writes(exp.RegexpExtract, exp.RegexpExtractAll, takes=("this", "expression", "group"))
def _extract(writer: Writer, node: Expr) -> Value:
    """A group of the first match, or of all; by default the first group, or the whole match without groups."""
    group = _whole(node.args.get("group"), 1)
    if isinstance(node, exp.RegexpExtract):
        return _matched(writer, node, lambda sql, pattern: regexes.group(sql, pattern, group), "VARCHAR")

    def write(sql: str, pattern: str) -> str:
        def made(text: str) -> str:
            return regexes.groups(text, pattern, group)

        if not parse(pattern).groups_reach:
            return made(sql)
        return bounded(writer.longest, "regexp_extract_all", _most(sql, pattern, 0, 1), sql, made, kind="VARCHAR[]")

    return _matched(writer, node, write, "VARCHAR[]")


@writes(exp.RegexpReplace, takes=("this", "expression", "replacement"))
def _replaced(writer: Writer, node: Expr) -> Value:
    """Every match replaced; ``$1`` names a group."""
    replacement = writer.value(node.args["replacement"]).literal
    if replacement is None:
        raise SqlRefusedError("the replacement of regexp_replace must be a plain text here")

    def write(sql: str, pattern: str) -> str:
        groups = sum(isinstance(part, int) for part in Replacement.of(replacement, parse(pattern)).parts)

        def made(text: str) -> str:
            return regexes.replaced(text, pattern, replacement)

        if len(replacement.encode()) <= 1 and not groups:
            return made(sql)
        return bounded(
            writer.longest, "regexp_replace", _most(sql, pattern, len(replacement.encode()), groups), sql, made
        )

    return _matched(writer, node, write, "VARCHAR")


@writes(exp.RegexpSplit, takes=("this", "expression", "limit"))
def _split(writer: Writer, node: Expr) -> Value:
    limit = _whole(node.args.get("limit"), -1)
    if getattr(node.expression, "name", None) == "" and limit <= 0:  # no empty text after the last character
        return Value(f"string_split({text(writer.value(node.this)).sql}, '')", "VARCHAR[]")
    return _matched(writer, node, lambda sql, pattern: regexes.split(sql, pattern, limit), "VARCHAR[]")


@writes(exp.RegexpCount)
def _count(writer: Writer, node: Expr) -> Value:
    return _matched(writer, node, lambda sql, pattern: f"len({regexes.groups(sql, pattern, 0)})::INTEGER", "INTEGER")


@writes(exp.RegexpInstr)
def _place(writer: Writer, node: Expr) -> Value:
    return _matched(writer, node, regexes.place, "INTEGER")


@writes(exp.RegexpSubstr)
def _substring(writer: Writer, node: Expr) -> Value:
    """The first match; null if there is none."""
    return _matched(
        writer,
        node,
        lambda sql, pattern: f"CASE WHEN {regexes.found(sql, pattern)} THEN {regexes.group(sql, pattern, 0)} END",
        "VARCHAR",
    )
