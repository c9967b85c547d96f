"""Parses text to nodes: `parse_document`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedInput
from lark.lark import PostLex

from movie_assets.dqdl.errors import NOWHERE, DQDLSyntaxError, Problem, Span
from movie_assets.dqdl.language.building import Builder
from movie_assets.dqdl.language.escapes import compared
from movie_assets.dqdl.language.nodes import (
    Analyzer,
    AnyRule,
    CompositeRule,
    Condition,
    Constant,
    Entry,
    Item,
    Parameter,
    Rule,
    Ruleset,
    Section,
)
from movie_assets.dqdl.language.pieces import MAX_DEPTH, Slip, span_of
from movie_assets.dqdl.language.slips import explain

MAX_BYTES = 65 * 1024
"""The maximum size of a ruleset, in bytes of UTF-8, as on Glue."""


def parse_document(text: str) -> Ruleset:
    """Parse a text to a ruleset, without validating its rules.

    Raises: DQDLSyntaxError, if the text is not DQDL.
    """
    _refuse_no_text(text)
    try:
        sections: Any = _language().parse(text)
    except Slip as slip:
        raise DQDLSyntaxError(slip.problem, text) from None
    except UnexpectedInput as error:
        raise DQDLSyntaxError(explain(_language(), text, error), text) from None
    return _ruleset(sections.value, text)


def _refuse_no_text(text: Any) -> None:
    if not isinstance(text, str):
        problem = Problem(
            f"a ruleset is a text; this is of the type {type(text).__name__}", NOWHERE, "read the text of a file first"
        )
        raise DQDLSyntaxError(problem, "")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        start, end = error.start, error.end
        span = Span(start, end, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        problem = Problem(f"U+{ord(text[start]):04X} is half of a character", span, "remove it")
        raise DQDLSyntaxError(problem, text) from error
    if size > MAX_BYTES:
        message = f"the ruleset has {size:,} bytes, and {MAX_BYTES:,} (65 KB) is the limit"
        raise DQDLSyntaxError(Problem(message, NOWHERE, "split it into several rulesets"), text)


class _Brackets(PostLex):
    """Passes tokens on, and rejects brackets that nest too deep."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            if token.type in ("LPAR", "LSQB", "LCURL"):
                depth += 1
                if depth > MAX_DEPTH:
                    raise Slip(Problem(f"brackets may nest at most {MAX_DEPTH} deep", span_of(token)))
            elif token.type in ("RPAR", "RSQB", "RCURL"):
                depth -= 1
            yield token


@cache
def _language() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        start="document",
        parser="lalr",
        lexer="basic",
        transformer=Builder(),
        postlex=_Brackets(),
        maybe_placeholders=False,
    )


def _ruleset(sections: list[tuple[str, Any]], text: str) -> Ruleset:
    entries: list[Entry] = [entry for name, found in sections if name == "entries" for entry in found]
    parts: dict[str, Any] = {name: tuple(found) for name, found in sections if name != "entries"}
    constants = _mapping(entries, "constant")
    rules: tuple[AnyRule, ...] = parts.get("rules", ())
    analyzers: tuple[Analyzer, ...] = parts.get("analyzers", ())
    if "$" in text:
        rules = tuple(_resolved(rule, constants) for rule in rules)
        analyzers = tuple(replace(one, parameters=_given(one.parameters, constants)) for one in analyzers)
    return Ruleset(
        rules=rules,
        analyzers=analyzers,
        metadata=_texts(entries, "Metadata"),
        sources=_mapping(entries, "DataSources"),
        constants=constants,
        default_labels=_texts(entries, "DefaultLabels"),
        text=text,
        entries=tuple(entries),
    )


def _mapping(entries: list[Entry], section: Section) -> dict[str, Item | tuple[Item, ...]]:
    return {entry.key: entry.value for entry in entries if entry.section == section}


def _texts(entries: list[Entry], section: Section) -> dict[str, str]:
    return {key: value for key, value in _mapping(entries, section).items() if isinstance(value, str)}


Constants = Mapping[str, Item | tuple[Item, ...]]


def _resolved(rule: AnyRule, constants: Constants) -> AnyRule:
    """The rule with the values of its constants; an undefined name has none."""
    if isinstance(rule, CompositeRule):
        return replace(rule, operands=tuple(_resolved(operand, constants) for operand in rule.operands))
    return _resolved_rule(rule, constants)


def _resolved_rule(rule: Rule, constants: Constants) -> Rule:
    condition = rule.condition
    if condition is not None:
        condition = _with_values(condition, constants, partial(compared, operator=condition.operator))
    return replace(
        rule,
        parameters=_given(rule.parameters, constants),
        condition=condition,
        tags=tuple(replace(tag, condition=_with_values(tag.condition, constants, str)) for tag in rule.tags),
    )


def _given(parameters: tuple[Parameter, ...], constants: Constants) -> tuple[Parameter, ...]:
    return tuple(
        replace(one, value=_single(constants.get(one.text[1:]))) if one.text.startswith("$") else one
        for one in parameters
    )


def _single(value: Item | tuple[Item, ...] | None) -> str:
    return value if isinstance(value, str) else ""


def _with_values(condition: Condition, constants: Constants, read: Callable[[str], str]) -> Condition:
    operands = tuple(
        replace(operand, values=tuple(_read(item, read) for item in _several(constants.get(operand.name, ()))))
        if isinstance(operand, Constant)
        else operand
        for operand in condition.operands
    )
    return replace(condition, operands=operands)


def _read(item: Item, read: Callable[[str], str]) -> Item:
    return read(item) if isinstance(item, str) else item


def _several(value: Item | tuple[Item, ...]) -> tuple[Item, ...]:
    return value if isinstance(value, tuple) else (value,)
