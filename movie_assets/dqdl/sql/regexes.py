"""Java's regular expressions as SQL of the engine: RE2 where it answers as Java does, else functions that backtrack.

``text`` is SQL throughout. Every function raises PatternError for what is no pattern.
"""

from movie_assets.dqdl.patterns.nodes import Pattern, narrowest
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.rendering import BEYOND_ASCII, Linear, linear
from movie_assets.dqdl.patterns.replacing import Replacement
from movie_assets.quoting import literal


def full_match(text: str, pattern: str) -> str:
    """Whether the pattern matches all of the text."""
    return _test("regexp_full_match", "java_full_match", text, pattern, linear(parse(pattern), whole=True))


def found(text: str, pattern: str) -> str:
    """Whether the pattern is found in the text."""
    return _test("regexp_matches", "java_find", text, pattern, linear(parse(pattern)))


def place(text: str, pattern: str) -> str:
    """Where the first match starts, counted from 1; 0 where there is none."""
    return _call("java_place", text, pattern)


def group(text: str, pattern: str, number: int) -> str:
    """What a group of the first match holds, the match itself being group 0; empty where there is nothing."""
    parsed = parse(pattern)
    parsed.check_group(number)
    written = _spanning(parsed) if number < 10 else None
    exact = _call("java_group", text, pattern, number)
    if written is None:
        return exact
    return _either(text, written, f"regexp_extract({text}, {literal(written.text)}, {number})", exact)


def groups(text: str, pattern: str, number: int) -> str:
    """What a group of every match holds, as a list."""
    parsed = parse(pattern)
    parsed.check_group(number)
    written = _spanning(parsed) if number < 10 else None
    exact = _call("java_groups", text, pattern, number)
    if written is None or narrowest(parsed.tree) == 0:
        return exact
    fast = f"regexp_extract_all({text}, {literal(written.text)}, {number})"
    if number:  # the engine has nulls for groups that took no part
        fast = f"list_transform({fast}, lambda held: coalesce(held, ''))"
    return _either(text, written, fast, exact)


def replaced(text: str, pattern: str, replacement: str) -> str:
    """The text with every match replaced; in the replacement ``$1`` and ``${name}`` are groups."""
    parsed = parse(pattern)
    parts = Replacement.of(replacement, parsed).parts
    written = _spanning(parsed)
    exact = _call("java_replace", text, pattern, replacement)
    if written is None or narrowest(parsed.tree) == 0 or any(isinstance(part, int) and part > 9 for part in parts):
        return exact
    new = "".join(f"\\{part}" if isinstance(part, int) else part.replace("\\", r"\\") for part in parts)
    return _either(text, written, f"regexp_replace({text}, {literal(written.text)}, {literal(new)}, 'g')", exact)


def split(text: str, pattern: str, limit: int = -1) -> str:
    """The pieces between the matches, as a list of at most ``limit`` if it is positive."""
    parsed = parse(pattern)
    written = _spanning(parsed)
    exact = _call("java_split", text, pattern, limit)
    if written is None or narrowest(parsed.tree) == 0 or limit > 0:
        return exact
    return _either(text, written, f"string_split_regex({text}, {literal(written.text)})", exact)


def _spanning(pattern: Pattern) -> Linear | None:
    return linear(pattern, groups=True)


def _test(engine: str, java: str, text: str, pattern: str, written: Linear | None) -> str:
    exact = _call(java, text, pattern)
    if written is None:
        return exact
    fast = f"{engine}({text}, {literal(written.text)})"
    if written.doubts and written.found_holds:
        return (
            f"CASE WHEN {fast} THEN TRUE WHEN {_doubtful(text, written)} THEN {exact} ELSE {text} IS NULL AND NULL END"
        )
    return _either(text, written, fast, exact)


def _either(text: str, written: Linear, fast: str, exact: str) -> str:
    return f"CASE WHEN {_doubtful(text, written)} THEN {exact} ELSE {fast} END" if written.doubts else fast


def _doubtful(text: str, written: Linear) -> str:
    """Whether the text is one of those that RE2 may judge otherwise than Java."""
    tests = (
        f"strlen({text}) <> length({text})"  # much faster than the pattern
        if doubt == BEYOND_ASCII
        else f"regexp_matches({text}, {literal(doubt)})"
        for doubt in written.doubts
    )
    return f"({' OR '.join(tests)})"


def _call(function: str, text: str, pattern: str, *others: str | int) -> str:
    return f"{function}({', '.join([text, literal(pattern), *map(literal, others)])})"
