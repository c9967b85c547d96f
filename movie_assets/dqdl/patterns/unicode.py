"""Java's named character classes and case mappings, in the Unicode version of Java 17, whatever the engine's is.

``unicode.json`` holds them as recorded from Java 17 by movie_assets_tests/corpus/JavaRegex.java.
"""

import json
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TypedDict

from movie_assets.dqdl.patterns.charsets import LETTERS, CharSet, chars

_Data = TypedDict(
    "_Data",
    {
        "cases": str,
        "properties": dict[str, str],
        "scripts": dict[str, str],
        "script names": dict[str, str],
        "blocks": dict[str, str],
        "block names": dict[str, str],
    },
)

_CASED = (("Lu", "Ll", "Lt"), ("Lower", "Upper"), ("javaLowerCase", "javaUpperCase", "javaTitleCase"))
_CASED_BY_PROPERTY = (("IsLOWERCASE", "IsUPPERCASE", "IsTITLECASE"), ("IsLOWER", "IsUPPER", "IsTITLECASE"))
"""Names that include each other if case is ignored."""


@cache
def _data() -> _Data:
    data: _Data = json.loads(Path(__file__).with_name("unicode.json").read_text(encoding="ascii"))
    return data


def named(name: str, *, caseless: bool, posix: bool) -> CharSet | None:
    r"""The set of ``\p{name}``; None if Java has no such name. ``posix`` applies the flag U."""
    key, equals, value = name.partition("=")
    if equals:
        match key.lower():
            case "sc" | "script":
                return _script(value)
            case "blk" | "block":
                return _block(value)
            case "gc" | "general_category":
                return _property(value, caseless)
        return None
    if name.startswith("In"):
        return _block(name[2:])
    if name.startswith("Is"):
        short = name[2:]
        return _property(f"Is{short.upper()}", caseless) or _property(short, caseless) or _script(short)
    if posix and name.upper() in _POSIX:
        return _property(f"Is{name.upper()}", caseless)
    return _property(name, caseless)


_POSIX = frozenset(("ALPHA", "LOWER", "UPPER", "SPACE", "PUNCT", "XDIGIT", "ALNUM", "CNTRL", "DIGIT", "BLANK", "GRAPH"))
_POSIX |= {"PRINT"}


def _property(name: str, caseless: bool) -> CharSet | None:
    properties = _data()["properties"]
    if name not in properties:
        return None
    found = _edges(properties, name)
    if caseless:
        for family in (*_CASED, *_CASED_BY_PROPERTY):
            if name in family:
                for member in family:
                    found |= _edges(properties, member)
    return found


def _script(name: str) -> CharSet | None:
    data, wanted = _data(), name.upper()
    wanted = data["script names"].get(wanted, wanted)
    return _edges(data["scripts"], wanted) if wanted in data["scripts"] else None


def _block(name: str) -> CharSet | None:
    data, wanted = _data(), name.upper()
    wanted = data["block names"].get(wanted, wanted)
    return _edges(data["blocks"], wanted) if wanted in data["blocks"] else None


def _edges(sets: dict[str, str], name: str) -> CharSet:
    written = sets[name]
    if written.startswith("="):
        return _edges(sets, written[1:])
    return CharSet(tuple(accumulate(int(step, 16) for step in written.split())))


@cache
def _cases() -> dict[int, tuple[int, int]]:
    """For every code point with cases: its upper case, and the lower case of that."""
    codes = [int(code, 16) for code in _data()["cases"].split()]
    return {code: (upper, lower) for code, upper, lower in zip(codes[::3], codes[1::3], codes[2::3], strict=True)}


def fold(code: int) -> int:
    """Java's case folding for all of Unicode."""
    return _cases().get(code, (code, code))[1]


def caseless_char(code: int, *, unicode: bool) -> CharSet:
    """The set of one character if case is ignored, in ASCII or in all of Unicode."""
    if not unicode:
        return chars({code, code ^ 0x20} if code in LETTERS else {code})
    wanted = fold(code)
    return chars({code, wanted, *(other for other, (_, lower) in _cases().items() if lower == wanted)})


def caseless_range(members: CharSet, *, unicode: bool) -> CharSet:
    """The set of a range if case is ignored: every character with a case in it."""
    if not unicode:
        letters = members & LETTERS
        return members | chars(code ^ 0x20 for first, last in letters.ranges for code in range(first, last + 1))
    return members | chars(code for code, cases in _cases().items() if cases[0] in members or cases[1] in members)
