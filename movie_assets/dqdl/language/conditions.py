"""Builds conditions: their operands, and the kind that the text implies."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast, get_args

from lark import Token

from movie_assets.dqdl.errors import Problem, Span, shown
from movie_assets.dqdl.language import nodes
from movie_assets.dqdl.language.escapes import compared
from movie_assets.dqdl.language.nodes import Condition, ConditionKind, NumberExpression, Operand, Operator
from movie_assets.dqdl.language.operands import LONGEST_AMOUNT, LONGEST_NUMBER
from movie_assets.dqdl.language.pieces import Child, Piece, Slip, nest, node, span_of

_KINDS: tuple[ConditionKind, ...] = get_args(ConditionKind)
"""In order of preference: a condition has the first kind that fits all its operands."""


FARTHEST_DAYS = 700_000
_PER_DAY = {"days": 1, "hours": 24, "minutes": 24 * 60}


class ConditionBuilder:
    """The methods for conditions and operands."""

    def comparison(self, children: list[Child]) -> Piece:
        operator = "!=" if str(children[0])[0] == "!" else str(children[0])
        return _condition(children, operator, children[1:])

    def between(self, children: list[Child]) -> Piece:
        return _condition(children, _negated("between", children), (children[-3], children[-1]))

    def membership(self, children: list[Child]) -> Piece:
        operator = _negated("in", children)
        last = children[-1]
        if isinstance(last, Token) and last.type == "CONST":
            return _condition(children, operator, [self.constant_use([last])], bracketed=False)
        return _condition(children, operator, [child for child in children if isinstance(child, Piece)])

    def matching(self, children: list[Child]) -> Piece:
        last = cast(Token, children[-1])
        operand = self.constant_use([last]) if last.type == "CONST" else self.string([last])
        return _condition(children, _negated("matches", children), [operand])

    @node
    def string(self, span: Span, token: Token) -> nodes.String:
        return nodes.String(token[1:-1], token[1:-1])

    @node
    def date(self, span: Span, token: Token) -> nodes.Date:
        return nodes.Date(token[1:-1])

    @node
    def constant_use(self, span: Span, token: Token) -> nodes.Constant:
        return nodes.Constant(token[1:], span=span)

    @node
    def empty(self, span: Span, token: Token) -> nodes.Empty:
        return nodes.Empty()

    @node
    def whitespaces_only(self, span: Span, token: Token) -> nodes.WhitespacesOnly:
        return nodes.WhitespacesOnly()

    @node
    def now(self, span: Span, token: Token) -> nodes.Now:
        return nodes.Now()

    @node
    def now_with_offset(
        self, span: Span, left: Token, now: Token, sign: Token, offset: nodes.Duration, right: Token
    ) -> nodes.Now:
        if offset.amount / _PER_DAY[offset.unit] > FARTHEST_DAYS:
            message = f"an offset from now() may be at most {FARTHEST_DAYS:,} days, so that the date exists"
            raise Slip(Problem(message, span))
        return nodes.Now("-" if sign == "-" else "+", offset)

    @node
    def duration(self, span: Span, amount: Token, unit: Token) -> nodes.Duration:
        return nodes.Duration(_whole(amount), cast(Literal["days", "hours", "minutes"], str(unit)))

    @node
    def size(self, span: Span, amount: Token, unit: Token) -> nodes.Size:
        return nodes.Size(_whole(amount), cast(Literal["B", "KB", "MB", "GB", "TB"], str(unit)))

    @node
    def number(self, span: Span, *tokens: Token) -> nodes.Number:
        if len(tokens[-1]) > LONGEST_NUMBER:
            raise Slip(Problem(f"a number may have at most {LONGEST_NUMBER} digits", span))
        return nodes.Number("".join(tokens))

    @node
    def null(self, span: Span, token: Token) -> nodes.Null:
        return nodes.Null()

    @nest
    def arithmetic(
        self, span: Span, left: NumberExpression, operator: Token, right: NumberExpression
    ) -> nodes.Arithmetic:
        return nodes.Arithmetic(cast(Literal["+", "-", "*", "/"], str(operator)), left, right)

    @nest
    def call(self, span: Span, name: Token, *arguments: NumberExpression | Token) -> nodes.Call:
        if name == "now":  # a comment between the brackets
            raise Slip(Problem("now() is a date, not a number", span, "write it without anything in its brackets"))
        return nodes.Call(str(name), tuple(child for child in arguments if not isinstance(child, Token)))

    @nest
    def parenthesised(self, span: Span, left: Token, inner: NumberExpression, right: Token) -> nodes.Parenthesised:
        return nodes.Parenthesised(inner)


def _negated(word: str, children: Sequence[Child]) -> str:
    first = children[0]
    return f"not {word}" if isinstance(first, Token) and first.type == "NOT" else word


def _whole(token: Token) -> int:
    if len(token) > LONGEST_AMOUNT:
        raise Slip(Problem(f"a whole number may have at most {LONGEST_AMOUNT} digits here", span_of(token)))
    return int(token)


def _condition(children: list[Child], text: str, pieces: Sequence[Child], bracketed: bool = True) -> Piece:
    """The condition, of the first kind that fits the operator and every operand."""
    operator = cast(Operator, text)
    span = span_of(children[0], children[-1])
    kind = _kind(operator, children[0], pieces)
    operands: list[Operand] = [piece.value for piece in pieces if isinstance(piece, Piece)]
    if kind == "size":
        operands = [
            nodes.Size(operand.amount or 0) if isinstance(operand, nodes.Number) else operand for operand in operands
        ]
    operands = [
        replace(operand, value=compared(operand.text, operator)) if isinstance(operand, nodes.String) else operand
        for operand in operands
    ]
    return Piece(Condition(kind, operator, tuple(operands), bracketed, span), span)


def _kind(operator: Operator, first: Child, pieces: Sequence[Child]) -> ConditionKind:
    possible = _KINDS
    for piece in pieces:
        if not isinstance(piece, Piece):
            continue
        fitting = _fitting(piece.value)
        if not set(fitting) & set(possible):
            message = f"a condition compares values of one kind: {shown(str(piece.value))} is not a {possible[0]}"
            raise Slip(Problem(message, piece.span, _mixing_hint(piece.value, possible[0])))
        possible = tuple(kind for kind in possible if kind in fitting)
    if possible == ("string",) and operator not in ("=", "!=", "in", "not in", "matches", "not matches"):
        values = [piece for piece in pieces if isinstance(piece, Piece)]
        raise Slip(Problem(f"'{operator}' can't compare strings", values[0].span, _order_hint(values[0].value)))
    return possible[0]


def _fitting(operand: Operand) -> tuple[ConditionKind, ...]:
    match operand:
        case nodes.Null():
            return "number", "string", "date"
        case nodes.Number():
            return ("number",) if operand.amount is None else ("number", "size")
        case nodes.Date() | nodes.Now():
            return ("date",)
        case nodes.Duration():
            return ("duration",)
        case nodes.Size():
            return ("size",)
        case nodes.String() | nodes.Constant() | nodes.Empty() | nodes.WhitespacesOnly():
            return ("string",)
        case _:
            return ("number",)


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _mixing_hint(operand: Operand, wanted: ConditionKind) -> str | None:
    if wanted == "string" and isinstance(operand, nodes.Number):
        return f'write it in quotes: "{operand}"'
    if wanted == "string" and isinstance(operand, nodes.Date):
        return "a quoted date is a date, never a string: keep dates and strings in conditions of their own"
    if wanted == "number" and isinstance(operand, nodes.String) and _NUMBER.fullmatch(operand.text):
        return f"write it without quotes: {operand.text}"
    if wanted in ("duration", "size") and isinstance(operand, nodes.Number):
        return "give every value its unit"
    if wanted == "date" and isinstance(operand, nodes.String):
        return 'dates are written "YYYY-MM-DD", "H:MM AM" or "HH:MM"'
    if isinstance(operand, nodes.Empty | nodes.WhitespacesOnly):
        return f"{operand} stands for strings, and only among strings"
    return None


def _order_hint(operand: Operand) -> str:
    if isinstance(operand, nodes.String) and _NUMBER.fullmatch(operand.text):
        return f"write the number without quotes: {operand.text}"
    return 'strings are compared with =, !=, in, not in, matches and not matches; dates are written "YYYY-MM-DD"'
