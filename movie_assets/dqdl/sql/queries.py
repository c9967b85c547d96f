"""Queries: every table they name is one that was given, or a WITH query defined before; nothing else can be reached.

WITH queries get names of their own, so that none can hide or capture a table of the engine.
"""

from dataclasses import replace

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.aggregates import ordered, over
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.scopes import Output, Relation
from movie_assets.dqdl.sql.sources import renamed, sources
from movie_assets.dqdl.sql.typed import NULL, Value, as_type, cast, common
from movie_assets.dqdl.sql.writer import Writer, arguments
from movie_assets.quoting import identifier

_SETS: dict[type[Expr], str] = {exp.Union: "UNION", exp.Except: "EXCEPT", exp.Intersect: "INTERSECT"}
_TAIL = ("order", "limit", "offset", "sort", "distribute", "cluster")
_CLAUSES = (
    *("expressions", "from_", "joins", "laterals", "where", "group", "having", "qualify", "windows"),
    *("distinct", "hint"),
)


def query(node: Expr, writer: Writer) -> Relation:
    """A query in the engine's SQL, with the columns it gives."""
    before = ""
    if node.args.get("with_"):
        before, writer = _commons(node.args["with_"], writer)
    if type(node) in _SETS:
        found = _set(node, writer)
    elif isinstance(node, exp.Select):
        return replace(found := _select(node, writer), sql=before + found.sql)
    elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        arguments(node, "this", "with_", "alias", *_TAIL)
        inner = query(node.this, writer)
        found = replace(inner, sql=f"({inner.sql})")
    else:
        raise SqlRefusedError(f"{node.key.upper()} may not run")
    named = writer.within(replace(writer.scope, aliases=_aliases(found.columns)))
    return replace(found, sql=before + found.sql + _tail(node, named))


def only_column(writer: Writer, node: Expr) -> tuple[str, str | None]:
    """A query of one column that stands where a value does, and the column's type."""
    found = query(node, writer.within(writer.scope.inside()))
    inner = found.sql
    if len(found.columns) != 1:
        raise SqlRefusedError("a query that stands for a value gives one column")
    return inner, found.columns[0].type


def _aliases(columns: tuple[Output, ...]) -> dict[str, str | None]:
    return {column.name.lower(): column.type for column in columns}


def _commons(node: Expr, writer: Writer) -> tuple[str, Writer]:
    if node.args.get("recursive"):
        raise SqlRefusedError("WITH RECURSIVE may not run")
    written = []
    for common_query in node.expressions:
        arguments(common_query, "this", "alias")
        name = common_query.alias
        if not name.isidentifier():
            continue  # it can't be named in FROM
        inner = query(common_query.this, writer.within(writer.scope.inside()))
        taken = {relation.sql for relation in writer.scope.relations.values()}
        own = next(own for number in writer.numbers if (own := identifier(f"__with_{number}")) not in taken)
        columns = renamed(inner.columns, common_query.args["alias"])
        names = ", ".join(identifier(column.name) for column in columns) if columns != inner.columns else ""
        written.append(f"{own}{f'({names})' if names else ''} AS ({inner.sql})")
        relations = {**writer.scope.relations, name.lower(): Relation(own, columns)}
        writer = writer.within(replace(writer.scope, relations=relations))
    return (f"WITH {', '.join(written)} " if written else ""), writer


def _set(node: Expr, writer: Writer) -> Relation:
    arguments(node, "this", "expression", "distinct", "with_", *_TAIL)
    sides = [query(side, writer) for side in (node.this, node.expression)]
    left, right = sides
    if len(left.columns) != len(right.columns):
        raise SqlRefusedError(
            f"the queries of a {node.key.upper()} give {len(left.columns)} and {len(right.columns)} columns"
        )
    pairs = zip(left.columns, right.columns, strict=True)
    types = [common([one.type, other.type]) or one.type for one, other in pairs]
    words = _SETS[type(node)] + ("" if node.args.get("distinct") else " ALL")
    columns = tuple(Output(column.name, kind) for column, kind in zip(left.columns, types, strict=True))
    return Relation(f" {words} ".join(_widened(side, columns) for side in sides), columns)


def _widened(side: Relation, columns: tuple[Output, ...]) -> str:
    """A branch whose columns are cast to text where the others' are text."""
    pairs = list(zip(side.columns, columns, strict=True))
    if all(own.type == wanted.type or wanted.type != "VARCHAR" or own.type in (None, NULL) for own, wanted in pairs):
        return f"({side.sql})"
    names = [f"c{index}" for index in range(len(pairs))]
    cells = []
    for name, (own, wanted) in zip(names, pairs, strict=True):
        value = Value(name, own.type)
        value = cast(value, "VARCHAR") if wanted.type == "VARCHAR" and own.type not in (None, NULL) else value
        cells.append(f"{value.sql} AS {identifier(wanted.name)}")
    return f"(SELECT {', '.join(cells)} FROM ({side.sql}) AS q({', '.join(names)}))"


