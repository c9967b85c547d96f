"""All of Java's patterns, on the module regex; it backtracks, so every call has a time limit."""

import time
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from movie_assets.dqdl.patterns.nodes import PatternError
from movie_assets.dqdl.patterns.parser import parse
from movie_assets.dqdl.patterns.rendering import backtracking, linear
from movie_assets.dqdl.patterns.replacing import Replacement

if TYPE_CHECKING:
    import regex

SECONDS = 2.0
"""The CPU time of a call, which matches one text or some thousand; ordinary texts take microseconds each."""


class Clock:
    """The remaining time of a call."""

    def __init__(self) -> None:
        self._end = time.thread_time() + SECONDS

    @property
    def left(self) -> float:
        """Remaining seconds, more than 0.

        Raises: TimeoutError, when none are left.
        """
        left = self._end - time.thread_time()
        if left <= 0:
            raise TimeoutError
        return left


@lru_cache(maxsize=256)
def bounded(pattern: str) -> "Bounded":
    """The matcher of a Java pattern.

    Raises: PatternError, for an invalid pattern.
    """
    return Bounded(pattern)


def check(pattern: str) -> None:
    """Raises: PatternError, for a pattern that is invalid in Java or unsupported here."""
    if linear(parse(pattern)) is None:
        bounded(pattern).compiled  # noqa: B018  (regex, too, must take it)


class Bounded:
    """The functions of Java's ``Matcher``.

    Raises: TimeoutError from every method, when the time is over.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = parse(pattern)

    @cached_property
    def compiled(self) -> "regex.Pattern[str]":
        return self._compile(stepped=False)

    @cached_property
    def _stepped(self) -> "regex.Pattern[str]":
        return self._compile(stepped=True)

    def _compile(self, *, stepped: bool) -> "regex.Pattern[str]":
        import regex

        written = backtracking(self._pattern, stepped=stepped)
        try:
            return regex.compile(written.text, regex.ASCII if written.ascii else 0)
        except regex.error as error:
            raise PatternError(f"it can't be matched here: {error.msg}") from error

    def full_match(self, clock: Clock, text: str) -> bool:
        """Whether the pattern matches all of the text."""
        return self.compiled.fullmatch(text, timeout=clock.left, concurrent=True) is not None

    def find(self, clock: Clock, text: str) -> bool:
        """Whether the pattern is found anywhere in the text."""
        return self.compiled.search(text, timeout=clock.left, concurrent=True) is not None

    def matches(self, clock: Clock, text: str) -> "Iterator[regex.Match[str]]":
        """Every match, from left to right; after an empty one the search continues one character later, as in Java."""
        place, empty = 0, False
        while place + empty <= len(text):
            matcher = self._stepped if empty else self.compiled
            found = matcher.search(text, place + empty, timeout=clock.left, concurrent=True)
            if found is None:
                return
            yield found
            place, empty = found.end(), found.end() == found.start()

    def place(self, clock: Clock, text: str) -> int:
        """The position of the first match, counted from 1; 0 if there is none."""
        return next((found.start() + 1 for found in self.matches(clock, text)), 0)

    def group(self, clock: Clock, text: str, group: int) -> str:
        """A group of the first match (group 0 is the match); empty if there is none."""
        self._pattern.check_group(group)
        return next((found[group] or "" for found in self.matches(clock, text)), "")

    def groups(self, clock: Clock, text: str, group: int) -> list[str]:
        """A group of every match."""
        self._pattern.check_group(group)
        return [found[group] or "" for found in self.matches(clock, text)]

    def replace(self, clock: Clock, text: str, replacement: str) -> str:
        """The text with every match replaced."""
        parts = Replacement.of(replacement, self._pattern).parts
        written, end = "", 0
        for found in self.matches(clock, text):
            filled = "".join(part if isinstance(part, str) else found[part] or "" for part in parts)
            written += text[end : found.start()] + filled
            end = found.end()
        return written + text[end:]

    def split(self, clock: Clock, text: str, limit: int) -> list[str]:
        """The pieces between the matches, at most ``limit`` if it is positive; an empty match at the start is none."""
        pieces: list[str] = []
        end = 0
        for found in self.matches(clock, text):
            if len(pieces) == limit - 1:
                break
            if found.end() > 0:
                pieces.append(text[end : found.start()])
                end = found.end()
        return [*pieces, text[end:]]
