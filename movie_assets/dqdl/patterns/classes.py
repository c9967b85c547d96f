"""Parses character classes and escapes to sets of code points."""

from typing import Literal

from movie_assets.dqdl.patterns.charsets import (
    DIGITS,
    HORIZONTAL,
    SPACES,
    VERTICAL,
    WORD,
    CharSet,
    char_range,
    chars,
)
from movie_assets.dqdl.patterns.reading import Flags, Reader
from movie_assets.dqdl.patterns.unicode import caseless_char, caseless_range, named

_CONTROLS = {"a": 7, "e": 0x1B, "f": 0xC, "n": 0xA, "r": 0xD, "t": 9}
_HEX = "0123456789abcdefABCDEF"
_FAR_CASES = chars("IiSsKk\xb5\xc5\xe5\xff")  # their other cases are beyond Latin-1
_Step = tuple[Literal["or", "and"], CharSet | None]


def character(code: int, flags: Flags) -> CharSet:
    """The set of one character."""
    return caseless_char(code, unicode=flags.u) if flags.i else chars((code,))


def word(flags: Flags) -> CharSet:
    r"""The word characters of ``\b``."""
    return _named("IsWORD" if flags.U else "javaLetterOrDigit") | chars("_")


def predefined(one: str, flags: Flags) -> CharSet | None:
    r"""The set of ``\d`` and similar escapes; None for any other escape."""
    match one.lower():
        case "d":
            members = _named("IsDIGIT") if flags.U else DIGITS
        case "s":
            members = _named("IsWHITE_SPACE") if flags.U else SPACES
        case "w":
            members = _named("IsWORD") if flags.U else WORD
        case "h":
            members = HORIZONTAL
        case "v":
            members = VERTICAL
        case _:
            return None
    return ~members if one.isupper() else members


def _named(name: str) -> CharSet:
    found = named(name, caseless=False, posix=False)
    assert found is not None
    return found


def escaped(reader: Reader, one: str) -> int:
    """The code point of an escape whose letter has been read; reads the rest of it."""
    if one in _CONTROLS:
        return _CONTROLS[one]
    match one:
        case "0":
            return _octal(reader)
        case "x":
            return _hexadecimal(reader)
        case "u":
            return _unicode(reader)
        case "c":
            if reader.at_end:
                raise reader.error("Illegal control escape sequence")
            return ord(reader.read()) ^ 64
        case "N":
            return _by_name(reader)
    if reader.cursor > reader.length:
        raise reader.error("Nothing follows the last backslash")
    if one.isascii() and one.isalnum():
        raise reader.error("Illegal/unsupported escape sequence")
    return ord(one)


def _octal(reader: Reader) -> int:
    digits = ""
    while len(digits) < 3 and (one := reader.peek()) in "01234567" and not (len(digits) == 2 and digits[0] > "3"):
        digits += one
        reader.cursor += 1
    if not digits:
        reader.cursor += 1
        raise reader.error("Illegal octal escape sequence")
    return int(digits, 8)


def _hexadecimal(reader: Reader) -> int:
    first = reader.read()
    if first in _HEX:
        second = reader.read()
        if second in _HEX:
            return int(first + second, 16)
    elif first == "{" and reader.peek() in _HEX:
        code = 0
        while (one := reader.read()) in _HEX:
            code = code * 16 + int(one, 16)
            if code > 0x10FFFF:
                raise reader.error("Hexadecimal codepoint is too big")
        if one != "}":
            raise reader.error("Unclosed hexadecimal escape sequence")
        return code
    raise reader.error("Illegal hexadecimal escape sequence")


def _unicode(reader: Reader) -> int:
    """Four hex digits; an escaped surrogate pair is one character."""
    high = _four_digits(reader)
    if 0xD800 <= high < 0xDC00:
        place = reader.cursor
        if reader.read() == "\\" and reader.read() == "u":
            low = _four_digits(reader)
            if 0xDC00 <= low < 0xE000:
                return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
        reader.cursor = place
    return high


def _four_digits(reader: Reader) -> int:
    digits = ""
    for _ in range(4):
        digits += reader.read()
        if digits[-1] not in _HEX:
            raise reader.error("Illegal Unicode escape sequence")
    return int(digits, 16)


