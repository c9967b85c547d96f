"""The exceptions of DQDL.

DQDLError
├── DQDLSyntaxError      the text is not DQDL: position, what was expected, a hint
├── InvalidRulesetError  the text is DQDL, but rules are invalid: all problems at once
└── EvaluationError      a ruleset could not be evaluated (a failed rule is an outcome, not an error)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from movie_assets.visible import visible


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of a text, with the 1-based line and column of its start."""

    start: int
    end: int
    line: int
    column: int


NOWHERE = Span(0, 0, 1, 1)


class DQDLError(Exception):
    """The base of DQDL's exceptions; the message is printable."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message, keep="\n"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a ruleset: what, where, and what to do about it."""

    message: str
    span: Span
    hint: str | None = None

    def render(self, text: str) -> str:
        """The message with line, column, the source line and a caret under the position."""
        source_line = (text.split("\n")[self.span.line - 1 : self.span.line] or [""])[0].rstrip("\r")
        shown, caret = _around(source_line, self.span.column - 1)
        lines = [f"line {self.span.line}, column {self.span.column}: {self.message}", f"  {shown}", f"  {caret}"]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


def _around(line: str, index: int, width: int = 100) -> tuple[str, str]:
    """The part of a long line around the index, and a caret line that points at it."""
    start = max(0, index - width * 2 // 3)
    before, after = (visible(piece.replace("\t", " ")) for piece in (line[start:index], line[index : start + width]))
    return before + after, " " * len(before) + "^"


def shown(text: str, width: int = 40) -> str:
    """A piece of a text, shortened and printable."""
    return visible(text if len(text) <= width else f"{text[: width - 3]}...")


class InvalidRulesetError(DQDLError):
    """A ruleset that parses but has invalid rules; ``problems`` holds all problems in text order.

    The message shows the first 50.
    """

    def __init__(self, problems: Sequence[Problem], text: str, most: int = 50) -> None:
        self.problems = tuple(problems)
        self.text = text
        lines = [problem.render(text) for problem in self.problems[:most]]
        if len(self.problems) > most:
            lines.append(f"... and {len(self.problems) - most} more problems")
        super().__init__("\n".join(lines))


class DQDLSyntaxError(DQDLError):
    """A text that is not DQDL; ``problem`` says where the syntax error is."""

    def __init__(self, problem: Problem, text: str) -> None:
        self.problem = problem
        self.span = problem.span
        self.text = text
        super().__init__(problem.render(text))


class EvaluationError(DQDLError):
    """A ruleset that could not be evaluated on a table."""
