"""Patterns in the engine: what Java answers for the corpus, whichever matcher does the work; both answer alike."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.patterns.bounded import Bounded, Clock
from movie_assets.dqdl.patterns.nodes import PatternError, narrowest
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.rendering import linear
from movie_assets.dqdl.sql import regexes
from movie_assets.quoting import literal
from movie_assets_tests.support.java_regex import Answer, JavaPattern, java_patterns

NOT_SUPPORTED = (r"\b{g}", "(?c)a")
KEEPS_A_GROUP = "(a|b)*+c"
"""In Java a group keeps what a possessive quantifier has matched in vain."""

PATTERNS = [one for one in java_patterns() if one.error is None and one.text not in NOT_SUPPORTED]


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    opened = DuckDBEngine.open()
    opened.lock_down()
    return opened


def asked(engine: DuckDBEngine, texts: list[str], *expressions: str) -> list[tuple[Any, ...]]:
    """The expressions over the column ``t``, a row for each text."""
    rows = ", ".join(f"({number}, {literal(text)})" for number, text in enumerate(texts))
    return engine.rows(f"SELECT {', '.join(expressions)} FROM (VALUES {rows}) v(n, t) ORDER BY n")


def java_says(answer: Answer, number: int) -> tuple[Any, ...]:
    first: list[Any] = answer.matches[0] if answer.matches else [-1, *[""] * (number + 1)]
    return (
        answer.full,
        bool(answer.matches),
        first[0] + 1,
        first[number + 1] or "",
        [match[number + 1] or "" for match in answer.matches],
        answer.replaced,
        answer.parts,
    )


@pytest.mark.parametrize("java", PATTERNS, ids=lambda java: ascii(java.text))
def test_the_engine_answers_as_java_does(java: JavaPattern, engine: DuckDBEngine) -> None:
    pattern = java.text
    number = min(parse(pattern).groups, 1) if pattern != KEEPS_A_GROUP else 0
    # Java finds empty matches within a pair of surrogates, too, and cuts the character in two.
    texts = [text for text in java.answers if narrowest(parse(pattern).tree) or max(text, default="") < "\U00010000"]
    expressions = (
        regexes.full_match("t", pattern),
        regexes.found("t", pattern),
        regexes.place("t", pattern),
        regexes.group("t", pattern, number),
        regexes.groups("t", pattern, number),
        regexes.replaced("t", pattern, "<$0>"),
        regexes.split("t", pattern),
    )
    for text, row in zip(texts, asked(engine, texts, *expressions), strict=True):
        assert row == java_says(java.answers[text], number), text


# What is drawn by chance: regular patterns, and texts that are likely to match in part.
_CHARS = st.sampled_from(
    [
        "a",
        "b",
        ".",
        r"\d",
        r"\w",
        "[ab]",
        "[^a]",
        "[a-z&&[^b]]",
        r"\R",
        r"\h",
        "é",
        "😀",
        r"\x61",
        "(?i:B)",
        "$",
        r"\z",
        "^",
    ]
)
_PATTERNS = st.recursive(
    _CHARS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda branches: f"(?:{'|'.join(branches)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?"])).map(
            lambda repeated: f"(?:{repeated[0]}){repeated[1]}"
        ),
        inner.map(lambda grouped: f"({grouped})"),
    ),
    max_leaves=8,
)
_TEXTS = st.lists(st.text("abBé😀 1_\r\n\u2028", max_size=8), min_size=1, max_size=6, unique=True)


@settings(max_examples=100, deadline=None)
@given(pattern=_PATTERNS, texts=_TEXTS)
def test_both_matchers_answer_alike(engine: DuckDBEngine, pattern: str, texts: list[str]) -> None:
    exact, clock = Bounded(pattern), Clock()
    rows = asked(engine, texts, regexes.full_match("t", pattern), regexes.found("t", pattern))
    assert rows == [(exact.full_match(clock, text), exact.find(clock, text)) for text in texts]


def test_a_regular_pattern_is_left_to_the_engine() -> None:
    for pattern in (r"tt\d{7,8}", r"^\w+@\w+\.(com|org)$", r"[a-z&&[^aeiou]]+", r"(?i)\p{Alpha}+", r"a{1000}"):
        assert "java_" not in regexes.full_match("t", pattern)


@pytest.mark.parametrize("pattern", ["a{1001}", "(a{100}){11}", r"\p{L}{900}"])
def test_what_is_too_large_for_the_engine_is_matched_all_the_same(engine: DuckDBEngine, pattern: str) -> None:
    sql = regexes.full_match("t", pattern)
    assert sql.startswith("java_full_match")
    texts = ["a" * length for length in (900, 1001, 1100)]
    assert [row[0] for row in asked(engine, texts, sql)] == [Bounded(pattern).full_match(Clock(), t) for t in texts]


@pytest.mark.slow
def test_the_largest_the_engine_is_asked_for_is_not_too_large(engine: DuckDBEngine) -> None:
    weight = next(count for count in range(100, 0, -1) if linear(parse(rf"\p{{L}}{{{count}}}")))
    assert asked(engine, ["a" * weight], regexes.full_match("t", rf"\p{{L}}{{{weight}}}")) == [(True,)]


def test_nulls_stay_null(engine: DuckDBEngine) -> None:
    for pattern in ("a", "a$", r"\ba", "(?=a)a", "(?m)^a"):
        sql = f"{regexes.found('x', pattern)}, {regexes.replaced('x', pattern, '')}"
        assert engine.rows(f"SELECT {sql} FROM (SELECT CAST(NULL AS VARCHAR) AS x)") == [(None, None)]


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda: regexes.group("t", "(a)", 2), "the pattern '(a)' has 1 groups, there is no group 2"),
        (lambda: regexes.replaced("t", "a", "$1"), "the pattern 'a' has 0 groups, there is no group 1"),
        (lambda: regexes.replaced("t", "a", "x$"), "the replacement 'x$' ends within, or has no group behind, its '$'"),
        (
            lambda: regexes.replaced("t", "a", "${n}"),
            "the replacement names the group n, which the pattern doesn't have",
        ),
        (lambda: regexes.found("t", "[a"), "Unclosed character class at character 2"),
    ],
)
def test_what_java_refuses_is_refused_before_anything_runs(write: Callable[[], str], reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        write()
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("pattern", "replacement", "expected"),
    [
        ("(a)(b)?", "[$2$1]", "[a][ba]x"),
        ("(?<first>a)(b)?", r"${first}\$\\", "a$\\a$\\x"),
        ("(a)b?", "$12", "a2a2x"),
        ("(?=(a))", "$1", "aaaabx"),
        ("x$", r"\\", "aab\\"),
        ("a|b", r"\1", "111x"),
    ],
)
def test_replacements_are_javas(engine: DuckDBEngine, pattern: str, replacement: str, expected: str) -> None:
    assert asked(engine, ["aabx"], regexes.replaced("t", pattern, replacement)) == [(expected,)]


@pytest.mark.parametrize(("limit", "expected"), [(-1, ["", "b", "c", ""]), (1, ["abaca"]), (2, ["", "baca"])])
def test_split_takes_a_limit(engine: DuckDBEngine, limit: int, expected: list[str]) -> None:
    assert asked(engine, ["abaca"], regexes.split("t", "a", limit)) == [(expected,)]


def test_a_pattern_may_come_from_a_column(engine: DuckDBEngine) -> None:
    rows = engine.rows("SELECT java_find(t, p) FROM (VALUES ('ab', '(?=b)'), ('ab', 'c'), (NULL, 'a')) v(t, p)")
    assert rows == [(True,), (False,), (None,)]
