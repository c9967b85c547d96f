"""Writes nodes of sqlglot's tree as values: the table of functions, and a writer for every other allowed node.

Nothing of the tree is passed through: this module or a registered writer creates each node's text, so an unknown node,
argument or keyword is rejected by name.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import Expr, exp

from movie_assets.dqdl.sql.functions import TABLE
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import NULL, Value, alike, as_type, number, once, text

if TYPE_CHECKING:
    from movie_assets.dqdl.sql.scopes import Scope

_SILENT = frozenset(
    {
        *("big_int", "safe", "null_if_pos_overflow", "nulls_excluded", "coalesce", "ignore_nulls"),
        *("_type", "nested", "charset", "flatten"),
    }
)
"""Arguments in which sqlglot records differences of dialects; the writers follow Spark."""
_LINE = re.compile(r"(\*?)(\w+)\((.*?)\) (\S+) = (.+)")


@dataclass(frozen=True, slots=True)
class Function:
    """A line of the table."""

    aggregate: bool
    kinds: Mapping[str, str]
    gives: str
    template: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the nodes of one scope. ``longest`` limits the texts that functions create, in bytes."""

    scope: "Scope"
    now: datetime | None
    longest: int
    numbers: Iterator[int] = field(default_factory=count)
    """What the WITH queries of the whole statement are numbered by."""

    def value(self, node: Expr) -> Value:
        """The node in the engine's SQL.

        Raises: SqlRefusedError, for an unknown node.
        """
        known = WRITERS.get(type(node))
        if known is None:
            return call(self, node)
        write, takes = known
        if takes is not None:
            arguments(node, *takes)
        return write(self, node)

    def within(self, scope: "Scope") -> "Writer":
        return replace(self, scope=scope)


Write: TypeAlias = Callable[[Writer, Expr], Value]
WRITERS: dict[type[Expr], tuple[Write, tuple[str, ...] | None]] = {}


def writes(
    *types: type[Expr], takes: tuple[str, ...] | None = ("this", "expression", "expressions")
) -> Callable[[Write], Write]:
    """Registers the writer of node types, and the arguments it takes: with any other, a node is rejected.

    With None the writer itself checks them.
    """

    def register(write: Write) -> Write:
        WRITERS.update(dict.fromkeys(types, (write, takes)))
        return write

    return register


def arguments(node: Expr, *allowed: str) -> list[str]:
    """The names of the arguments the node has, all of them among the allowed ones."""
    present = [name for name, value in node.args.items() if value not in (None, False, []) and name not in _SILENT]
    for name in present:
        if name not in allowed:
            value = node.args[name]
            value = value[0] if isinstance(value, list) else value
            clause = isinstance(value, Expr) and not isinstance(value, exp.Condition)
            shown = value.key.upper() if clause else name.strip("_").upper()
            raise SqlRefusedError(
                f"{shown} may not run" if clause else f"{node.key.upper()} with {shown} is not known here"
            )
    return present


def constant(node: Expr | None) -> str:
    """The value of a text literal or a bare word.

    Raises: SqlRefusedError, for anything else.
    """
    if isinstance(node, exp.Var) or (isinstance(node, exp.Literal) and node.is_string):
        return node.name
    raise SqlRefusedError(f"{node.sql('spark') if node else 'nothing'} must be a plain text here")


@lru_cache(maxsize=1)
def functions() -> dict[tuple[str, frozenset[str]], Function]:
    """The table, by name and arguments."""
    found: dict[tuple[str, frozenset[str]], Function] = {}
    for line in filter(None, TABLE.splitlines()):
        match = _LINE.fullmatch(line)
        assert match, line
        star, name, taken, gives, template = match.groups()
        kinds = dict(argument.split(" ", 1) for argument in taken.split(", ") if argument)
        found[name, frozenset(kinds)] = Function(bool(star), kinds, gives, template)
    return found


def call(writer: Writer, node: Expr) -> Value:
    name, given = named(node)
    function = functions().get((name, frozenset(given)))
    if function is None:
        raise SqlRefusedError(_stranger(node, name))
    distinct = ""
    values: dict[str, Value] = {}
    for argument, kind in function.kinds.items():
        at = given[argument]
        if not isinstance(at, Expr):
            raise SqlRefusedError(f"{node.sql('spark')} is not known here")
        if isinstance(at, exp.Distinct) and function.aggregate and len(at.expressions) == 1:
            distinct, at = "DISTINCT ", at.expressions[0]
        values[argument] = _as(writer.value(at), kind)
    same = [argument for argument, kind in function.kinds.items() if kind.startswith("same")]
    fitted, shared = alike([values[argument] for argument in same])
    values.update(zip(same, fitted, strict=True))
    gives = _type(function.gives, list(values.values()), shared)
    if function.aggregate:
        return Value(
            function.template.format(**{name: distinct + value.operand for name, value in values.items()}), gives
        )
    return Value(
        once(lambda *texts: function.template.format(**dict(zip(values, texts, strict=True))), *values.values()), gives
    )


def named(node: Expr) -> tuple[str, dict[str, Expr]]:
    """A call's name in the table and its arguments by name; an anonymous function's are a, b, c."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower(), dict(zip("abcdefgh", node.expressions, strict=False))
    present = arguments(node, *node.arg_types)
    given = {name: node.args[name] for name in present}
    return type(node).__name__, {
        name: at[0] if isinstance(at, list) and len(at) == 1 else at for name, at in given.items()
    }


def _stranger(node: Expr, name: str) -> str:
    if any(known == name for known, _ in functions()):
        shown = name if isinstance(node, exp.Anonymous) else node.key.upper()
        return f"the function {shown} takes other arguments here"
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name} is not known here"
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name()} may not be used"
    return f"{node.key.upper()} may not run"


def _as(value: Value, kind: str) -> Value:
    match kind.split()[-1]:
        case "text":
            return text(value)
        case "number":
            return number(value)
        case "double":
            return as_type(value, "DOUBLE")
        case "int":
            return as_type(value, "INTEGER")
        case "date":
            return as_type(value, "DATE")
        case "timestamp":
            return as_type(value, "TIMESTAMP")
        case "boolean":
            return as_type(value, "BOOLEAN")
    return value


def _type(gives: str, values: list[Value], shared: str | None) -> str | None:
    first = values[0].type if values else None
    match gives:
        case "?":
            return None
        case "this":
            return first
        case "same":
            return shared if shared not in (None, NULL) else first
        case "element":
            return first[:-2] if first and first.endswith("[]") else None
        case "wide":
            return {"integral": "HUGEINT", "fractional": "DOUBLE"}.get(values[0].family or "", first)
    return gives
