"""The nodes of a ruleset: frozen, with their position in the text; they print as canonical DQDL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from movie_assets.dqdl.errors import NOWHERE, Span
from movie_assets.dqdl.language.operands import (
    Arithmetic,
    Call,
    Condition,
    ConditionKind,
    Constant,
    Date,
    Duration,
    Empty,
    Item,
    Now,
    Null,
    Number,
    NumberExpression,
    Operand,
    Operator,
    Parenthesised,
    Size,
    String,
    WhitespacesOnly,
)

__all__ = [
    "NOWHERE",
    "Analyzer",
    "AnyRule",
    "Arithmetic",
    "Call",
    "CompositeRule",
    "Condition",
    "ConditionKind",
    "Constant",
    "Date",
    "Duration",
    "Empty",
    "Entry",
    "Item",
    "Now",
    "Null",
    "Number",
    "NumberExpression",
    "Operand",
    "Operator",
    "Parameter",
    "Parenthesised",
    "Rule",
    "Ruleset",
    "Section",
    "Size",
    "Span",
    "String",
    "Tag",
    "WhitespacesOnly",
]

# Spans don't count for equality: two rules are equal wherever they are.

Section: TypeAlias = Literal["Metadata", "DataSources", "constant", "DefaultLabels", "labels"]


def _entries() -> "tuple[Entry, ...]":
    return field(default=(), compare=False, repr=False)


def _mapping() -> Mapping[str, str]:
    return field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key and value as written, including duplicate keys."""

    section: Section
    key: str
    value: Item | tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: ``text`` as written (quoted, bare or ``$name``), its ``value``, and the ``connector`` word (``of``,
    ``and``) before it, which has no meaning.
    """

    text: str
    value: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    connector: str | None = None

    def __str__(self) -> str:
        return f"{self.connector} {self.text}" if self.connector else self.text


@dataclass(frozen=True, slots=True)
class Tag:
    """``with name = value``; only ``with threshold ...`` may have another operator."""

    name: str
    condition: Condition
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """The operands' texts as typed between the quotes, constants replaced."""
        found: list[str] = []
        for operand in self.condition.operands:
            if isinstance(operand, Constant):
                found.extend(map(str, operand.values))
            else:
                found.append(operand.text if isinstance(operand, String | Date) else str(operand))
        return tuple(found)

    @property
    def value(self) -> str:
        """The first operand's text without quotes."""
        return self.values[0]

    def __str__(self) -> str:
        return f"with {self.name} {self.condition}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``str(rule)`` is its canonical text."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    condition: Condition | None = None
    where: str | None = None  # as typed between the quotes
    labels: Mapping[str, str] = _mapping()  # only the rule's own; see Ruleset.labels_of
    tags: tuple[Tag, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    where_span: Span = field(default=NOWHERE, compare=False, repr=False)
    entries: tuple[Entry, ...] = _entries()

    @property
    def threshold(self) -> Condition | None:
        return next((tag.condition for tag in self.tags if tag.name == "threshold"), None)

    def tag(self, name: str) -> str | None:
        return next((tag.value for tag in self.tags if tag.name == name), None)

    def leaves(self) -> "Iterator[Rule]":
        yield self

    def __str__(self) -> str:
        """Labels are printed before ``with``, as the open parser requires; ours reads them after it too."""
        parts: list[str] = [self.type, *(str(parameter) for parameter in self.parameters)]
        if self.condition:
            parts.append(str(self.condition))
        if self.where is not None:
            parts.append(f'where "{self.where}"')
        if self.labels:
            parts.append(f"labels={_labels(self.labels)}")
        parts.extend(str(tag) for tag in self.tags)
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """Rules joined by one operator; nested ones of the same operator are flattened, except those with own labels."""

    operator: Literal["AND", "OR"]
    operands: "tuple[Rule | CompositeRule, ...]"
    labels: Mapping[str, str] = _mapping()
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    entries: tuple[Entry, ...] = _entries()

    def leaves(self) -> Iterator[Rule]:
        for operand in self.operands:
            yield from operand.leaves()

    def __str__(self) -> str:
        """The text without the labels of the whole, as Glue shows it."""
        return f" {self.operator} ".join(
            _labelled(operand) if isinstance(operand, CompositeRule) else f"({operand})" for operand in self.operands
        )


AnyRule: TypeAlias = Rule | CompositeRule


@dataclass(frozen=True, slots=True)
class Analyzer:
    """An analyzer: measures like the rule type of its name, without a verdict."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    tags: tuple[Tag, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        return " ".join([self.type, *map(str, self.parameters), *map(str, self.tags)])


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A parsed document: rules and analyzers in text order, with their surroundings.

    ``str(ruleset)`` is the canonical document; everything but comments and blanks.
    """

    rules: tuple[AnyRule, ...]
    analyzers: tuple[Analyzer, ...] = ()
    metadata: Mapping[str, str] = _mapping()
    sources: Mapping[str, Item | tuple[Item, ...]] = field(default_factory=dict, hash=False)
    constants: Mapping[str, Item | tuple[Item, ...]] = field(default_factory=dict, hash=False)
    default_labels: Mapping[str, str] = _mapping()
    text: str = field(default="", compare=False, repr=False)
    entries: tuple[Entry, ...] = _entries()

    def labels_of(self, rule: AnyRule) -> dict[str, str]:
        """The labels of a rule: the default labels, overridden by its own."""
        return {**self.default_labels, **rule.labels}

    def __str__(self) -> str:
        parts: list[str] = []
        for name, pairs in (("Metadata", self.metadata), ("DataSources", self.sources)):
            if pairs:
                parts.append(_section(name, [f'"{key}": {_value(value)}' for key, value in pairs.items()], "{}"))
        parts.extend(f"{name} = {_value(value)}" for name, value in self.constants.items())
        if self.default_labels:
            parts.append(f"DefaultLabels = {_labels(self.default_labels)}")
        if self.rules or not self.analyzers:
            rules = [
                _labelled(rule) if isinstance(rule, CompositeRule) and rule.labels else str(rule) for rule in self.rules
            ]
            parts.append(_section("Rules", rules))
        if self.analyzers:
            parts.append(_section("Analyzers", [str(analyzer) for analyzer in self.analyzers]))
        return "\n".join(parts)


def labelled(rule: AnyRule, labels: Mapping[str, str]) -> str:
    """The rule's text with these labels instead of its own and its parts'."""
    if isinstance(rule, Rule):
        return str(replace(rule, labels=labels))
    text = f" {rule.operator} ".join(f"({labelled(operand, {})})" for operand in rule.operands)
    return f"({text}) labels={_labels(labels)}" if labels else text


def _labelled(rule: CompositeRule) -> str:
    return f"({rule}) labels={_labels(rule.labels)}" if rule.labels else f"({rule})"


def _labels(labels: Mapping[str, str]) -> str:
    return "[" + ", ".join(f'"{key}"="{value}"' for key, value in labels.items()) + "]"


def _value(value: Item | tuple[Item, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(map(_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _section(name: str, items: Sequence[str], brackets: str = "[]") -> str:
    return f"{name} = {brackets[0]}\n" + ",\n".join(f"    {item}" for item in items) + f"\n{brackets[1]}"
