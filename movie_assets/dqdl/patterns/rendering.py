"""Renders a pattern's tree for two matchers: RE2, which the engine runs and which never backtracks, and regex.

RE2 takes regular patterns. If it places an anchor differently from Java in rare texts only, a pattern matches those
texts, and regex decides them.
"""

from dataclasses import dataclass

from movie_assets.dqdl.patterns.charsets import SURROGATES, CharSet
from movie_assets.dqdl.patterns.nodes import (
    Anchor,
    Atomic,
    Chars,
    Choice,
    Grapheme,
    Group,
    Lookaround,
    Node,
    Pattern,
    PatternError,
    Reference,
    Repeat,
    Sequence,
    narrowest,
)
from movie_assets.dqdl.patterns.unicode import caseless_char, named

ENDS_A_LINE = r"[\n\r\x{85}\x{2028}\x{2029}]\z"
_HAS_LINES = r"[\r\x{85}\x{2028}\x{2029}]|\n\z|\A\z"
BEYOND_ASCII = r"[^\x00-\x7f]"
_RE2_ANCHORS = {
    "start": (r"\A", None),
    "end": (r"\z", None),
    "last": (r"\z", ENDS_A_LINE),
    "line start": ("(?m:^)", _HAS_LINES),
    "line end": ("(?m:$)", _HAS_LINES),
    "word": (r"\b", BEYOND_ASCII),
    "not word": (r"\B", BEYOND_ASCII),
    "previous": (r"\A", None),
}
_MOST_REPEATS = 1000
"""RE2's limit for repeat counts, nested counts multiplied."""

