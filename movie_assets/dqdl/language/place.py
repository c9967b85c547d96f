"""The position of a syntax error among the tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

UPPER_TOO = ("and", "or", "of", "null", "empty", "whitespaces_only")
_LOWER = ("where", "labels", "with", "between", "in", "not", "matches", "days", "hours", "minutes")
_SPELLINGS = {word.lower(): word for word in (*UPPER_TOO, *_LOWER)}
KEYWORDS = {word.upper(): f"'{word}'" for word in (*_LOWER, *UPPER_TOO)} | {
    "METADATA": "'Metadata'",
    "DATA_SOURCES": "'DataSources'",
    "DEFAULT_LABELS": "'DefaultLabels'",
    "RULES": "'Rules'",
    "ANALYZERS": "'Analyzers'",
}
OPENING = {"LPAR": "(", "LSQB": "[", "LCURL": "{"}
CLOSING = {"RPAR": "(", "RSQB": "[", "RCURL": "{"}


@dataclass(frozen=True, slots=True)
class Place:
    """An unexpected token (``None``: the text ends), and the tokens accepted instead."""

    text: str
    tokens: Sequence[Token]
    position: int
    accepted: frozenset[str]

    @property
    def token(self) -> Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    @property
    def type(self) -> str:
        return self.token.type if self.token is not None else ""

    def before(self, count: int = 1) -> Token | None:
        return self.tokens[self.position - count] if self.position >= count else None

    def type_before(self, count: int = 1) -> str:
        token = self.before(count)
        return token.type if token is not None else ""

    def around(self) -> str:
        """The text at the token, with the character before it."""
        start = self.token.start_pos or 0 if self.token is not None else len(self.text)
        return self.text[max(0, start - 1) : start + 2]

    def item(self) -> list[str]:
        """The types of the tokens since the start of the rule."""
        found: list[str] = []
        depth = 0
        for token in reversed(self.tokens[: self.position]):
            depth += (token.type in CLOSING) - (token.type in OPENING)
            if depth < 0 or (depth == 0 and token.type == "COMMA"):
                break
            found.append(token.type)
        return found

    def open_brackets(self) -> list[Token]:
        stack: list[Token] = []
        for token in self.tokens[: self.position]:
            if token.type in OPENING:
                stack.append(token)
            elif token.type in CLOSING and stack:
                stack.pop()
        return stack


def miscased(token: Token) -> bool:
    """Whether a bare word is a keyword in the wrong case."""
    return token.type == "IDENT" and token.lower() in _SPELLINGS
