"""The tree of a pattern. Classes, flags and escapes are resolved: a character is the set of those that match it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from movie_assets.dqdl.patterns.charsets import NOTHING, CharSet

AnchorKind = Literal[
    "start",  # of the text: ^ \A
    "end",  # of the text: \z
    "last",  # the end of the text, or before a line end that is its last: $ \Z
    "line start",  # (?m)^
    "line end",  # (?m)$
    "word",  # \b
    "not word",  # \B
    "previous",  # where the match before ended: \G
]
Mode = Literal["greedy", "lazy", "possessive"]


class PatternError(Exception):
    """A pattern that can't be judged: Java's reason, or what of it is beyond us, and the position in its text."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        self.reason = reason
        self.position = position
        super().__init__(reason if position is None else f"{reason} at character {position + 1}")


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    members: CharSet


@dataclass(frozen=True, slots=True)
class Sequence:
    items: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Branches, tried in order."""

    branches: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group."""

    item: "Node"
    number: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """An item between ``least`` and ``most`` times (None: without bound)."""

    item: "Node"
    least: int
    most: int | None
    mode: Mode


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place between characters; ``chars`` are the line ends, or the characters of a word, by the flags in force."""

    kind: AnchorKind
    chars: CharSet = NOTHING


@dataclass(frozen=True, slots=True)
class Lookaround:
    """A look ahead or behind."""

    item: "Node"
    behind: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Atomic:
    """A group that is not entered again once it has matched."""

    item: "Node"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a group has matched; a group that is nowhere has matched nothing."""

    number: int
    caseless: Literal["ascii", "unicode"] | None


@dataclass(frozen=True, slots=True)
class Grapheme:
    r"""What a person sees as one character: ``\X``."""


Node: TypeAlias = Chars | Sequence | Choice | Group | Repeat | Anchor | Lookaround | Atomic | Reference | Grapheme


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern: its tree, how many capturing groups it has, and the numbers of named ones.

    Where ``groups_reach`` a group stands in a lookaround, and may hold far more than the match.
    """

    text: str
    tree: Node
    groups: int
    names: dict[str, int]
    groups_reach: bool

    def check_group(self, number: int) -> None:
        """Raises: PatternError, where the pattern has no such group."""
        if not 0 <= number <= self.groups:
            raise PatternError(f"the pattern '{self.text}' has {self.groups} groups, there is no group {number}")


UNBOUNDED = 2**31 - 1
"""The highest count there is in Java."""


def widest(node: Node) -> int | None:
    """The most characters a node can match; None where Java sees no bound, which it does for repeated characters."""
    match node:
        case Chars():
            return 1
        case Sequence(items):
            widths = [widest(item) for item in items]
            return None if None in widths else sum(width or 0 for width in widths)
        case Choice(branches):
            widths = [widest(branch) for branch in branches]
            return None if None in widths else max(width or 0 for width in widths)
        case Group(item) | Atomic(item):
            return widest(item)
        case Repeat(Chars(), _, None):
            return UNBOUNDED
        case Repeat(item, _, most):
            width = widest(item)
            return None if width is None or most is None else width * most
        case Anchor() | Lookaround():
            return 0
        case Reference() | Grapheme():
            return None


def narrowest(node: Node) -> int:
    """The fewest characters a node can match."""
    match node:
        case Chars() | Grapheme():
            return 1
        case Sequence(items):
            return sum(narrowest(item) for item in items)
        case Choice(branches):
            return min(narrowest(branch) for branch in branches)
        case Group(item) | Atomic(item):
            return narrowest(item)
        case Repeat(item, least):
            return narrowest(item) * least
        case Anchor() | Lookaround() | Reference():
            return 0
