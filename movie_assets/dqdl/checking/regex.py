"""Validates the regular expressions of a rule as Java's."""

from collections.abc import Iterator, Mapping

from movie_assets.dqdl.declaring.rule_type import RuleType
from movie_assets.dqdl.errors import Problem, Span
from movie_assets.dqdl.language.nodes import Constant, Rule, String
from movie_assets.dqdl.patterns.bounded import check
from movie_assets.dqdl.patterns.nodes import PatternError

HINT = r"patterns are written as in Java: a character that stands for itself there has a backslash, as in \. or \("


def regex_problems(rule: Rule, rule_types: Mapping[str, RuleType]) -> Iterator[Problem]:
    """The problems of a rule's regular expressions."""
    for pattern, span in _patterns(rule, rule_types):
        try:
            check(pattern)
        except PatternError as error:
            yield Problem(f"the regular expression can't be used: {error}", span, HINT)


def _patterns(rule: Rule, rule_types: Mapping[str, RuleType]) -> Iterator[tuple[str, Span]]:
    rule_type = rule_types.get(rule.type)
    for spec, parameter in zip(rule_type.parameters if rule_type else (), rule.parameters, strict=False):
        if spec.kind == "regex":
            yield parameter.value, parameter.span
    condition = rule.condition
    if condition is not None and condition.operator in ("matches", "not matches"):
        for operand in condition.operands:
            if isinstance(operand, Constant):
                yield from ((value, condition.span) for value in operand.values if isinstance(value, str))
            elif isinstance(operand, String):
                yield operand.value, condition.span
