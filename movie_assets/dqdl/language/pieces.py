"""Intermediate values of the builder: values with their position in the text."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from lark import Token

from movie_assets.dqdl.errors import Problem, Span

MAX_DEPTH = 100
"""The maximum depth of brackets, and number of operators in a number expression."""


class Slip(Exception):  # noqa: N818  (never leaves the parser)
    """An error found while nodes are built."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class Piece(NamedTuple):
    """A built value with its position, and the depth of its number expressions."""

    value: Any
    span: Span
    depth: int = 0


Child: TypeAlias = Piece | Token
Method: TypeAlias = Callable[..., Any]
Callback: TypeAlias = Callable[[Any, list[Child]], Piece]


def span_of(first: Child, last: Child | None = None) -> Span:
    """The span from the first child's start to the last one's end."""
    start, end = _span(first), _span(last if last is not None else first).end
    return start if start.end == end else Span(start.start, end, start.line, start.column)


def _span(child: Child) -> Span:
    if isinstance(child, Piece):
        return child.span
    start = child.start_pos or 0
    return Span(start, start + len(child), child.line or 1, child.column or 1)


def node(method: Method) -> Callback:
    """Decorates a builder method: passes it its span and its children's values, and wraps its result."""

    def build(self: Any, children: list[Child]) -> Piece:
        span = span_of(children[0], children[-1])
        depth = max((child.depth for child in children if isinstance(child, Piece)), default=0)
        values = (child.value if isinstance(child, Piece) else child for child in children)
        return Piece(method(self, span, *values), span, depth)

    return build


def nest(method: Method) -> Callback:
    """As ``node``, for nested number expressions."""
    plain = node(method)

    def build(self: Any, children: list[Child]) -> Piece:
        piece = plain(self, children)
        if piece.depth >= MAX_DEPTH:
            raise Slip(Problem(f"a number expression may hold at most {MAX_DEPTH} operators and brackets", piece.span))
        return piece._replace(depth=piece.depth + 1)

    return build
