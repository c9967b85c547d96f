"""Patterns at work in Python: on RE2 where they are regular, on a backtracking matcher with a time limit where not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from movie_assets.dqdl.patterns.nodes import PatternError
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.rendering import Linear, backtracking, linear

if TYPE_CHECKING:
    import regex

SECONDS = 1.0
"""How long a match of one text may take; ordinary ones take microseconds."""


def find_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a Java pattern is found in a text, as a function of the text.

    A regular pattern takes time linear in the text. Another one raises PatternError for a text that takes too long.

    Raises: PatternError, for what is no pattern.
    """
    return matcher(pattern).find


def full_match(pattern: str, text: str) -> bool:
    """Whether a Java pattern matches all of a text; limits and errors are those of ``find_matcher``."""
    return matcher(pattern).full_match(text)


@lru_cache(maxsize=256)
def matcher(pattern: str) -> "Matcher":
    """The matcher of a Java pattern.

    Raises: PatternError, for what is no pattern.
    """
    return Matcher(pattern)


class Matcher:
    """A Java pattern that answers what Java's ``Matcher`` does."""

    def __init__(self, pattern: str) -> None:
        self._pattern = parse(pattern)
        self._bounded = Bounded(pattern)
        self._find = linear(self._pattern)
        self._full = linear(self._pattern, whole=True)

    def find(self, text: str) -> bool:
        """Whether the pattern is found anywhere in the text."""
        answer = _linearly(self._find, text, "{}")
        return self._bounded.find(text) if answer is None else answer

    def full_match(self, text: str) -> bool:
        """Whether the pattern matches all of the text."""
        answer = _linearly(self._full, text, r"\A(?:{})\z")
        return self._bounded.full_match(text) if answer is None else answer


def _linearly(pattern: Linear | None, text: str, form: str) -> bool | None:
    """What RE2 answers; None where it can't be asked about this text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pattern is None:
        return None
    try:
        asked = pa.scalar(text)
    except UnicodeEncodeError:  # a file's name that is not UTF-8
        return None
    if pattern.unless and pc.match_substring_regex(asked, pattern.unless).as_py():
        return None
    return bool(pc.match_substring_regex(asked, form.format(pattern.text)).as_py())


class Bounded:
    """A Java pattern on the module regex, which can do all that Java's can, and backtracks: each call has a time limit.

    Raises: PatternError from every method, for a text that takes longer than ``SECONDS``.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = parse(pattern)

    @cached_property
    def _compiled(self) -> "regex.Pattern[str]":
        import regex

        written = backtracking(self._pattern)
        try:
            return regex.compile(written.text, regex.ASCII if written.ascii else 0)
        except regex.error as error:
            raise PatternError(f"the regular expression can't be matched: {error.msg}") from error

    def find(self, text: str, seconds: float | None = None) -> bool:
        with self._in_time(text):
            return self._compiled.search(text, timeout=seconds or SECONDS, concurrent=True) is not None

    def full_match(self, text: str, seconds: float | None = None) -> bool:
        with self._in_time(text):
            return self._compiled.fullmatch(text, timeout=seconds or SECONDS, concurrent=True) is not None

    def matches(self, text: str, seconds: float | None = None) -> "Iterator[regex.Match[str]]":
        """Every match, from left to right; after an empty one the search goes on one character later, as in Java."""
        place: int = 0
        while place <= len(text):
            with self._in_time(text):
                found = self._compiled.search(text, place, timeout=seconds or SECONDS, concurrent=True)
            if found is None:
                return
            yield found
            place = found.end() + (found.end() == found.start())

    @contextmanager
    def _in_time(self, text: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise PatternError(
                f"the regular expression takes more than {SECONDS:g} s to match a text of {len(text):,} characters"
            ) from error
