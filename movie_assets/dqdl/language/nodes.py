"""What a ruleset is made of: frozen nodes that know where they stand in the text and print as canonical DQDL."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of the text, with the 1-based line and column of its start."""

    start: int
    end: int
    line: int
    column: int


NOWHERE = Span(0, 0, 1, 1)


def _span() -> Span:
    """Spans never take part in equality: two rules are the same rule wherever they stand."""
    return field(default=NOWHERE, compare=False, repr=False)


# Operands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number, its text as typed (``-1.25``, without the blank of ``- 1``)."""

    text: str

    @property
    def value(self) -> float:
        return float(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Call:
    """A function of earlier values, such as ``avg(last(3))``; any name parses."""

    function: str
    arguments: tuple["NumberExpression", ...] = ()

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers joined by ``+ - * /``; all four share one precedence and associate left."""

    operator: Literal["+", "-", "*", "/"]
    left: "NumberExpression"
    right: "NumberExpression"

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True, slots=True)
class Parenthesised:
    """A number expression in parentheses."""

    inner: "NumberExpression"

    def __str__(self) -> str:
        return f"({self.inner})"


@dataclass(frozen=True, slots=True)
class Null:
    def __str__(self) -> str:
        return "NULL"


@dataclass(frozen=True, slots=True)
class Empty:
    def __str__(self) -> str:
        return "EMPTY"


@dataclass(frozen=True, slots=True)
class WhitespacesOnly:
    def __str__(self) -> str:
        return "WHITESPACES_ONLY"


@dataclass(frozen=True, slots=True)
class String:
    """A quoted string: ``text`` as typed between the quotes, ``value`` as it is compared."""

    text: str
    value: str

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Constant:
    """A use of ``$name``, with the strings the name stands for."""

    name: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"${self.name}"


@dataclass(frozen=True, slots=True)
class Date:
    """A quoted day ``YYYY-MM-DD`` or time of day (``H:MM AM``, ``HH:MM``), as typed between the quotes."""

    text: str

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Duration:
    amount: int
    unit: Literal["days", "hours", "minutes"]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Now:
    """``now()``, or ``(now() - 3 days)`` with a sign and an offset."""

    sign: Literal["+", "-"] | None = None
    offset: Duration | None = None

    def __str__(self) -> str:
        return f"(now() {self.sign} {self.offset})" if self.offset else "now()"


@dataclass(frozen=True, slots=True)
class Size:
    """A file size; without a unit it counts bytes."""

    amount: int
    unit: Literal["B", "KB", "MB", "GB", "TB"] | None = None

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}" if self.unit else str(self.amount)


NumberExpression: TypeAlias = Number | Call | Arithmetic | Parenthesised | Null
Operand: TypeAlias = NumberExpression | String | Constant | Empty | WhitespacesOnly | Date | Now | Duration | Size
ConditionKind: TypeAlias = Literal["number", "string", "date", "duration", "size"]
Operator: TypeAlias = Literal[
    ">", ">=", "<", "<=", "=", "!=", "between", "not between", "in", "not in", "matches", "not matches"
]


# Rules ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """What a metric, a cell or a file has to satisfy; the text alone decides the kind."""

    kind: ConditionKind
    operator: Operator
    operands: tuple[Operand, ...]
    bracketed: bool = True  # False for ``in $list``
    span: Span = _span()

    def __str__(self) -> str:
        if self.operator in ("between", "not between"):
            return f"{self.operator} {self.operands[0]} and {self.operands[1]}"
        if self.operator in ("in", "not in"):
            if len(self.operands) == 1 and isinstance(self.operands[0], Constant) and not self.bracketed:
                return f"{self.operator} {self.operands[0]}"
            return f"{self.operator} [{','.join(map(str, self.operands))}]"
        return f"{self.operator} {self.operands[0]}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: ``text`` as the author wrote it (quoted, bare or ``$name``), ``value`` what it stands for."""

    text: str
    value: str
    span: Span = _span()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Tag:
    """``with name = value``; ``with threshold ...`` is one, the only one with a free operator."""

    name: str
    condition: Condition
    span: Span = _span()

    @property
    def value(self) -> str:
        """The single operand's text without quotes."""
        operand = self.condition.operands[0]
        return operand.value if isinstance(operand, String) else str(operand)

    def __str__(self) -> str:
        return f"with {self.name} {self.condition}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``str(rule)`` is its canonical text."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    condition: Condition | None = None
    where: str | None = None  # as typed between the quotes
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    span: Span = _span()

    @property
    def threshold(self) -> Condition | None:
        return next((tag.condition for tag in self.tags if tag.name.lower() == "threshold"), None)

    def tag(self, name: str) -> str | None:
        return next((tag.value for tag in self.tags if tag.name == name), None)

    def leaves(self) -> "Iterator[Rule]":
        yield self

    def __str__(self) -> str:
        parts: list[str] = [self.type, *(str(parameter) for parameter in self.parameters)]
        if self.condition:
            parts.append(str(self.condition))
        if self.where is not None:
            parts.append(f'where "{self.where}"')
        parts.extend(str(tag) for tag in self.tags)
        if self.labels:
            parts.append(_labels(self.labels))
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """Rules joined by one operator; nests of the same operator are flat."""

    operator: Literal["AND", "OR"]
    operands: "tuple[Rule | CompositeRule, ...]"
    labels: Mapping[str, str] = field(default_factory=dict)
    span: Span = _span()

    def leaves(self) -> Iterator[Rule]:
        for operand in self.operands:
            yield from operand.leaves()

    def __str__(self) -> str:
        return f" {self.operator} ".join(f"({operand})" for operand in self.operands)


AnyRule: TypeAlias = Rule | CompositeRule


@dataclass(frozen=True, slots=True)
class Analyzer:
    """Measures like the rule type of its name, without a verdict."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    tags: tuple[Tag, ...] = ()
    span: Span = _span()

    def __str__(self) -> str:
        return " ".join([self.type, *map(str, self.parameters), *map(str, self.tags)])


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A parsed document: rules and analyzers in text order, with what stood around them."""

    rules: tuple[AnyRule, ...]
    analyzers: tuple[Analyzer, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    default_labels: Mapping[str, str] = field(default_factory=dict)
    text: str = field(default="", compare=False, repr=False)


def _labels(labels: Mapping[str, str]) -> str:
    return "labels=[" + ",".join(f'"{key}"="{value}"' for key, value in labels.items()) + "]"
