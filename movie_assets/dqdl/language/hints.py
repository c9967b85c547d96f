"""Hints for common syntax errors, each with the correct form."""

import re
from collections.abc import Callable
from itertools import pairwise

from movie_assets.dqdl.errors import shown
from movie_assets.dqdl.language.place import CLOSING, UPPER_TOO, Place, miscased

_SECTIONS = ("Metadata", "DataSources", "DefaultLabels", "Rules", "Analyzers")
_SECTION_TOKENS = {"METADATA", "DATA_SOURCES", "DEFAULT_LABELS", "RULES", "ANALYZERS"}
_UNITS = re.compile(r"(?i)(second|minute|hour|day|week|month|year|min|hr|sec|[smhd])s?")
_SIZES = re.compile(r"(?i)([kmgtp]i?b?|bytes?)")
_CONDITION_STARTS = {"GT", "GE", "LT", "LE", "EQ", "NE", "BETWEEN", "IN", "NOT", "MATCHES", "WHERE", "LABELS"}
_ORDER = "Metadata, DataSources, constants, DefaultLabels, Rules, Analyzers"


def hint(place: Place) -> str | None:
    """The first hint that fits."""
    return next((found for look in _LOOKS if (found := look(place))), None)


def character_hint(text: str, position: int) -> str | None:
    """The hint for a character that starts no token."""
    character = text[position]
    known = {
        ";": "rules are separated by commas",
        "`": 'a name stands in double quotes: "name"',
        "&": "write 'and'",
        "|": "write 'or'",
        "%": "write a share as a number: 0.95",
        "!": "'not equal' is written !=",
        "$": "a constant is used as $name",
        "\\": "a backslash stands only within a string",
    }
    if character in "'\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb":
        return 'strings stand in straight double quotes: "..."'
    if character in known:
        return known[character]
    if not character.isprintable() or character.isspace():
        return "this character is not a blank of the language: remove it, or write a space"
    return 'names of other characters than letters, digits, _ and . stand in double quotes: "..."'


def _operators(place: Place) -> str | None:
    around, token, previous = place.around(), place.type, place.type_before()
    if "//" in around or "--" in around or "/*" in around:
        return "comments start with #"
    if (previous, token) in (("EQ", "EQ"), ("NE", "EQ")):
        return "'equal' is written =, 'not equal' !="
    if (previous, token) == ("LT", "GT"):
        return "'not equal' is written !="
    if token == "EQ" and previous in ("LT", "GT"):
        return "write <= and >= without a blank"
    if previous == "EQ" and token in ("LT", "GT"):
        return "write <= and >="
    if previous == "NOW" and token in ("PLUS", "MINUS"):
        return "write parentheses around it: (now() - 3 days)"
    if previous == "NOT" and token in _CONDITION_STARTS:
        return "'not' stands before between, in and matches; 'not equal' is written !="
    if token == "PLUS" and "INT" in place.accepted:
        return "a positive number has no sign"
    return None


def _keywords(place: Place) -> str | None:
    token = place.token
    if token is None or not miscased(token):
        return None
    words = [str(token)]
    for following in place.tokens[place.position + 1 :]:
        if not miscased(following):
            break
        words.append(str(following))
    right = " ".join(word.lower() for word in words)
    both = f" or '{right.upper()}'" if right in UPPER_TOO else ""
    return f"write '{right}'{both}: keywords are spelled exactly so"


def _numbers(place: Place) -> str | None:
    token = place.token
    if token is None:
        return None
    comma = place.type_before() == "COMMA" and place.type_before(2) in ("INT", "DECIMAL")
    if token.type in ("INT", "DECIMAL") and comma and "INT" not in place.accepted:
        return f"numbers have no thousands separator: write {place.before(2)}{token}"
    if token.type == "CONST" and "INT" in place.accepted:
        return "a constant can't stand among numbers"
    if token.type != "IDENT" or token[0] not in ".0123456789":
        return None
    if re.fullmatch(r"\.[0-9]+", token):
        return f"write 0{token}"
    if re.fullmatch(r"[0-9]+\.", token):
        return f"write {token}0"
    if re.fullmatch(r"[0-9.]+[eE][0-9]*", token):
        return "write the number out, without an exponent"
    if re.fullmatch(r"[0-9_]+", token):
        return f"numbers have no thousands separator: write {token.replace('_', '')}"
    split = re.fullmatch(r"([0-9]+)([A-Za-z]+)", token)
    return f"write a blank between number and unit: {split[1]} {split[2]}" if split else None


def _units(place: Place) -> str | None:
    token = place.token
    if token is None or place.type_before() not in ("INT", "DECIMAL") or token.type in ("COMMA", "RSQB"):
        return None
    if place.type_before() == "DECIMAL" and (
        token.type in ("DAYS", "HOURS", "MINUTES") or token.type.endswith("BYTES")
    ):
        return "the number before a unit is a whole one"
    if token.type != "IDENT":
        return None
    if _UNITS.fullmatch(token):
        return "the units of time are days, hours and minutes, always in the plural"
    return "the units of size are B, KB, MB, GB and TB" if _SIZES.fullmatch(token) else None


def _order(place: Place) -> str | None:
    item = place.item()
    if place.type in ("WHERE", "LABELS") and place.type in item:
        return f"a rule has one '{place.token}'"
    if place.type == "WHERE" and ("WITH" in item or "LABELS" in item):
        later = "with" if "WITH" in item else "labels"
        return f"'where' stands before '{later}': rule, condition, where, labels, with"
    if place.type == "WITH" and "LABELS" in item:
        return "'labels' stands before the first 'with' or after the last"
    in_analyzers = any(token.type == "ANALYZERS" for token in place.tokens[: place.position])
    if in_analyzers and place.type in _CONDITION_STARTS:
        return "an analyzer measures only: it takes no condition, where or labels"
    return None


