"""Functions of the engine for patterns that are not regular: ``java_find(text, pattern)`` and others, which backtrack.

They process a vector of rows at a time, each distinct row once; a null argument gives null.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from movie_assets.dqdl.patterns.bounded import Bounded, Clock, bounded
from movie_assets.dqdl.patterns.matching import TOO_LONG
from movie_assets.dqdl.patterns.nodes import PatternError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_FUNCTIONS: Mapping[str, tuple[Callable[..., Any], list[str], str]] = {
    "java_full_match": (Bounded.full_match, [], "BOOLEAN"),
    "java_find": (Bounded.find, [], "BOOLEAN"),
    "java_place": (Bounded.place, [], "INTEGER"),
    "java_group": (Bounded.group, ["INTEGER"], "VARCHAR"),
    "java_groups": (Bounded.groups, ["INTEGER"], "VARCHAR[]"),
    "java_replace": (Bounded.replace, ["VARCHAR"], "VARCHAR"),
    "java_split": (Bounded.split, ["INTEGER"], "VARCHAR[]"),
}


def register(connection: "duckdb.DuckDBPyConnection") -> None:
    """Register the functions with a connection: each takes a text, a Java pattern and its other arguments."""
    from duckdb.func import ARROW

    for name, (method, others, returned) in _FUNCTIONS.items():
        connection.create_function(
            name,
            _of_three(method) if others else _of_two(method),
            ["VARCHAR", "VARCHAR", *others],
            returned,
            type=ARROW,
        )


def _of_two(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda texts, patterns: _by_row(method, texts, patterns)  # the engine inspects the parameters


def _of_three(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda texts, patterns, others: _by_row(method, texts, patterns, others)


def _by_row(method: Callable[..., Any], *columns: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    import pyarrow as pa

    rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
    clock = Clock()
    try:
        known = {row: method(bounded(row[1]), clock, row[0], *row[2:]) for row in dict.fromkeys(rows)}
    except TimeoutError as error:
        raise PatternError(TOO_LONG) from error
    answers: pa.Array[Any] = pa.array([known[row] for row in rows])
    return answers
