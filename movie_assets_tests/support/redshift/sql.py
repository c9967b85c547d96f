"""SQL as tokens, exactly enough to tell statements apart and to rewrite a few of them. No token is ever lost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<string>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')
      | (?P<dollar>(?P<tag>\$\w*\$).*?(?P=tag))
      | (?P<name>"(?:[^"]|"")*")
      | (?P<parameter>\$\d+)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>\w[\w$]*)
      | (?P<mark>::|<=|>=|<>|!=|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str

    @property
    def upper(self) -> str:
        """The word in capitals, a mark as it is; empty for strings and quoted names, which are no keywords."""
        return self.text.upper() if self.kind in ("word", "mark", "number") else ""

    @property
    def value(self) -> str:
        """What a string literal says, or a name as the catalog spells it."""
        if self.kind == "string":
            return self.text[self.text.index("'") + 1 : -1].replace("''", "'")
        if self.kind == "name":
            return self.text[1:-1].replace('""', '"')
        return self.text.lower()


def tokens(text: str) -> list[Token]:
    """The tokens of a text, spaces and comments included."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        found.append(Token("dollar" if match["dollar"] else kind, match[0]))
    return found


def meaning(parts: Sequence[Token]) -> list[Token]:
    """Without spaces and comments."""
    return [part for part in parts if part.kind != "space"]


def text_of(parts: Sequence[Token]) -> str:
    return "".join(part.text for part in parts)


def spaced(parts: Sequence[Token]) -> str:
    return " ".join(part.text for part in parts)


def statements(text: str) -> list[list[Token]]:
    """The statements of a text, without their semicolons; those that say nothing are left out."""
    found: list[list[Token]] = [[]]
    for part in tokens(text):
        if part.kind == "mark" and part.text == ";":
            found.append([])
        else:
            found[-1].append(part)
    return [statement for statement in found if meaning(statement)]


def closing(parts: Sequence[Token], opening: int) -> int:
    """The index of the parenthesis that closes the one at `opening`; -1 where it is missing."""
    depth = 0
    for index in range(opening, len(parts)):
        depth += {"(": 1, ")": -1}.get(parts[index].upper, 0)
        if depth == 0:
            return index
    return -1


def after_name(parts: Sequence[Token], at: int) -> int:
    """The index after the name, with or without a schema, that begins at a token."""
    at += 1
    while at + 1 < len(parts) and parts[at].upper == ".":
        at += 2
    return at


def items(parts: Sequence[Token]) -> list[list[Token]]:
    """Parts between commas that are not inside parentheses."""
    found: list[list[Token]] = [[]]
    depth = 0
    for part in parts:
        depth += {"(": 1, ")": -1}.get(part.upper, 0)
        if part.upper == "," and depth == 0:
            found.append([])
        else:
            found[-1].append(part)
    return found


def word_pairs(parts: Sequence[Token]) -> set[str]:
    """The unquoted words, and each with the word or mark that follows it: `ON`, `ON CONFLICT`, `UNNEST (`."""
    uppers = [part.upper for part in parts]
    return set(uppers) | {f"{one} {two}" for one, two in pairwise(uppers)}
