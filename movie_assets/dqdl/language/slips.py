"""Explains syntax errors: what was expected, and a hint for common errors."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from lark import Lark, Token, UnexpectedInput
from lark.exceptions import UnexpectedCharacters

from movie_assets.dqdl.errors import Problem, Span, shown
from movie_assets.dqdl.language.hints import character_hint, hint
from movie_assets.dqdl.language.pieces import Slip, span_of
from movie_assets.dqdl.language.place import KEYWORDS, Place, miscased

END = "$END"
_NUMBER = {"INT", "DECIMAL", "MINUS", "LPAR", "IDENT", "NULL"}
_STRING = {"STRING", "DATE"}
_WORDS: tuple[tuple[set[str], str], ...] = (
    ({*_STRING, "CONST", "NULL", "EMPTY", "WHITESPACES_ONLY", "LSQB"}, "a string or a list of strings"),
    ({*_STRING, "LSQB"}, "a string or a list of strings"),
    ({*_NUMBER, "CONST", "NOW", "EMPTY", "WHITESPACES_ONLY", *_STRING}, "a value"),
    ({*_STRING, "CONST", "NULL", "EMPTY", "WHITESPACES_ONLY"}, "a string"),
    (_NUMBER, "a number"),
    ({"GT", "GE", "LT", "LE", "EQ", "NE", "BETWEEN", "IN", "NOT", "MATCHES"}, "a condition"),
    ({"BETWEEN", "IN", "MATCHES"}, "'between', 'in' or 'matches'"),
    ({*_STRING, "IDENT", "CONST", "OF"}, "a parameter"),
    ({*_STRING, "IDENT", "CONST"}, "a parameter"),
    ({"STRING", "INT", "DECIMAL", "IDENT"}, "a value"),
    ({*_STRING, "CONST"}, "a string in double quotes"),
    (_STRING, "a string in double quotes"),
    ({"INT", "DECIMAL"}, "a number"),
    ({"INT"}, "a whole number"),
    ({"IDENT", "LPAR"}, "a rule"),
    ({"DAYS", "HOURS", "MINUTES"}, "a unit (days, hours or minutes)"),
    ({"BYTES", "KILOBYTES", "MEGABYTES", "GIGABYTES", "TERABYTES"}, "a unit (B, KB, MB, GB or TB)"),
    ({"PLUS", "MINUS", "STAR", "SLASH"}, "an operator (+ - * /)"),
    ({"PLUS", "MINUS"}, "'+' or '-'"),
    ({"RULES", "ANALYZERS"}, "'Rules' or 'Analyzers'"),
    ({"CONST"}, "a constant ($name)"),
    ({END}, "the end of the text"),
)
_CONTINUING = {"PLUS", "MINUS", "STAR", "SLASH", "DAYS", "HOURS", "MINUTES"} | {
    *("BYTES", "KILOBYTES", "MEGABYTES", "GIGABYTES", "TERABYTES")
}
_SIGNS = {"EQ": "=", "COMMA": ",", "COLON": ":", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]"}
_SIGNS |= {"LCURL": "{", "RCURL": "}"}


def explain(language: Lark, text: str, error: UnexpectedInput) -> Problem:
    """The problem that caused a parse error."""
    if isinstance(error, UnexpectedCharacters):
        return _unexpected_character(text, error)
    tokens, bad = _tokens(language, text), getattr(error, "token", None)
    position = len(tokens)
    if bad is not None and bad.type != END:
        position = next(index for index, token in enumerate(tokens) if token.start_pos == bad.start_pos)
    position = _first_wrong(tokens, position, _accepted(language, text, tokens[:position]))
    return _unexpected_token(Place(text, tokens, position, _accepted(language, text, tokens[:position])))


def _tokens(language: Lark, text: str) -> list[Token]:
    """The tokens of a text, up to the first invalid one."""
    tokens: list[Token] = []
    with suppress(UnexpectedCharacters, Slip):
        tokens.extend(language.lex(text))
    return tokens


def _accepted(language: Lark, text: str, tokens: Sequence[Token]) -> frozenset[str]:
    """The token types accepted after the tokens."""
    reader = language.parse_interactive(text)
    for token in tokens:
        reader.feed_token(token)
    return frozenset(reader.accepts())  # type: ignore[no-untyped-call]


def _first_wrong(tokens: Sequence[Token], position: int, accepted: frozenset[str]) -> int:
    """The actual error: the parser notices a keyword in the wrong case, or a bare word as a value, only later."""
    start = position
    while start and miscased(tokens[start - 1]):
        start -= 1
    if start == position and accepted == {"LPAR"} and tokens[position - 1].type == "IDENT":
        return position - 1
    return start


def _unexpected_token(place: Place) -> Problem:
    if place.token is None:
        span = _end_of(place)
        if "RULES" in place.accepted:
            return Problem("No rules or analyzers provided", span, hint(place) or "a ruleset is Rules = [ ... ]")
        return Problem(f"expected {expected(place.accepted)}, but the text ends", span, hint(place))
    if END in place.accepted:
        return Problem(
            f"unexpected {_shown(place.token)} after the end of the ruleset", span_of(place.token), hint(place)
        )
    message = f"expected {expected(place.accepted)}, found {_shown(place.token)}"
    return Problem(message, span_of(place.token), hint(place))


def _end_of(place: Place) -> Span:
    """The position after the last token."""
    if not place.tokens:
        return Span(0, 0, 1, 1)
    last = place.tokens[-1]
    start, lines = last.end_pos or 0, str(last).split("\n")
    column = (last.column or 1) + len(last) if len(lines) == 1 else len(lines[-1]) + 1
    return Span(start, start, (last.line or 1) + len(lines) - 1, column)


def _unexpected_character(text: str, error: UnexpectedCharacters) -> Problem:
    start = error.pos_in_stream or 0
    character = text[start]
    span = Span(start, start + 1, error.line, error.column)
    if character == '"':
        return Problem("this string is not closed", span, 'a string ends with a double quote; within it, write \\"')
    shown = f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
    return Problem(f"unexpected character {shown}", span, character_hint(text, start))


def expected(accepted: Iterable[str]) -> str:
    """The expected tokens as text; operators and units only if nothing else is accepted."""
    left = set(accepted) - {"AND_GROUP"}
    if "INT" not in left:
        left = left - _CONTINUING or left
    if "IDENT" in left and "STRING" in left:
        left.discard("AND")
    words: list[str] = []
    for terminals, word in _WORDS:
        if terminals <= left:
            left -= terminals
            words.append(word)
    words += [f"'{sign}'" for name, sign in _SIGNS.items() if name in left]
    words += [word for name, word in KEYWORDS.items() if name in left]
    words = words or ["a name"]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _shown(token: Token) -> str:
    return shown(token) if token.type in ("STRING", "DATE") else f"'{shown(token)}'"
