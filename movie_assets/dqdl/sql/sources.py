"""FROM: tables, queries, joins and lateral views, and the names under which their columns are known."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.scopes import Output, Relation, Scope, Source, source
from movie_assets.dqdl.sql.typed import as_type, common
from movie_assets.dqdl.sql.writer import Writer, arguments
from movie_assets.quoting import identifier

Query: TypeAlias = Callable[[Expr, Writer], Relation]
"""Writes a query that stands in FROM."""

_SIDES, _KINDS = ("", "LEFT", "RIGHT", "FULL"), ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI")


def sources(node: Expr, writer: Writer, query: Query) -> tuple[str, Writer]:
    """FROM with its joins and lateral views, and a writer that knows their columns."""
    if not node.args.get("from_"):
        return "", writer
    sql, found = _item(node.args["from_"].this, writer, query)
    writer = writer.within(writer.scope.with_source(*found))
    joined, writer = _joins(node, writer, query)
    for lateral in node.args.get("laterals") or []:
        view, at = _view(lateral, writer)
        joined += f" {'LEFT' if lateral.args.get('outer') else 'CROSS'} JOIN LATERAL {view}"
        joined += " ON TRUE" if lateral.args.get("outer") else ""
        writer = writer.within(writer.scope.with_source(at))
    return f" FROM {sql}{joined}", writer


def _joins(node: Expr, writer: Writer, query: Query) -> tuple[str, Writer]:
    written = ""
    for join in node.args.get("joins") or []:
        arguments(join, "this", "on", "using", "side", "kind", "method")
        side, kind, method = (str(join.args.get(name) or "").upper() for name in ("side", "kind", "method"))
        if side not in _SIDES or kind not in _KINDS or method not in ("", "NATURAL"):
            raise SqlRefusedError(f"the join {method} {side} {kind} is not known here")
        sql, found = _item(join.this, writer, query)
        partial = kind in ("SEMI", "ANTI")
        names = [name.name for name in join.args.get("using") or []]
        if method:
            names = [
                column.name
                for column in found[0].columns.columns
                if any(at.columns.find(column.name) for at in writer.scope.sources)
            ]
        merged = frozenset(name.lower() for name in names)
        writer = writer.within(writer.scope.with_source(*(replace(at, hidden=partial, merged=merged) for at in found)))
        if names:
            condition = f" USING ({', '.join(map(identifier, names))})"
        else:
            on = as_type(writer.value(join.args["on"]), "BOOLEAN").sql if join.args.get("on") else "TRUE"
            condition = "" if kind == "CROSS" else f" ON {on}"
        words = f"{kind} JOIN" if partial or kind == "CROSS" else f"{side} JOIN".strip()
        written += f" {words} {sql}{condition}"
    return written, writer


def _item(node: Expr, writer: Writer, query: Query) -> tuple[str, list[Source]]:
    """One thing to select from."""
    if isinstance(node, exp.Table):
        return _table(node, writer)
    if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        return _derived(node.this.this, node.args.get("alias"), writer, query, "LATERAL ")
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
        arguments(node, "this", "alias")
        sql, found = _table(node.this, writer)
        joined, inner = _joins(node.this, writer.within(replace(writer.scope, sources=tuple(found))), query)
        if node.alias:
            raise SqlRefusedError("joins in parentheses can't have a name here")
        return (f"({sql}{joined})" if joined else sql), list(inner.scope.sources)
    if isinstance(node, exp.Subquery):
        arguments(node, "this", "alias")
        return _derived(node.this, node.args.get("alias"), writer, query, "")
    if isinstance(node, exp.Values):
        return _values(node, writer)
    raise SqlRefusedError(f"a table is given by name, not as {node.sql('spark')}")


def _table(node: Expr, writer: Writer) -> tuple[str, list[Source]]:
    if not isinstance(node.this, exp.Identifier):
        raise SqlRefusedError(f"a table is given by name, not as {node.this.sql('spark') if node.this else 'nothing'}")
    arguments(node, "this", "db", "catalog", "alias", "joins")
    name = ".".join(node.text(part) for part in ("catalog", "db", "this") if node.args.get(part))
    found = writer.scope.relation(name)
    return _named(found.sql, node.args.get("alias"), found.columns, name.split(".")[-1])


def _named(sql: str, alias: Expr | None, columns: tuple[Output, ...], name: str) -> tuple[str, list[Source]]:
    if alias is not None:
        columns = renamed(columns, alias)
        name = alias.name or name
        if alias.args.get("columns"):
            names = ", ".join(identifier(column.name) for column in columns)
            return f"{sql} AS {identifier(name)}({names})", [source(name, columns)]
    return f"{sql} AS {identifier(name)}", [source(name, columns)]


def _derived(node: Expr, alias: Expr | None, writer: Writer, query: Query, before: str) -> tuple[str, list[Source]]:
    scope = writer.scope.inside() if before else Scope(relations=writer.scope.relations, outer=writer.scope.outer)
    inner = query(node, writer.within(scope))
    return _named(f"{before}({inner.sql})", alias, inner.columns, f"__from_{len(writer.scope.sources)}")


def _values(node: Expr, writer: Writer) -> tuple[str, list[Source]]:
    arguments(node, "expressions", "alias")
    rows = [[writer.value(cell) for cell in getattr(row, "expressions", None) or [row]] for row in node.expressions]
    sql = ", ".join(f"({', '.join(cell.sql for cell in row)})" for row in rows)
    columns = tuple(
        Output(f"col{index}", common([row[index - 1].type for row in rows])) for index in range(1, len(rows[0]) + 1)
    )
    names = ", ".join(identifier(column.name) for column in columns)
    return _named(f"(SELECT * FROM (VALUES {sql}) AS v({names}))", node.args.get("alias"), columns, "__values")


def _view(node: Expr, writer: Writer) -> tuple[str, Source]:
    """A lateral view: a row for each element of a list, numbered from 0 by ``posexplode``."""
    arguments(node, "this", "view", "outer", "alias")
    function = node.this
    if not isinstance(function, (exp.Explode, exp.Posexplode)):
        raise SqlRefusedError(f"{function.sql('spark')} is not known here")
    values = writer.value(function.this)
    element = Output("col", values.type[:-2] if values.is_list and values.type else None)
    numbered = isinstance(function, exp.Posexplode)
    columns = (Output("pos", "INTEGER"), element) if numbered else (element,)
    index = f"CAST(generate_subscripts({values.sql}, 1) - 1 AS INTEGER) AS pos, " if numbered else ""
    sql, found = _named(f"(SELECT {index}unnest({values.sql}) AS col)", node.args["alias"], columns, "__view")
    return sql, found[0]


def renamed(columns: tuple[Output, ...], alias: Expr) -> tuple[Output, ...]:
    """The columns under the names that an alias gives them."""
    names = [name.name for name in alias.args.get("columns") or []]
    if not names:
        return columns
    if len(names) != len(columns):
        raise SqlRefusedError(f"'{alias.name}' names {len(names)} columns of {len(columns)}")
    return tuple(Output(name, column.type) for name, column in zip(names, columns, strict=True))