def _select(node: Expr, writer: Writer) -> Relation:
    arguments(node, "with_", *_CLAUSES, *_TAIL)
    written, writer = sources(node, writer, query)
    projections, columns = [], []
    for projection in node.expressions:
        for sql, column in _projection(projection, writer):
            projections.append(sql)
            columns.append(column)
        if isinstance(projection, exp.Alias):
            aliases = {**writer.scope.aliases, projection.alias.lower(): columns[-1].type}
            writer = writer.within(replace(writer.scope, aliases=aliases))
    distinct = ""
    if node.args.get("distinct"):
        arguments(node.args["distinct"])
        distinct = "DISTINCT "
    sql = f"SELECT {distinct}{', '.join(projections)}{written}"
    sql += _condition(node, "where", writer) + _group(node.args.get("group"), writer)
    sql += _condition(node, "having", writer) + _windows(node, writer) + _condition(node, "qualify", writer)
    return Relation(sql + _tail(node, writer), tuple(columns))


def _condition(node: Expr, clause: str, writer: Writer) -> str:
    if not node.args.get(clause):
        return ""
    return f" {clause.upper()} {as_type(writer.value(node.args[clause].this), 'BOOLEAN').sql}"


def _group(node: Expr | None, writer: Writer) -> str:
    if node is None:
        return ""
    present = arguments(node, "expressions", "all", "rollup", "cube", "grouping_sets")
    if "all" in present:
        return " GROUP BY ALL"
    sets = [key for key in node.expressions if isinstance(key, exp.GroupingSets)]
    keys = [_key(writer, key) for key in node.expressions if key not in sets]
    for each in [*sets, *(node.args.get("grouping_sets") or [])]:
        groups = [group.expressions if isinstance(group, exp.Tuple) else [group] for group in each.expressions]
        written = ", ".join(f"({', '.join(writer.value(key).sql for key in group)})" for group in groups)
        keys.append(f"GROUPING SETS ({written})")
    for word in ("rollup", "cube"):
        for part in node.args.get(word) or []:
            inner = [writer.value(key).sql for key in part.expressions]
            keys = [*keys, f"{word.upper()} ({', '.join(inner)})"] if inner else [f"{word.upper()} ({', '.join(keys)})"]
    return f" GROUP BY {', '.join(keys)}"


def _key(writer: Writer, key: Expr) -> str:
    if isinstance(key, (exp.Rollup, exp.Cube)):
        return f"{key.key.upper()} ({', '.join(writer.value(part).sql for part in key.expressions)})"
    return writer.value(key).sql


def _windows(node: Expr, writer: Writer) -> str:
    windows = [f"{identifier(at.name)} AS ({over(writer, at)})" for at in node.args.get("windows") or []]
    return f" WINDOW {', '.join(windows)}" if windows else ""


def _tail(node: Expr, writer: Writer) -> str:
    """ORDER BY, LIMIT and OFFSET; SORT, DISTRIBUTE and CLUSTER BY say nothing about what a query gives."""
    written = ""
    if node.args.get("order"):
        written += f" ORDER BY {ordered(writer, node.args['order'].expressions)}"
    for word in ("limit", "offset"):
        bound = node.args.get(word)
        if bound and not isinstance(bound.expression, exp.Var):
            arguments(bound, "expression")
            written += f" {word.upper()} {writer.value(bound.expression).sql}"
    return written


def _projection(node: Expr, writer: Writer) -> list[tuple[str, Output]]:
    """The columns of one item of SELECT: each with its name, that of Spark where the query gives none."""
    if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
        return _star(node, writer)
    inner = node.this if isinstance(node, exp.Alias) else node
    value = writer.value(inner)
    name = (
        node.alias if isinstance(node, exp.Alias) else node.name if isinstance(node, exp.Column) else node.sql("spark")
    )
    return [(f"{value.sql} AS {identifier(name)}", Output(name, value.type))]


def _star(node: Expr, writer: Writer) -> list[tuple[str, Output]]:
    star, table = (node.this, node.table) if isinstance(node, exp.Column) else (node, "")
    arguments(star, "except_")
    left_out = {column.name.lower() for column in star.args.get("except_") or []}
    found: list[tuple[str, Output]] = []
    merged = frozenset().union(*(at.merged for at in writer.scope.sources))
    for at in writer.scope.sources:
        if at.hidden or (table and not at.is_called(table)):
            continue
        for column in at.columns.columns:
            name = column.name.lower()
            if name not in left_out and (table or name not in at.merged):
                value = writer.scope.column(column.name, None if name in merged and not table else at.alias)
                found.append((f"{value.sql} AS {column.sql}", Output(column.name, value.type)))
    if not found:
        raise SqlRefusedError(f"there is no table '{table}' in the query" if table else "* stands for no column here")
    return found
