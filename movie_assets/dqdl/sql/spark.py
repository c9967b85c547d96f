"""Spark SQL, as ``where`` and CustomSql speak it, in the engine's SQL.

A ruleset is data from a colleague, not a program: only one query over the judged table and its references is let
through, with functions from a list. What would write, read files, attach, load, set, call or look around is refused.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from movie_assets.dqdl.sql.columns import Column, Schema

if TYPE_CHECKING:
    from sqlglot import Expr, exp


class SqlRefusedError(Exception):
    """A piece of SQL that can't be translated or must not run."""


def predicate(text: str, schema: Schema | None = None, now: datetime | None = None) -> str:
    """A ``where`` text as a boolean expression of the engine over the judged table.

    ``schema`` lets strings and numbers be compared as Spark compares them; ``now`` is what ``current_date()`` reads.

    Raises: SqlRefusedError, for what is not one expression, or must not run.
    """
    from sqlglot import exp

    tree = _parse(text)
    if isinstance(tree, exp.Query) or not isinstance(tree, exp.Condition):
        raise SqlRefusedError(f"a where clause is one condition, not {tree.key.upper()}")
    if tree.find(exp.Query):
        raise SqlRefusedError("a where clause can't contain a query")
    if tree.find(exp.AggFunc, exp.Window, exp.UDTF, exp.Explode):
        raise SqlRefusedError("a where clause is about one row: it can't aggregate or multiply rows")
    return _translate(tree, schema, now)


def statement(text: str, tables: Mapping[str, Schema], now: datetime | None = None) -> str:
    """A CustomSql statement as one query of the engine over the given tables, named without regard to case.

    Raises: SqlRefusedError, for what is not one query over those tables, or must not run.
    """
    from sqlglot import exp

    tree = _parse(text)
    if not isinstance(tree, exp.Query):
        raise SqlRefusedError(f"only a SELECT may run, not {tree.key.upper()}")
    for hint in list(tree.find_all(exp.Hint)):
        hint.pop()
    for table in tree.find_all(exp.Table):
        _bind(table, tables)
    return _translate(tree, _merged(tree, tables), now)


def _parse(text: str) -> "Expr":
    import sqlglot
    from sqlglot.errors import SqlglotError

    text = text.replace('\\"', '"')  # how DQDL writes a quote inside its own
    try:
        trees = [tree for tree in sqlglot.parse(text, read="spark") if tree is not None]
    except SqlglotError as error:
        raise SqlRefusedError(f"not Spark SQL: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise SqlRefusedError("nested too deeply") from error
    except (
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:  # the translator stumbled over odd text
        raise SqlRefusedError(f"not Spark SQL: {error}") from error
    if len(trees) != 1:
        raise SqlRefusedError(f"one statement is expected, this is {len(trees)}")
    return trees[0]


def _bind(table: "exp.Table", tables: Mapping[str, Schema]) -> None:
    """Point a table reference at the relation of its name; a query's own WITH names stay as they are."""
    from sqlglot import exp

    if not isinstance(table.this, exp.Identifier):
        raise SqlRefusedError(
            f"a table is given by name, not as {table.this.sql('spark') if table.this else 'nothing'}"
        )
    name = ".".join(part.name for part in table.parts)
    known = {alias.lower(): alias for alias in tables}.get(name.lower())
    if known is not None:
        table.set("this", exp.to_identifier(known, quoted=True))
        table.set("db", None)
        table.set("catalog", None)
        if not table.alias and known != name.split(".")[-1]:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name.split(".")[-1], quoted=True)))
        return
    if len(table.parts) > 1 or name.lower() not in _common_names(table):
        raise SqlRefusedError(f"there is no table '{name}'; known are {', '.join(tables)}")


def _common_names(table: "Expr") -> set[str]:
    """The names a WITH around the table defines."""
    names: set[str] = set()
    node = table.parent
    while node is not None:
        names |= {common.alias.lower() for common in getattr(node, "ctes", [])}
        node = node.parent
    return {name for name in names if name.isidentifier()}


def _merged(tree: "Expr", tables: Mapping[str, Schema]) -> Schema:
    """The columns whose name says their type, whichever table they are read from."""
    from sqlglot import exp

    renamed = {node.alias.lower() for node in tree.find_all(exp.Alias, exp.TableAlias) if node.alias}
    found: dict[str, Column | None] = {}
    for column in (column for schema in tables.values() for column in schema.columns):
        name = column.name.lower()
        same = name not in found or (found[name] is not None and found[name].family == column.family)  # type: ignore[union-attr]
        found[name] = column if same and name not in renamed else None
    return Schema(column for column in found.values() if column is not None)


def _translate(tree: "Expr", schema: Schema | None, now: datetime | None) -> str:
    from sqlglot import TokenType
    from sqlglot.errors import ErrorLevel, SqlglotError

    from movie_assets.dqdl.sql.rendering import Engine, prepare

    try:
        prepared = prepare(tree, schema, now)
        sql = prepared.sql(Engine, identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)
        if any(token.token_type is TokenType.SEMICOLON for token in Engine().tokenize(sql)):
            raise SqlRefusedError("it would become several statements")
        return sql
    except SqlglotError as error:
        raise SqlRefusedError(f"can't be translated: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise SqlRefusedError("nested too deeply") from error
    except (
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:  # the translator stumbled over odd SQL
        raise SqlRefusedError(f"can't be translated: {error}") from error
