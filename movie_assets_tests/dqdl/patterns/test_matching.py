"""Every pattern of the corpus does to its texts what Java's Matcher does, on both matchers."""

import pytest

from movie_assets.dqdl.patterns import bounded
from movie_assets.dqdl.patterns.bounded import Bounded, Clock
from movie_assets.dqdl.patterns.matching import Matcher, find_matcher, full_match
from movie_assets.dqdl.patterns.nodes import PatternError
from movie_assets_tests.support.java_regex import JavaPattern, java_patterns

NOT_SUPPORTED = (r"\b{g}", "(?c)a")
"""What Java takes and is refused here, by name."""

PLAINER = {"Unexpected internal error": "Nothing follows the last backslash"}

PATTERNS = list(java_patterns())
TAKEN = [one for one in PATTERNS if one.error is None and one.text not in NOT_SUPPORTED]


def named(java: JavaPattern) -> str:
    return ascii(java.text)


@pytest.mark.parametrize("java", TAKEN, ids=named)
def test_matches_what_java_matches(java: JavaPattern) -> None:
    matcher, exact, clock = Matcher(java.text), Bounded(java.text), Clock()
    for text, answer in java.answers.items():
        full, found = answer.full, bool(answer.matches)
        if java.text == r"\B" and text == "a😀b":
            found = False  # Java finds a place within the pair of surrogates
        assert (matcher.full_match(text), exact.full_match(clock, text)) == (full, full), text
        assert (matcher.find(text), exact.find(clock, text)) == (found, found), text


@pytest.mark.parametrize("java", [one for one in PATTERNS if one.error], ids=named)
def test_what_java_refuses_is_refused_for_its_reason(java: JavaPattern) -> None:
    with pytest.raises(PatternError) as caught:
        find_matcher(java.text)
    assert caught.value.reason == PLAINER.get(java.error or "", java.error)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(.*a){20}b", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_regular_pattern_does_not_backtrack(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bounded, "find", None)
    monkeypatch.setattr(Bounded, "full_match", None)
    assert not find_matcher(pattern)("a" * 50_000)
    assert not full_match(pattern, "a" * 50_000)


def test_a_pattern_that_backtracks_for_too_long_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SECONDS", 0.05)
    with pytest.raises(PatternError, match="goes back and forth for more than"):
        find_matcher("(?=(a|aa)+$)a")("a" * 100 + "cb")


def test_a_name_that_is_not_text_is_matched() -> None:
    assert full_match(r"caf.\.csv", b"caf\xe9.csv".decode("utf-8", "surrogateescape"))


def test_where_the_match_before_ended_is_known() -> None:
    starts = [[match.start() for match in Bounded(p).matches(Clock(), "aab")] for p in (r"\Ga", r"\G", r"\Ga?|b")]
    assert starts == [[0, 1], [0], [0, 1, 2]]
