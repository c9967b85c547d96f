"""The tree of a pattern. Classes, flags and escapes are resolved to sets of characters."""

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
    "previous",  # the end of the previous match: \G
]
Mode = Literal["greedy", "lazy", "possessive"]


class PatternError(Exception):
    """An invalid or unsupported pattern: Java's reason, or the unsupported part, and its position."""

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
    """An item between ``least`` and ``most`` times (None: unbounded)."""

    item: "Node"
    least: int
    most: int | None
    mode: Mode


@dataclass(frozen=True, slots=True)
class Anchor:
    """A position between characters; ``chars`` are the line ends, or the word characters, according to the flags."""

    kind: AnchorKind
    chars: CharSet = NOTHING


@dataclass(frozen=True, slots=True)
class Lookaround:
    """A lookahead or lookbehind."""

    item: "Node"
    behind: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Atomic:
    """An atomic group: never re-entered after a match."""

    item: "Node"


@dataclass(frozen=True, slots=True)
class Reference:
    """A backreference; a group that does not exist has matched nothing."""

    number: int
    caseless: Literal["ascii", "unicode"] | None


@dataclass(frozen=True, slots=True)
class Grapheme:
    r"""A grapheme cluster: ``\X``."""


Node: TypeAlias = Chars | Sequence | Choice | Group | Repeat | Anchor | Lookaround | Atomic | Reference | Grapheme


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern: its tree, the number of capturing groups, and the numbers of named ones.

    ``groups_reach``: a group is inside a lookaround and may contain far more than the match.
    """

    text: str
    tree: Node
    groups: int
    names: dict[str, int]
    groups_reach: bool

    def check_group(self, number: int) -> None:
        """Raises: PatternError, if the pattern has no such group."""
        if not 0 <= number <= self.groups:
            raise PatternError(f"the pattern '{self.text}' has {self.groups} groups, there is no group {number}")


UNBOUNDED = 2**31 - 1
"""Java's highest repeat count."""


def widest(node: Node) -> int | None:
    """The maximum number of characters a node can match; None if unbounded to Java."""
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
    """The minimum number of characters a node can match."""
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
