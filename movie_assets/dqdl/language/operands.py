"""The operands of conditions: frozen nodes that print as canonical DQDL."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from movie_assets.dqdl.errors import NOWHERE, Span

LONGEST_NUMBER, LONGEST_AMOUNT = 100, 12
"""The maximum number of digits of a number, and of an amount of time or bytes."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal, its text as typed (``-1.25``, without the blank of ``- 1``)."""

    text: str

    @property
    def value(self) -> float:
        """A double; a whole number that a double can't hold stays exact."""
        number = float(self.text)
        return number if abs(number) < 2**53 or "." in self.text else int(self.text)

    @property
    def amount(self) -> int | None:
        """The number as an amount of bytes, if it can be one."""
        return int(self.text) if self.text.isdigit() and len(self.text) <= LONGEST_AMOUNT else None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Call:
    """A function of earlier values, such as ``avg(last(3))``; any name parses."""

    function: str
    arguments: tuple["NumberExpression", ...] = ()

    def __str__(self) -> str:
        return f"{self.function}({','.join(map(str, self.arguments))})"


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


Item: TypeAlias = str | Null | WhitespacesOnly
"""The values of a constant, or of a list: EMPTY is the empty string."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A use of ``$name``, with its value; None if the name is not defined."""

    name: str
    values: tuple[Item, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)

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


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a metric, a cell or a file; the text alone determines its kind."""

    kind: ConditionKind
    operator: Operator
    operands: tuple[Operand, ...]
    bracketed: bool = True  # False for ``in $list``
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        if self.operator in ("between", "not between"):
            return f"{self.operator} {self.operands[0]} and {self.operands[1]}"
        if self.operator in ("in", "not in"):
            if len(self.operands) == 1 and isinstance(self.operands[0], Constant) and not self.bracketed:
                return f"{self.operator} {self.operands[0]}"
            return f"{self.operator} [{','.join(map(str, self.operands))}]"
        if len(self.operands) > 1:  # a tag's list of values
            return f"{self.operator} [{','.join(map(str, self.operands))}]"
        return f"{self.operator} {self.operands[0]}"
