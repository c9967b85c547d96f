"""Reads the characters of a pattern: quotes resolved, blanks and comments skipped under ``(?x)``."""

from dataclasses import dataclass

from movie_assets.dqdl.patterns.nodes import PatternError

DEEPEST = 50
"""The maximum nesting of groups and classes, because the parser recurses into them."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The current flags, by Java's letters."""

    i: bool = False
    m: bool = False
    s: bool = False
    d: bool = False
    u: bool = False
    x: bool = False
    U: bool = False


class Reader:
    """A position in a pattern. ``peek`` returns the current character, ``read`` consumes it, ``next`` skips it.

    The end reads as character 0; ``at_end`` distinguishes it from a 0 in the pattern.
    """

    def __init__(self, text: str) -> None:
        self._codes, self._positions = unquoted(text)
        self.length = len(self._codes)
        self._codes += [0, 0]
        self._positions += [len(text), len(text)]
        self.cursor = 0
        self.flags = Flags()
        self.depth = 0

    @property
    def at_end(self) -> bool:
        return self.cursor >= self.length

    def error(self, reason: str) -> PatternError:
        return PatternError(reason, self._positions[max(0, min(self.cursor, self.length) - 1)])

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"groups and classes nested more than {DEEPEST} deep are not supported")

    def peek(self) -> str:
        self._pass_comments()
        return self.plain()

    def plain(self, ahead: int = 0) -> str:
        """The character at an offset, also a blank or the start of a comment."""
        return chr(self._codes[min(self.cursor + ahead, self.length + 1)])

    def read(self) -> str:
        self._pass_comments()
        one = self.plain()
        self.cursor += 1
        return one

    def next(self) -> str:
        self.cursor += 1
        return self.peek()

    def until(self, stop: str) -> str | None:
        """The text up to a character, which is consumed too; None if it does not occur."""
        start = self.cursor
        while self.cursor < self.length:
            self.cursor += 1
            if self._codes[self.cursor - 1] == ord(stop):
                return "".join(map(chr, self._codes[start : self.cursor - 1]))
        return None

    def _pass_comments(self) -> None:
        if not self.flags.x:
            return
        ends = "\n" if self.flags.d else "\n\r\x85\u2028\u2029"
        while not self.at_end:
            if self.plain() == "#":
                while not self.at_end and self.plain() not in ends:
                    self.cursor += 1
            elif self.plain() not in " \t\n\x0b\f\r":
                return
            else:
                self.cursor += 1


def unquoted(text: str) -> tuple[list[int], list[int]]:
    r"""The code points of a pattern with ``\Q...\E`` written as escapes, and their positions in the text."""
    codes: list[int] = []
    positions: list[int] = []
    index, quoted, begun = 0, False, False
    while index < len(text):
        taken = text[index : index + 2]
        if taken == ("\\E" if quoted else "\\Q"):
            index, quoted, begun = index + 2, not quoted, not quoted
            continue
        if not quoted:
            written = taken = taken if taken.startswith("\\") else taken[0]
        else:
            taken = taken[0]
            if taken.isascii() and not taken.isalnum():
                written = f"\\{taken}"
            else:  # a digit must not become part of the escape before the quote
                written = f"\\x3{taken}" if begun and taken in "0123456789" else taken
        codes += map(ord, written)
        positions += [index] * len(written)
        index, begun = index + len(taken), False
    return codes, positions
