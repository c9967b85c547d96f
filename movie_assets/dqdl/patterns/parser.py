"""Parses Java's regular expressions. Rejects what Java rejects, with its reason, and names what is unsupported.

Source: java.util.regex.Pattern of Java 17, its documentation and its behaviour.
"""

from dataclasses import fields, replace
from functools import lru_cache

from movie_assets.dqdl.patterns.charsets import ANYTHING, LINE_ENDS, VERTICAL, CharSet, chars
from movie_assets.dqdl.patterns.classes import character, class_of, escaped, predefined, property_of, word
from movie_assets.dqdl.patterns.nodes import (
    UNBOUNDED,
    Anchor,
    Atomic,
    Chars,
    Choice,
    Grapheme,
    Group,
    Lookaround,
    Mode,
    Node,
    Pattern,
    Reference,
    Repeat,
    Sequence,
    widest,
)
from movie_assets.dqdl.patterns.reading import Flags, Reader

_FLAGS = frozenset(field.name for field in fields(Flags))
_LINE_BREAK = Choice((Sequence((Chars(chars("\r")), Chars(chars("\n")))), Chars(VERTICAL)))


@lru_cache(maxsize=1024)
def parse(text: str) -> Pattern:
    """The tree of a pattern.

    Raises: PatternError, for a pattern that is invalid in Java, and for the few that are unsupported here.
    """
    return _Parser(text).pattern()


