"""Replacement texts in Java's syntax: ``$1`` and ``${name}`` are groups, a backslash quotes."""

import re
from dataclasses import dataclass

from movie_assets.dqdl.patterns.nodes import Pattern, PatternError

_PIECE = re.compile(r"\\(?P<quoted>.)|\$\{(?P<name>\w+)\}|\$(?P<digits>[0-9]+)|(?P<plain>[^\\$])", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Replacement:
    """The texts of a replacement, and the numbers of the groups between them."""

    parts: tuple[str | int, ...]

    @classmethod
    def of(cls, text: str, pattern: Pattern) -> "Replacement":
        """Parse a replacement for a pattern.

        Raises: PatternError, if Java rejects it.
        """
        parts: list[str | int] = []
        place = 0
        while place < len(text):
            piece = _PIECE.match(text, place)
            if piece is None:
                raise PatternError(f"the replacement '{text}' ends within, or has no group behind, its '{text[place]}'")
            place = piece.end()
            if piece["name"] is not None:
                if piece["name"] not in pattern.names:
                    raise PatternError(
                        f"the replacement names the group {piece['name']}, which the pattern doesn't have"
                    )
                parts.append(pattern.names[piece["name"]])
            elif piece["digits"] is not None:
                number, rest = _group(piece["digits"], pattern)
                parts += [number, rest]
            else:
                parts.append(piece["quoted"] or piece["plain"])
        return cls(tuple(part for part in parts if part != ""))

    @property
    def groups(self) -> int:
        """The number of inserted groups."""
        return sum(isinstance(part, int) for part in self.parts)


def _group(digits: str, pattern: Pattern) -> tuple[int, str]:
    """The longest prefix of the digits, at least one, that numbers an existing group; and the rest."""
    length = 1
    while length < len(digits) and int(digits[: length + 1]) <= pattern.groups:
        length += 1
    number = int(digits[:length])
    pattern.check_group(number)
    return number, digits[length:]