_MOST_WEIGHT = 40_000
"""Limit for runs of characters times their repeats: RE2 compiles no program beyond a few MB."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ,;:@/")
_CODE = "\\U{:08x}"
_NEVER = "(?!)"
_MODES = {"greedy": "", "lazy": "?"}


@dataclass(frozen=True, slots=True)
class Linear:
    """A pattern for RE2, and patterns for the texts that RE2 may judge differently from Java.

    ``found_holds``: in those texts a match of RE2 is right, but a miss may be wrong.
    """

    text: str
    doubts: tuple[str, ...] = ()

    @property
    def found_holds(self) -> bool:
        return set(self.doubts) <= {ENDS_A_LINE}


class _NotRegularError(Exception):
    """The pattern needs a backtracking matcher."""


def linear(pattern: Pattern, *, whole: bool = False, groups: bool = False) -> Linear | None:
    """The pattern for RE2; None if it is not regular or too large.

    ``whole``: the match covers all the text; ``groups``: the groups and the position of the match are needed.
    """
    writer = _Linear(groups)
    try:
        tree = _ending(pattern.tree) if whole else pattern.tree
        text = writer.write(tree, 1)
    except _NotRegularError:
        return None
    if writer.weight > _MOST_WEIGHT:
        return None
    return Linear(text, tuple(sorted(writer.doubts)))


def _ending(node: Node) -> Node:
    """The tree with plain ends for a last ``$``: nothing may follow a match of all the text."""
    match node:
        case Anchor("last"):
            return Anchor("end")
        case Sequence((*items, item)):
            return Sequence((*items, _ending(item)))
        case Choice(branches):
            return Choice(tuple(map(_ending, branches)))
        case Group(item, number):
            return Group(_ending(item), number)
    return node


class _Linear:
    def __init__(self, groups: bool) -> None:
        self._groups = groups
        self.doubts: set[str] = set()
        self.weight = 0

    def write(self, node: Node, times: int) -> str:
        match node:
            case Chars(members):
                self.weight += times * (1 + len(members.edges))
                return _class_for_re2(members)
            case Sequence(items):
                return "".join(self._item(item, times) for item in items)
            case Choice(branches):
                return "|".join(self.write(branch, times) for branch in branches)
            case Group(item):
                return f"({'' if self._groups else '?:'}{self.write(item, times)})"
            case Repeat(item, least, most, mode):
                return self._repeat(item, least, most, mode, times)
            case Anchor(kind):
                written, doubt = _RE2_ANCHORS[kind]
                self.doubts |= {doubt} if doubt else set()
                return written
            case Lookaround() | Atomic() | Reference() | Grapheme():
                raise _NotRegularError

    def _item(self, item: Node, times: int) -> str:
        return f"(?:{self.write(item, times)})" if isinstance(item, Choice) else self.write(item, times)

    def _repeat(self, item: Node, least: int, most: int | None, mode: str, times: int) -> str:
        counted = max(least, most or 0, 1)
        if mode == "possessive" or times * counted > _MOST_REPEATS:
            raise _NotRegularError
        if self._groups and most != 1 and narrowest(item) == 0:
            raise _NotRegularError  # its groups depend on the matcher
        written = self.write(item, times * counted)
        return f"{_grouped(item, written)}{_count(least, most)}{_MODES[mode]}"


@dataclass(frozen=True, slots=True)
class Backtracking:
    """A pattern for the module regex, and whether its references ignore the case of ASCII only."""

    text: str
    ascii: bool


def backtracking(pattern: Pattern, *, stepped: bool = False) -> Backtracking:
    r"""The pattern for the module regex; ``stepped``: the search follows an empty match, where ``\G`` never matches.

    Raises: PatternError, if some references ignore the case of ASCII only and others that of all Unicode.
    """
    writer = _Backtracking(pattern.groups, stepped)
    text = writer.write(pattern.tree)
    if len(writer.caseless) > 1:
        raise PatternError("back-references that ignore case with the flag u and without it are not supported together")
    return Backtracking(text, writer.caseless == {"ascii"})


class _Backtracking:
    def __init__(self, groups: int, stepped: bool) -> None:
        self._groups = groups
        self._stepped = stepped
        self.caseless: set[str] = set()

    def write(self, node: Node) -> str:
        write = self.write
        match node:
            case Chars(members):
                return _class(members, _CODE, _NEVER)
            case Sequence(items):
                return "".join(f"(?:{write(item)})" if isinstance(item, Choice) else write(item) for item in items)
            case Choice(branches):
                return "|".join(map(write, branches))
            case Group(item):
                return f"({write(item)})"
            case Repeat(item, least, most, mode):
                repeated = f"{_grouped(item, write(item))}{_count(least, most)}"
                return f"(?>{repeated})" if mode == "possessive" else f"{repeated}{_MODES[mode]}"
            case Anchor(kind, chars):
                return _NEVER if kind == "previous" and self._stepped else _anchor(kind, chars)
            case Lookaround(item, behind, negative):
                return f"(?{'<' if behind else ''}{'!' if negative else '='}{write(item)})"
            case Atomic(item):
                return f"(?>{write(item)})"
            case Reference():
                return self._reference(node)
            case Grapheme():
                return r"\X"

    def _reference(self, node: Reference) -> str:
        if node.number > self._groups:
            return _NEVER  # a group that does not exist has matched nothing
        if node.caseless:
            self.caseless.add(node.caseless)
        return rf"(?{'i' if node.caseless else ''}:\g<{node.number}>)"


def _anchor(kind: str, chars: CharSet) -> str:
    within_crlf = 0x0D in chars
    others = _class(chars & ~CharSet((0x0A, 0x0B)), _CODE, _NEVER)
    new_line = r"(?<!\r)\n" if within_crlf else r"\n"
    match kind:
        case "start":
            return r"\A"
        case "end":
            return r"\Z"
        case "previous":
            return r"\G"
        case "last":
            return rf"(?=(?:\r\n|{new_line}|{others})?\Z)" if within_crlf else r"(?=\n?\Z)"
        case "line start":
            behind_other = rf"(?<={others})(?!(?<=\r)\n)"
            return rf"(?!\Z)(?:\A|(?<=\n)|{behind_other})"
        case "line end":
            return rf"(?=\Z|{new_line}|{others})"
    return _boundary(chars, is_boundary=kind == "word")


def _boundary(word: CharSet, *, is_boundary: bool) -> str:
    """A word boundary; a mark belongs to the letter or digit before it."""
    marks, based, of_word = (
        _class(members, _CODE, _NEVER) for members in (_known("Mn"), _known("javaLetterOrDigit"), word)
    )
    left = f"?<={of_word}|{based}{marks}+"
    right = f"(?:(?={of_word})|(?={marks})(?<={based}{marks}*))"
    return f"(?({left})(?!{right})|{right})" if is_boundary else f"(?({left}){right}|(?!{right}))"


def _known(name: str) -> CharSet:
    found = named(name, caseless=False, posix=False)
    assert found is not None
    return found


def _grouped(item: Node, written: str) -> str:
    """The item as one unit for a quantifier."""
    return written if isinstance(item, Chars | Group | Grapheme) else f"(?:{written})"


def _count(least: int, most: int | None) -> str:
    match least, most:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{least},}}"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _class_for_re2(members: CharSet) -> str:
    """As a class. A letter's two cases get a third member that no text contains: otherwise the engine's RE2 folds them
    to a case-insensitive letter, and loses the other case after a branch of the letter itself (``b|[Bb]``).
    """
    written = _class(members, r"\x{{{:x}}}", "[^\\x00-\\x{10ffff}]")
    both_cases = len(members.edges) == 4 and members == caseless_char(members.edges[0], unicode=False)
    return f"{written[:-1]}\\x{{d800}}]" if both_cases else written


def _class(members: CharSet, code: str, nothing: str) -> str:
    """A class by its code points, because matchers differ in names and flags."""
    members &= ~SURROGATES
    outside = ~members & ~SURROGATES
    if not members.edges:
        return nothing
    if (single := members.single) is not None:
        return _char(single, code)
    negated = 0 < len(outside.edges) < len(members.edges)
    shown = outside if negated else members
    runs = (
        _char(first, code) if first == last else f"{_char(first, code)}-{_char(last, code)}"
        for first, last in shown.ranges
    )
    return f"[{'^' if negated else ''}{''.join(runs)}]"


def _char(one: int, code: str) -> str:
    return chr(one) if chr(one) in _PLAIN else code.format(one)