class _Parser(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text
        self._groups = 0
        self._names: dict[str, int] = {}
        self._groups_reach = False

    def pattern(self) -> Pattern:
        tree = self._choice()
        if not self.at_end:
            self.cursor += 1
            raise self.error("Unmatched closing ')'")
        return Pattern(self._text, tree, self._groups, self._names, self._groups_reach)

    def _choice(self) -> Node:
        branches = [self._sequence()]
        while self.peek() == "|":
            self.cursor += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while True:
            one = self.peek()
            if one in "|)" or (one == "\0" and self.at_end):
                return items[0] if len(items) == 1 else Sequence(tuple(items))
            if one in "?*+":
                self.cursor += 1
                raise self.error(f"Dangling meta character '{one}'")
            item = self._group() if one == "(" else self._atom(one)
            if item is not None:
                items.append(self._repeated(item))

    def _atom(self, one: str) -> Node:
        flags = self.flags
        if one == "{":  # Java repeats the empty match before it
            return Sequence()
        if one == "[":
            return Chars(class_of(self))
        if one == "\\":
            return self._escape()
        self.cursor += 1
        match one:
            case "^":
                return Anchor("line start" if flags.m else "start", self._line_ends())
            case "$":
                return Anchor("line end" if flags.m else "last", self._line_ends())
            case ".":
                return Chars(ANYTHING if flags.s else ~self._line_ends())
        return Chars(character(ord(one), flags))

    def _line_ends(self) -> CharSet:
        return chars("\n") if self.flags.d else LINE_ENDS

    def _escape(self) -> Node:
        one = self.plain(1)
        if one in "pP":
            return Chars(property_of(self))
        self.cursor += 2
        if (members := predefined(one, self.flags)) is not None:
            return Chars(members)
        match one:
            case "A":
                return Anchor("start")
            case "z":
                return Anchor("end")
            case "Z":
                return Anchor("last", self._line_ends())
            case "G":
                return Anchor("previous")
            case "b" if self.peek() == "{" and self.plain(1) == "g":
                raise self.error(r"\b{g}, the boundary of a grapheme, is not supported")
            case "b" | "B":
                return Anchor("word" if one == "b" else "not word", word(self.flags))
            case "R":
                return _LINE_BREAK
            case "X":
                return Grapheme()
            case "k":
                return self._named_reference()
        if one in "123456789":
            return self._reference(int(one))
        return Chars(character(escaped(self, one), self.flags))

    def _reference(self, number: int) -> Reference:
        while (digit := self.peek()) in "0123456789" and number * 10 + int(digit) <= self._groups:
            number = number * 10 + int(digit)
            self.cursor += 1
        return self._refer(number)

    def _named_reference(self) -> Reference:
        if self.read() != "<":
            raise self.error(r"\k is not followed by '<' for named capturing group")
        name = self._name()
        if name not in self._names:
            raise self.error(f"named capturing group <{name}> does not exist")
        return self._refer(self._names[name])

    def _refer(self, number: int) -> Reference:
        return Reference(number, ("unicode" if self.flags.u else "ascii") if self.flags.i else None)

    def _name(self) -> str:
        name = self.read()
        if not (name.isascii() and name.isalpha()):
            raise self.error("capturing group name does not start with a Latin letter")
        while (one := self.read()).isascii() and one.isalnum():
            name += one
        if one != ">":
            raise self.error("named capturing group is missing trailing '>'")
        return name

    def _group(self) -> Node | None:
        """A group, without its quantifier; None for ``(?i)``, which only sets flags."""
        saved, groups = self.flags, self._groups
        self.deeper()
        item: Node
        if self.next() != "?":
            item = self._capturing(None)
        else:
            kind, self.cursor = self.plain(1), self.cursor + 2
            if kind == ":":
                item = self._choice()
            elif kind in "=!":
                item = Lookaround(self._choice(), behind=False, negative=kind == "!")
            elif kind == ">":
                item = Atomic(self._choice())
            elif kind == "<":
                item = self._behind_or_named()
            elif kind in "$@":
                raise self.error("Unknown group type")
            else:
                self.cursor -= 1
                if not self._set_flags():
                    self.depth -= 1
                    return None
                item = self._choice()
        if self.read() != ")":
            raise self.error("Unclosed group")
        self._groups_reach |= isinstance(item, Lookaround) and self._groups > groups
        self.flags = saved
        self.depth -= 1
        return item

    def _capturing(self, name: str | None) -> Group:
        self._groups += 1
        number = self._groups
        if name is not None:
            self._names[name] = number
        return Group(self._choice(), number)

    def _behind_or_named(self) -> Node:
        one = self.peek()
        if one not in "=!":
            name = self._name()
            if name in self._names:
                raise self.error(f"Named capturing group <{name}> is already defined")
            return self._capturing(name)
        self.cursor += 1
        look = Lookaround(self._choice(), behind=True, negative=one == "!")
        if widest(look.item) is None:
            self.cursor += 1
            raise self.error("Look-behind group does not have an obvious maximum length")
        return look

    def _set_flags(self) -> bool:
        """Read the flags after ``(?``; returns whether they apply to a group that follows."""
        on = True
        while (one := self.peek()) in _FLAGS or one in "-c":
            if one == "c":
                self.cursor += 1
                raise self.error("the flag c, canonical equivalence, is not supported")
            if one == "-":
                if not on:
                    break
                on = False
            else:
                self.flags = replace(self.flags, **{one: on} | ({"u": on} if one == "U" else {}))
            self.cursor += 1
        closing = self.read()
        if closing not in ":)":
            raise self.error("Unknown inline modifier")
        return closing == ":"

    def _repeated(self, item: Node) -> Node:
        one = self.peek()
        least: int
        most: int | None
        match one:
            case "?":
                least, most = 0, 1
            case "*":
                least, most = 0, None
            case "+":
                least, most = 1, None
            case "{":
                least, most = self._counts()
            case _:
                return item
        mode: Mode = "greedy"
        following = self.next()
        if following in "?+":
            mode = "lazy" if following == "?" else "possessive"
            self.cursor += 1
        if item is _LINE_BREAK:
            item = Atomic(item)  # Java never takes half of a repeated \r\n
        return Repeat(item, least, most, mode)

    def _counts(self) -> tuple[int, int | None]:
        """The bounds inside ``{}``, up to the closing brace."""
        self.cursor += 1
        if self.plain() not in "0123456789":
            self.cursor += 1
            raise self.error("Illegal repetition")
        least = self._number()
        most: int | None = least
        if self.peek() == ",":
            most = self._number() if self.next() != "}" else None
        if self.peek() != "}":
            self.cursor += 1
            raise self.error("Unclosed counted closure")
        if most is not None and most < least:
            self.cursor += 1
            raise self.error("Illegal repetition range")
        return least, most

    def _number(self) -> int:
        number = 0
        while (digit := self.peek()) in "0123456789":
            number = number * 10 + int(digit)
            self.cursor += 1
            if number > UNBOUNDED:
                raise self.error("Illegal repetition range")
        return number
