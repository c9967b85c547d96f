"""Builds nodes from the parse: one method per grammar rule, called during parsing, so that nothing recurses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from lark import Token

from movie_assets.dqdl.errors import Problem, Span
from movie_assets.dqdl.language import nodes
from movie_assets.dqdl.language.conditions import ConditionBuilder
from movie_assets.dqdl.language.nodes import (
    Analyzer,
    AnyRule,
    CompositeRule,
    Condition,
    Entry,
    Item,
    Parameter,
    Rule,
    Tag,
)
from movie_assets.dqdl.language.pieces import Slip, node, span_of


class Where(NamedTuple):
    text: str
    span: Span


class Builder(ConditionBuilder):
    """Builds nodes from tokens; stateless."""

    # The document

    @node
    def document(self, span: Span, *sections: tuple[str, Any]) -> list[tuple[str, Any]]:
        return list(sections)

    @node
    def metadata(self, span: Span, name: Token, eq: Token, entries: list[Entry]) -> tuple[str, Any]:
        return "entries", entries

    @node
    def sources(self, span: Span, name: Token, eq: Token, entries: list[Entry]) -> tuple[str, Any]:
        return "entries", [replace(entry, section="DataSources") for entry in entries]

    @node
    def dictionary(self, span: Span, *children: Any) -> list[Entry]:
        return [child for child in children if isinstance(child, Entry)]

    @node
    def pair(self, span: Span, key: str, colon: Token, value: str | tuple[str, ...]) -> Entry:
        return Entry("Metadata", key, value, span)

    @node
    def constant(self, span: Span, name: Token, eq: Token, value: Item | tuple[Item, ...]) -> tuple[str, Any]:
        return "entries", [Entry("constant", str(name), value, span)]

    @node
    def constant_value(self, span: Span, token: Token) -> Item:
        match token.type:
            case "EMPTY":
                return ""
            case "NULL":
                return nodes.Null()
            case "WHITESPACES_ONLY":
                return nodes.WhitespacesOnly()
            case "CONST":
                return str(token)
        return token[1:-1]

    @node
    def constant_values(self, span: Span, *children: Any) -> tuple[Item, ...]:
        return tuple(child for child in children if not isinstance(child, Token))

    @node
    def default_labels(self, span: Span, name: Token, eq: Token, labels: list[Entry]) -> tuple[str, Any]:
        return "entries", [replace(label, section="DefaultLabels") for label in labels]

    @node
    def text(self, span: Span, token: Token) -> str:
        return token[1:-1]

    @node
    def texts(self, span: Span, *children: Any) -> tuple[str, ...]:
        return tuple(child for child in children if not isinstance(child, Token))

    # Rules

    @node
    def rules(self, span: Span, *children: Any) -> tuple[str, Any]:
        return "rules", [child for child in children if not isinstance(child, Token)]

    @node
    def disjunction(self, span: Span, *children: Any) -> AnyRule:
        return _joined("OR", span, children)

    @node
    def conjunction(self, span: Span, *children: Any) -> AnyRule:
        return _joined("AND", span, children)

    @node
    def in_parentheses(self, span: Span, left: Token, rule: AnyRule, right: Token, *labels: Any) -> AnyRule:
        if not labels:
            return rule
        entries = (*rule.entries, *labels[-1])
        return replace(rule, labels=_mapping(entries), entries=entries)

    @node
    def rule(self, span: Span, name: Token, *parts: Any) -> Rule:
        where = next((part for part in parts if isinstance(part, Where)), None)
        entries = tuple(entry for part in parts if isinstance(part, list) for entry in part)
        return Rule(
            str(name),
            tuple(part for part in parts if isinstance(part, Parameter)),
            next((part for part in parts if isinstance(part, Condition)), None),
            where.text if where else None,
            _mapping(entries),
            tuple(part for part in parts if isinstance(part, Tag)),
            span,
            where.span if where else span,
            entries,
        )

    @node
    def parameter(self, span: Span, *tokens: Token) -> Parameter:
        token = tokens[-1]
        value = {"IDENT": str(token), "CONST": ""}.get(token.type, token[1:-1])
        return Parameter(str(token), value, span_of(token), str(tokens[0]) if len(tokens) > 1 else None)

    @node
    def where(self, span: Span, word: Token, token: Token) -> Where:
        return Where(token[1:-1], span)

    @node
    def own_labels(self, span: Span, word: Token, eq: Token, labels: list[Entry]) -> list[Entry]:
        return labels

    @node
    def labels(self, span: Span, *children: Any) -> list[Entry]:
        return [child for child in children if isinstance(child, Entry)]

    @node
    def label(self, span: Span, key: str, eq: Token, value: str) -> Entry:
        return Entry("labels", key, value, span)

    @node
    def tag(self, span: Span, word: Token, name: Token, *rest: Any) -> Tag:
        known = "threshold" if name.lower() == "threshold" else str(name)
        if isinstance(rest[0], Condition):
            return Tag(known, rest[0], span)
        return Tag(known, Condition("string", "=", tuple(nodes.String(text, text) for text in rest[1])), span)

    # Analyzers

    @node
    def analyzers(self, span: Span, *children: Any) -> tuple[str, Any]:
        found: list[Analyzer] = []
        for child in children:
            if isinstance(child, Tag):  # ``with bins = 10, rebin = false`` continues after the comma
                if not found or not found[-1].tags:
                    raise Slip(
                        Problem(f"'{child.name} = ...' belongs to no analyzer", child.span, "write 'with' first")
                    )
                found[-1] = replace(found[-1], tags=(*found[-1].tags, child))
            elif not isinstance(child, Token):
                found.append(child)
        return "analyzers", found

    @node
    def analyzer(self, span: Span, name: Token, *parts: Any) -> Analyzer:
        parameters = tuple(part for part in parts if isinstance(part, Parameter))
        return Analyzer(str(name), parameters, tuple(part for part in parts if isinstance(part, Tag)), span)

    @node
    def analyzer_tag(self, span: Span, word: Token, name: Token, eq: Token, value: Condition) -> Tag:
        return Tag(str(name), value, span)

    @node
    def further_tag(self, span: Span, name: Token, eq: Token, value: Condition) -> Tag:
        return Tag(str(name), value, span)

    @node
    def tag_value(self, span: Span, token: Token) -> Condition:
        if token.type in ("INT", "DECIMAL"):
            return Condition("number", "=", (nodes.Number(str(token)),), span=span)
        text = token[1:-1] if token.type == "STRING" else str(token)
        return Condition("string", "=", (nodes.String(text, text),), span=span)


def _joined(operator: Literal["AND", "OR"], span: Span, children: Sequence[Any]) -> CompositeRule:
    """A composite; nested composites of the same operator are flattened, except those with their own labels."""
    operands: list[AnyRule] = []
    for child in children:
        if isinstance(child, CompositeRule) and child.operator == operator and not child.labels:
            operands.extend(child.operands)
        elif not isinstance(child, Token):
            operands.append(child)
    return CompositeRule(operator, tuple(operands), span=span)


def _mapping(entries: Sequence[Entry]) -> dict[str, str]:
    return {entry.key: str(entry.value) for entry in entries}