def _brackets(place: Place) -> str | None:
    token, previous = place.token, place.type_before()
    opened = place.open_brackets()
    unclosed = (
        f"the '{opened[-1]}' in line {opened[-1].line}, column {opened[-1].column} is not closed" if opened else None
    )
    if token is None:
        return unclosed
    if previous == "COMMA" and (token.type in CLOSING or token.type == "COMMA"):
        return f"remove the comma before '{token}'"
    if token.type in CLOSING and not opened:
        return "this bracket closes nothing"
    if token.type in CLOSING and opened and CLOSING[token.type] != opened[-1]:
        return unclosed
    if previous == "LSQB" and token.type == "RSQB":
        return "a set holds at least one value" if place.type_before(2) == "IN" else "a list holds at least one value"
    if previous == "LCURL" and token.type == "RCURL":
        return "leave the section out where it is empty"
    if token.type in ("LPAR", "LCURL") and "LSQB" in place.accepted:
        return "a list stands in square brackets: [ ... ]"
    return None


def _joints(place: Place) -> str | None:
    token = place.token
    if token is None:
        return None
    if token.type == "COMMA" and "BETWEEN" in place.item() and "AND" in place.accepted:
        return "write 'between a and b'"
    if token.type == "NOT" and {"IDENT", "LPAR"} <= place.accepted:
        return "a rule can't be negated, but its condition can: !=, not in, not between, not matches"
    if "COMMA" in place.accepted and token.type in ("IDENT", "LPAR", "STRING", "DATE") and not _is_tail(place):
        return f"is a comma missing before {shown(token)}?"
    return None


def _is_tail(place: Place) -> bool:
    """Whether the token directly follows a bare name, as in ``col(a)``."""
    previous, token = place.before(), place.token
    adjacent = previous is not None and token is not None and previous.end_pos == token.start_pos
    return adjacent and place.type_before() == "IDENT"


def _values(place: Place) -> str | None:
    token = place.token
    if token is None:
        return None
    if place.type_before() == "MATCHES":
        return "a regular expression stands in double quotes"
    if place.type_before() == "WHERE":
        return 'what rows it is about stands in double quotes: where "year > 2000"'
    if token.type == "COLON" and place.accepted == {"EQ"}:
        return 'a label is written "key"="value"'
    if token.type in ("INT", "DECIMAL") and "STRING" in place.accepted:
        return f'write it in double quotes: "{token}"'
    if token.type in ("STRING", "DATE") and "INT" in place.accepted:
        digits = re.fullmatch(r"-?[0-9.]+", token[1:-1])
        return f"write the number without quotes: {shown(token[1:-1])}" if digits else None
    if (
        token.type == "IDENT"
        and "STRING" in place.accepted
        and ("INT" in place.accepted or "IDENT" not in place.accepted)
    ):
        return f'a string stands in double quotes: "{shown(token)}"'
    return None


def _names(place: Place) -> str | None:
    """The hint for a bare name with special characters, or a reserved one."""
    token, previous = place.token, place.before()
    if token is None:
        return None
    if previous is not None and previous.type == "IDENT" and previous.end_pos == token.start_pos:
        name = re.compile(r"[^\s,\[\]\"#]+").match(place.text, previous.start_pos or 0)
        if name and token.type in ("MINUS", "SLASH", "STAR", "PLUS", "COLON", "LPAR"):
            return f'names of other characters than letters, digits, _ and . stand in double quotes: "{shown(name[0])}"'
    if token[0].isalpha() and token.type != "IDENT" and {"STRING", "IDENT"} <= place.accepted:
        return f'{token} is a reserved word: as a name it stands in double quotes, "{token}"'
    if token[0].isalpha() and token.type != "IDENT" and place.accepted == {"IDENT"}:
        return f"{token} is a reserved word"
    return None


def _sections(place: Place) -> str | None:
    token = place.token
    seen = [one.type for one in place.tokens[: place.position] if one.type in _SECTION_TOKENS]
    misspelt = _misspelt_section(place)
    if token is None or place.open_brackets() or misspelt:
        return misspelt
    if token.type == "COMMA":
        return "sections are not separated by commas"
    if token.type == "RULES" and "ANALYZERS" in seen and "RULES" not in seen:
        return "Rules stand before Analyzers"
    if token.type in seen:
        return f"there is one section {token} in a ruleset"
    following = place.tokens[place.position + 1] if place.position + 1 < len(place.tokens) else None
    named = token.type == "IDENT" and following is not None and following.type == "EQ"
    if token.type in _SECTION_TOKENS or named:
        return f"the order is {_ORDER}"
    if place.accepted == {"EQ"} or (not seen and "RULES" in place.accepted):
        return "rules stand in Rules = [ ... ]"
    return None


def _misspelt_section(place: Place) -> str | None:
    for first, second in pairwise(place.tokens):
        if (first.type, second.type) != ("IDENT", "EQ"):
            continue
        for section in _SECTIONS:
            if first.lower().rstrip("s") == section.lower().rstrip("s"):
                return f"the section is spelled {section}"
    return None


_LOOKS: tuple[Callable[[Place], str | None], ...] = (
    _operators,
    _keywords,
    _sections,
    _numbers,
    _units,
    _order,
    _names,
    _values,
    _brackets,
    _joints,
)
