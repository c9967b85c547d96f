"""What patterns are read as, and what is said where they can't be; that they mean what Java means shows the corpus."""

import pytest

from movie_assets.dqdl.patterns.bounded import check
from movie_assets.dqdl.patterns.charsets import ANYTHING, DIGITS, LETTERS, LIMIT, NOTHING, CharSet, char_range, chars
from movie_assets.dqdl.patterns.nodes import (
    Anchor,
    Atomic,
    Chars,
    Choice,
    Group,
    Lookaround,
    Node,
    PatternError,
    Reference,
    Repeat,
    Sequence,
    narrowest,
    widest,
)
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.reading import unquoted

A, B, C = (Chars(chars(one)) for one in "abc")


@pytest.mark.parametrize(
    ("pattern", "tree"),
    [
        ("", Sequence()),
        ("a", A),
        ("ab", Sequence((A, B))),
        ("a|b|", Choice((A, B, Sequence()))),
        ("(a)", Group(A, 1)),
        ("(?:a)", A),
        ("(?<n>a)(b)", Sequence((Group(A, 1), Group(B, 2)))),
        (r"(a)\1", Sequence((Group(A, 1), Reference(1, None)))),
        (r"(?iu)(?<n>1)\k<n>", Sequence((Group(Chars(chars("1")), 1), Reference(1, "unicode")))),
        ("a{2,}?", Repeat(A, 2, None, "lazy")),
        ("a*+", Repeat(A, 0, None, "possessive")),
        ("(?>a)", Atomic(A)),
        ("(?<!a)", Lookaround(A, behind=True, negative=True)),
        ("(?x) a # b\n b", Sequence((A, B))),
        ("(?i:a)a", Sequence((Chars(chars("aA")), A))),
        ("a(?i)b|c", Choice((Sequence((A, Chars(chars("bB")))), Chars(chars("cC"))))),
        (r"\Aa\z", Sequence((Anchor("start"), A, Anchor("end")))),
        (r"[a-e&&[^bd]]", Chars(chars("ace"))),
        (r"[^\x{0}-\x{10ffff}]", Chars(NOTHING)),
        (r"\Q\d\E", Sequence((Chars(chars("\\")), Chars(chars("d"))))),
    ],
)
def test_trees(pattern: str, tree: Node) -> None:
    assert parse(pattern).tree == tree


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a(b", "Unclosed group at character 3"),
        ("a)b", "Unmatched closing ')' at character 2"),
        ("ab**", "Dangling meta character '*' at character 4"),
        ("😀[a", "Unclosed character class at character 3"),
        (r"\Qab\E(", "Unclosed group at character 7"),
        ("ab\\", "Nothing follows the last backslash at character 3"),
        (r"\p{Foo}", r"Unknown character property name {Foo} at character 7"),
        ("(?c)a", "the flag c, canonical equivalence, is not supported at character 3"),
        (r"a\b{g}", r"\b{g}, the boundary of a grapheme, is not supported at character 2"),
        ("(" * 51, "groups and classes nested more than 50 deep are not supported at character 50"),
        (
            r"(?i)(a)\1(?u)\1",
            "back-references that ignore case with the flag u and without it are not supported together",
        ),
    ],
)
def test_what_can_not_be_used_is_said_with_its_place(pattern: str, said: str) -> None:
    with pytest.raises(PatternError) as caught:
        check(pattern)
    assert str(caught.value) == said


def test_groups_in_each_other_are_read_to_a_depth() -> None:
    check("(" * 50 + "a" + ")" * 50)


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("a|bcd", 1, 3),
        ("(ab?){2,4}", 2, 8),
        ("a*", 0, 2**31 - 1),
        ("(a)*", 0, None),
        (r"^(?=aaa)$", 0, 0),
        (r"(a)\1", 1, None),
    ],
)
def test_how_much_a_pattern_matches(pattern: str, least: int, most: int | None) -> None:
    tree = parse(pattern).tree
    assert (narrowest(tree), widest(tree)) == (least, most)


def test_quotes_keep_the_places_of_their_characters() -> None:
    codes, places = unquoted(r"x\Qa.\Ey")
    assert "".join(map(chr, codes)) == r"xa\.y"
    assert places == [0, 3, 4, 4, 7]


def test_sets_of_code_points() -> None:
    assert char_range(0x61, 0x7A) & ~chars("bcd") == chars("a") | char_range(0x65, 0x7A)
    assert (LETTERS | DIGITS) & DIGITS == DIGITS
    assert ~NOTHING == ANYTHING == CharSet((0, LIMIT))
    assert [list((~chars("\0b")).ranges), 0x62 in chars("b"), 0x63 in chars("b")] == [
        [(1, 0x61), (0x63, LIMIT - 1)],
        True,
        False,
    ]
