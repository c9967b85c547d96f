"""What the builder hands on between grammar rules: values that know where they stand."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from lark import Token

from movie_assets.dqdl.errors import Problem, Span

MAX_DEPTH = 100
"""How deep brackets may nest, and how many operators a number expression may have."""


class Slip(Exception):  # noqa: N818  (never leaves the parser)
    """A text that can't be meant, found while nodes are built."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class Piece(NamedTuple):
    """A built value, where it stands, and how deep the number expressions in it nest."""

    value: Any
    span: Span
    depth: int = 0


Child: TypeAlias = Piece | Token
Method: TypeAlias = Callable[..., Any]
Callback: TypeAlias = Callable[[Any, list[Child]], Piece]


def span_of(first: Child, last: Child | None = None) -> Span:
    """From the first child's start to the last one's end."""
    start, end = _span(first), _span(last if last is not None else first).end
    return start if start.end == end else Span(start.start, end, start.line, start.column)


def _span(child: Child) -> Span:
    if isinstance(child, Piece):
        return child.span
    start = child.start_pos or 0
    return Span(start, start + len(child), child.line or 1, child.column or 1)


def node(method: Method) -> Callback:
    """Hand a method its span and its children's values, and wrap what it makes."""

    def build(self: Any, children: list[Child]) -> Piece:
        span = span_of(children[0], children[-1])
        depth = max((child.depth for child in children if isinstance(child, Piece)), default=0)
        values = (child.value if isinstance(child, Piece) else child for child in children)
        return Piece(method(self, span, *values), span, depth)

    return build


def nest(method: Method) -> Callback:
    """As ``node``, for number expressions, which nest."""
    plain = node(method)

    def build(self: Any, children: list[Child]) -> Piece:
        piece = plain(self, children)
        if piece.depth >= MAX_DEPTH:
            raise Slip(Problem(f"a number expression may hold at most {MAX_DEPTH} operators and brackets", piece.span))
        return piece._replace(depth=piece.depth + 1)

    return build
