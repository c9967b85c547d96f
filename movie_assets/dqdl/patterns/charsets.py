"""Sets of code points, so that every character class means the same to every matcher."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

LIMIT = 0x110000
"""One more than the last code point."""


@dataclass(frozen=True, slots=True)
class CharSet:
    """A set of code points: from the first edge up to, but excluding, the second; from the third, and so on."""

    edges: tuple[int, ...] = ()

    def __contains__(self, code: int) -> bool:
        return bisect_right(self.edges, code) % 2 == 1

    def __or__(self, other: "CharSet") -> "CharSet":
        return self._combined(other, lambda here, there: here or there)

    def __and__(self, other: "CharSet") -> "CharSet":
        return self._combined(other, lambda here, there: here and there)

    def __invert__(self) -> "CharSet":
        return CharSet(tuple(sorted({0, LIMIT}.symmetric_difference(self.edges))))

    def _combined(self, other: "CharSet", keep: Callable[[bool, bool], bool]) -> "CharSet":
        edges: list[int] = []
        for edge in sorted({*self.edges, *other.edges}):
            if keep(edge in self, edge in other) != (len(edges) % 2 == 1):
                edges.append(edge)
        return CharSet(tuple(edges))

    @property
    def ranges(self) -> Iterator[tuple[int, int]]:
        """First and last code point of every run, in order."""
        return ((start, end - 1) for start, end in zip(self.edges[::2], self.edges[1::2], strict=True))

    @property
    def single(self) -> int | None:
        """The code point of a set with only one."""
        one = len(self.edges) == 2 and self.edges[1] == self.edges[0] + 1
        return self.edges[0] if one else None


def char_range(first: int, last: int) -> CharSet:
    return CharSet((first, last + 1))


def chars(codes: str | Iterable[int]) -> CharSet:
    """The set of some characters."""
    edges: set[int] = set()
    for code in {ord(code) if isinstance(code, str) else code for code in codes}:
        edges ^= {code, code + 1}
    return CharSet(tuple(sorted(edges)))


NOTHING = CharSet()
ANYTHING = CharSet((0, LIMIT))
SURROGATES = char_range(0xD800, 0xDFFF)
LINE_ENDS = chars("\n\r\x85\u2028\u2029")
HORIZONTAL = chars(" \t\xa0\u1680\u180e\u202f\u205f\u3000") | char_range(0x2000, 0x200A)
VERTICAL = LINE_ENDS | chars("\x0b\f")
DIGITS = char_range(0x30, 0x39)
SPACES = chars(" \t\n\x0b\f\r")
LETTERS = char_range(0x41, 0x5A) | char_range(0x61, 0x7A)
WORD = LETTERS | DIGITS | chars("_")
