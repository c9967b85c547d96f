"""Matches patterns in Python: on RE2 if they are regular, otherwise on the backtracking matcher."""

from collections.abc import Callable
from functools import lru_cache

from movie_assets.dqdl.patterns.bounded import SECONDS, Bounded, Clock
from movie_assets.dqdl.patterns.nodes import PatternError
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.rendering import Linear, linear

TOO_LONG = (
    f"the regular expression goes back and forth for more than {SECONDS:g} s; "
    "write it without repetitions that overlap, or without lookarounds and back-references"
)


def find_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a Java pattern is found in a text, as a function of the text.

    A regular pattern takes linear time. Any other raises PatternError for a text that takes too long.

    Raises: PatternError, for an invalid pattern.
    """
    return matcher(pattern).find


def full_match(pattern: str, text: str) -> bool:
    """Whether a Java pattern matches all of a text; limits and errors are those of ``find_matcher``."""
    return matcher(pattern).full_match(text)


@lru_cache(maxsize=256)
def matcher(pattern: str) -> "Matcher":
    """The matcher of a Java pattern.

    Raises: PatternError, for an invalid pattern.
    """
    return Matcher(pattern)


class Matcher:
    """A Java pattern with the functions of Java's ``Matcher``."""

    def __init__(self, pattern: str) -> None:
        parsed = parse(pattern)
        self._bounded = Bounded(pattern)
        self._find = linear(parsed)
        self._full = linear(parsed, whole=True)

    def find(self, text: str) -> bool:
        """Whether the pattern is found anywhere in the text."""
        answer = _linearly(self._find, text, "{}")
        return _in_time(self._bounded.find, text) if answer is None else answer

    def full_match(self, text: str) -> bool:
        """Whether the pattern matches all of the text."""
        answer = _linearly(self._full, text, r"\A(?:{})\z")
        return _in_time(self._bounded.full_match, text) if answer is None else answer


def _linearly(pattern: Linear | None, text: str, form: str) -> bool | None:
    """RE2's answer; None if RE2 can't decide this text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pattern is None:
        return None
    try:
        asked = pa.scalar(text)
    except UnicodeEncodeError:  # a file's name that is not UTF-8
        return None
    if any(pc.match_substring_regex(asked, doubt).as_py() for doubt in pattern.doubts):
        return None
    return bool(pc.match_substring_regex(asked, form.format(pattern.text)).as_py())


def _in_time(answer: Callable[[Clock, str], bool], text: str) -> bool:
    try:
        return answer(Clock(), text)
    except TimeoutError as error:
        raise PatternError(TOO_LONG) from error
