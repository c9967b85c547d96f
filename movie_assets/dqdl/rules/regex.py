"""What Java's regular expressions have and the engine's lack: the engine never backtracks, so no pattern hangs it."""

import re
from collections.abc import Iterator, Mapping

from movie_assets.dqdl.errors import Problem, Span
from movie_assets.dqdl.language.nodes import Constant, Rule, String
from movie_assets.dqdl.rules.rule_type import RuleType

_BEYOND = (
    (re.compile(r"\(\?<?[=!]"), "lookahead or lookbehind"),
    (re.compile(r"\\[1-9]|\\k<"), "a backreference"),
    (re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+"), "a possessive quantifier"),
    (re.compile(r"\(\?>"), "an atomic group"),
)
_LITERAL = re.compile(r"\\[^1-9k]|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def beyond_engine(pattern: str) -> str | None:
    """What of a pattern can't be judged here, in words; None where it is not known to be too much."""
    plain = _LITERAL.sub("x", pattern)
    return next((name for found, name in _BEYOND if found.search(plain)), None)


def regex_problems(rule: Rule, rule_types: Mapping[str, RuleType]) -> Iterator[Problem]:
    """The regular expressions of a rule that can't be judged."""
    for pattern, span in _patterns(rule, rule_types):
        found = beyond_engine(pattern)
        if found is not None:
            hint = "patterns are matched without backtracking: write it without, or add a second rule with not matches"
            yield Problem(f"the regular expression has {found}, which is not supported", span, hint)


def _patterns(rule: Rule, rule_types: Mapping[str, RuleType]) -> Iterator[tuple[str, Span]]:
    rule_type = rule_types.get(rule.type)
    for spec, parameter in zip(rule_type.parameters if rule_type else (), rule.parameters, strict=False):
        if spec.kind == "regex":
            yield parameter.value, parameter.span
    condition = rule.condition
    if condition is not None and condition.operator in ("matches", "not matches"):
        for operand in condition.operands:
            if isinstance(operand, Constant):
                yield from ((value, condition.span) for value in operand.values)
            elif isinstance(operand, String):
                yield operand.value, condition.span