def _by_name(reader: Reader) -> int:
    import unicodedata

    if reader.read() != "{":
        raise reader.error("Illegal character name escape sequence")
    name = reader.until("}")
    if name is None:
        raise reader.error("Unclosed character name escape sequence")
    try:
        return ord(unicodedata.lookup(name))
    except (KeyError, TypeError):  # TypeError: the name of several characters
        raise reader.error(f"Unknown character name [{name}]") from None


def property_of(reader: Reader) -> CharSet:
    r"""The set of ``\p{...}`` or ``\pL``, from its backslash on."""
    negated = reader.plain(1) == "P"
    reader.cursor += 2
    if reader.peek() == "{":
        reader.cursor += 1
        name = reader.until("}")
        if name is None:
            raise reader.error("Unclosed character family")
        if not name:
            raise reader.error("Empty character family")
    else:
        name = reader.read()
    found = named(name, caseless=reader.flags.i, posix=reader.flags.U)
    if found is None:
        key, equals, value = name.partition("=")
        if equals:
            raise reader.error(f"Unknown Unicode property {{name=<{key.lower()}>, value=<{value}>}}")
        raise reader.error(f"Unknown character property name {{{name}}}")
    return ~found if negated else found


def class_of(reader: Reader, *, whole: bool = True) -> CharSet:
    """A class, from its opening bracket on; without ``whole`` the right side of a ``&&``, up to the closing bracket.

    Plain characters are collected separately and added at the end or before a ``&&``. Java keeps filling the same
    collection after a ``&&``, so that later characters count for its left side too: None in a step stands for it.
    """
    reader.deeper()
    steps: list[_Step] = []
    bag, pending = CharSet(), False
    one = reader.next()
    negated = whole and one == "^" and reader.plain(-1) == "["
    if negated:
        one = reader.next()
    while not (one == "]" and (steps or pending)):
        if one == "[":
            steps.append(("or", class_of(reader)))
        elif one == "&" and reader.plain(1) == "&":
            reader.cursor += 2
            right = _right_side(reader)
            if pending:
                steps.append(("or", None))
                pending = False
            if right is None and not steps:
                raise reader.error("Bad class syntax")
            if right is not None:
                steps.append(("and" if steps else "or", right))
        elif one == "\0" and reader.at_end:
            raise reader.error("Unclosed character class")
        else:
            members, plain = _member(reader)
            if plain:
                bag, pending = bag | members, True
            else:
                steps.append(("or", members))
        one = reader.peek()
    if whole:
        reader.cursor += 1
    if pending:
        steps.append(("or", None))
    reader.depth -= 1
    found = CharSet()
    for how, members_or_bag in steps:
        members = bag if members_or_bag is None else members_or_bag
        found = found | members if how == "or" else found & members
    return ~found if negated else found


def _right_side(reader: Reader) -> CharSet | None:
    right: CharSet | None = None
    while (one := reader.peek()) not in "]&":
        if one == "[":
            found = class_of(reader)
        else:
            reader.cursor -= 1
            found = class_of(reader, whole=False)
        right = found if right is None else right | found
    return right


def _member(reader: Reader) -> tuple[CharSet, bool]:
    """One character, range or escape of a class, and whether it is a plain character of Latin-1."""
    flags = reader.flags
    if reader.peek() != "\\":
        code = ord(reader.read())
    elif reader.plain(1) in "pP":
        return property_of(reader), False
    else:
        one, ranged = reader.plain(1), reader.plain(2) == "-"
        if (members := predefined(one, flags)) is not None and not (one == "v" and ranged):
            reader.cursor += 2
            return members, False
        code = _class_escape(reader)
    if reader.peek() != "-" or reader.plain(1) in "[]":
        return character(code, flags), code < 0x100 and not (flags.i and flags.u and code in _FAR_CASES)
    reader.cursor += 1
    last = _range_end(reader)
    if last < code:
        raise reader.error("Illegal character range")
    members = char_range(code, last)
    return caseless_range(members, unicode=flags.u) if flags.i else members, False


def _range_end(reader: Reader) -> int:
    if reader.peek() != "\\":
        return ord(reader.read())
    one = reader.plain(1)
    if one != "v" and predefined(one, reader.flags) is not None:
        raise reader.error("Illegal character range")
    return _class_escape(reader)


def _class_escape(reader: Reader) -> int:
    one = reader.plain(1)
    reader.cursor += 2
    return 0x0B if one == "v" else escaped(reader, one)
