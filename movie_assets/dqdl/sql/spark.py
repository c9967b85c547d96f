"""Translates the Spark SQL of ``where`` and CustomSql to the engine's SQL.

A ruleset is untrusted input, not a program: it may run one query over the judged table and its references, with
functions from a list. Writes, file access, ATTACH, LOAD, SET, CALL and introspection are rejected.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from movie_assets.dqdl.sql.columns import Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.visible import visible_logger

if TYPE_CHECKING:
    from sqlglot import Expr

    from movie_assets.dqdl.sql.scopes import Scope
    from movie_assets.dqdl.sql.writer import Writer


MOST_TABLES = 200
"""How often a statement may read tables: the engine's plan of more takes minutes, and memory that no limit counts."""


def predicate(text: str, schema: Schema | None = None, now: datetime | None = None) -> str:
    """Translate a ``where`` text to a boolean expression of the engine over the judged table.

    ``schema`` gives the columns' types, for the casts that Spark adds between types; without one any column is
    accepted uncast. ``now`` is the time of ``current_date()``.

    Raises: SqlRefusedError, if it is not one condition, or is not allowed.
    """
    from sqlglot import exp

    from movie_assets.dqdl.sql.scopes import Scope, Source

    tree = _parse(text)
    if isinstance(tree, exp.Query) or not isinstance(tree, exp.Condition):
        raise SqlRefusedError(f"a where clause is one condition, not {tree.key.upper()}")
    if tree.find(exp.Query):
        raise SqlRefusedError("a where clause can't contain a query")
    if tree.find(exp.AggFunc, exp.Window, exp.UDTF, exp.Explode, exp.Any):
        raise SqlRefusedError("a where clause is about one row: it can't aggregate or multiply rows")
    sources = (Source(None, schema),) if schema else ()
    return _translate(tree, Scope(sources, open=schema is None), now, _condition)


def statement(text: str, tables: Mapping[str, Schema], now: datetime | None = None) -> str:
    """Translate a CustomSql statement to one query of the engine over the given tables, named in any case.

    Raises: SqlRefusedError, if it is not one query over those tables, or is not allowed.
    """
    from sqlglot import exp

    from movie_assets.dqdl.sql.queries import query
    from movie_assets.dqdl.sql.scopes import Relation, Scope

    tree = _parse(text)
    if not isinstance(tree, exp.Query):
        named = "" if isinstance(tree, (exp.Command, exp.Alias)) else f", not {tree.key.upper()}"
        raise SqlRefusedError(f"only a SELECT may run{named}")
    for hint in list(tree.find_all(exp.Hint)):
        hint.pop()
    scope = Scope(relations={name.lower(): Relation.of(name, schema) for name, schema in tables.items()})
    commons = _weighed(tree)
    for table in tree.find_all(exp.Table):  # anywhere, for example in INTO
        name = ".".join(part.name for part in table.parts)
        if isinstance(table.this, exp.Identifier) and name.lower() not in commons:
            scope.relation(name)
    return _translate(tree, scope, now, lambda tree, writer: query(tree, writer).sql)


def _weighed(tree: "Expr") -> dict[str, int]:
    """By each WITH query's name, how many tables it reads in the end.

    The engine plans a query once for each time that it is named, so that a few lines can ask for millions of tables.
    """
    from sqlglot import exp

    weights: dict[str, int] = {}
    for part in (*(common for clause in tree.find_all(exp.With) for common in clause.expressions), tree):
        within = part if isinstance(part, exp.CTE) else None
        own = (table for table in part.find_all(exp.Table) if table.find_ancestor(exp.CTE) is within)
        read = max(1, sum(weights.get(table.name.lower(), 1) for table in own))
        if read > MOST_TABLES:
            raise SqlRefusedError(f"it reads tables more than {MOST_TABLES} times")
        if isinstance(part, exp.CTE):
            weights[part.alias.lower()] = read
    return weights


def _condition(tree: "Expr", writer: "Writer") -> str:
    from movie_assets.dqdl.sql.aggregates import is_aggregate

    if is_aggregate(tree):
        raise SqlRefusedError("a where clause is about one row: it can't aggregate or multiply rows")
    value = writer.value(tree)
    if value.type not in (None, "BOOLEAN", "NULL"):
        raise SqlRefusedError("a where clause is a condition that holds or doesn't, not a value")
    return value.sql


def _parse(text: str) -> "Expr":
    import sqlglot
    from sqlglot.errors import SqlglotError

    text = text.replace('\\"', '"')  # how DQDL writes a quote inside its own
    # What it does not know it logs, text and all, and takes for a command, which is refused here.
    visible_logger("sqlglot").setLevel("ERROR")
    try:
        trees = [tree for tree in sqlglot.parse(text, read="spark") if tree is not None]
    except SqlglotError as error:
        raise SqlRefusedError(f"not Spark SQL: {_plain(error)}") from error
    except RecursionError as error:
        raise SqlRefusedError("nested too deeply") from error
    except _STUMBLES as error:
        raise SqlRefusedError(f"not Spark SQL: {error}") from error
    if len(trees) != 1:
        raise SqlRefusedError(f"one statement is expected, this is {len(trees)}")
    return trees[0]


def _plain(error: Exception) -> str:
    """The parser's first message, without the names of its classes."""
    said = str(error).splitlines()[0]
    return re.sub(r"Required keyword: '\w+' missing for <class '[\w.]*?(\w+)'>", r"\1 lacks an operand", said)


_STUMBLES = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""The exceptions that sqlglot raises for odd text."""


def _translate(tree: "Expr", scope: "Scope", now: datetime | None, write: "Callable[[Expr, Writer], str]") -> str:
    # Importing these registers their writers.
    from movie_assets.dqdl.sql import aggregates, arithmetic, dates, forms, operators, patterns  # noqa: F401
    from movie_assets.dqdl.sql.casts import read_at
    from movie_assets.dqdl.sql.texts import longest
    from movie_assets.dqdl.sql.writer import Writer

    try:
        with read_at(now):
            return write(tree, Writer(scope, now, longest(tree)))
    except RecursionError as error:
        raise SqlRefusedError("nested too deeply") from error
    except _STUMBLES as error:
        raise SqlRefusedError(f"can't be translated: {error}") from error
