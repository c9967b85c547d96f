"""Validates a parsed ruleset: all problems at once, in text order."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from movie_assets.dqdl.checking.regex import regex_problems
from movie_assets.dqdl.checking.signatures import analyzer_problems, rule_problems
from movie_assets.dqdl.checking.surroundings import constant_problems, label_problems, section_problems
from movie_assets.dqdl.declaring.rule_type import RuleType
from movie_assets.dqdl.errors import InvalidRulesetError, Problem, Span
from movie_assets.dqdl.language.nodes import AnyRule, CompositeRule, Number, Rule, Ruleset, Size

MOST_RULES = 2_000
"""The maximum number of rules, as on Glue; a composite counts once."""


def validate(ruleset: Ruleset, rule_types: Mapping[str, RuleType]) -> Ruleset:
    """The valid ruleset; for rule types that compare sizes, bare whole numbers become sizes.

    Raises: InvalidRulesetError, with all problems.
    """
    ruleset = replace(ruleset, rules=tuple(_with_sizes(rule, rule_types) for rule in ruleset.rules))
    problems = sorted(_problems(ruleset, rule_types), key=lambda problem: problem.span.start)
    if problems:
        raise InvalidRulesetError(problems, ruleset.text)
    return ruleset


def _problems(ruleset: Ruleset, rule_types: Mapping[str, RuleType]) -> Iterator[Problem]:
    if not ruleset.rules and not ruleset.analyzers:
        yield Problem("No rules or analyzers provided", _last(ruleset.text), "for example: Rules = [ RowCount > 0 ]")
    if len(ruleset.rules) > MOST_RULES:
        message = f"a ruleset may have at most {MOST_RULES:,} rules, and this one has {len(ruleset.rules):,}"
        yield Problem(message, ruleset.rules[MOST_RULES].span, "split it into several rulesets")
    yield from section_problems(ruleset)
    for rule in ruleset.rules:
        for node in _within(rule):
            yield from label_problems(node.entries, ruleset.default_labels)
            if isinstance(node, Rule):
                yield from constant_problems(node, ruleset.constants)
                yield from rule_problems(node, rule_types)
                yield from regex_problems(node, rule_types)
    for analyzer in ruleset.analyzers:
        yield from constant_problems(analyzer, ruleset.constants)
        yield from analyzer_problems(analyzer, rule_types)


def _within(rule: AnyRule) -> Iterator[AnyRule]:
    """The rule and, if it is a composite, all its operands."""
    yield rule
    if isinstance(rule, CompositeRule):
        for operand in rule.operands:
            yield from _within(operand)


def _last(text: str) -> Span:
    """The start of the last non-blank line."""
    kept = text.rstrip()
    start = kept.rfind("\n") + 1
    return Span(start, len(kept), kept.count("\n") + 1, 1)


def _with_sizes(rule: AnyRule, rule_types: Mapping[str, RuleType]) -> AnyRule:
    if isinstance(rule, CompositeRule):
        return replace(rule, operands=tuple(_with_sizes(operand, rule_types) for operand in rule.operands))
    condition, rule_type = rule.condition, rule_types.get(rule.type)
    if condition is None or condition.kind != "number" or rule_type is None or "size" not in rule_type.conditions:
        return rule
    sizes = [Size(one.amount) for one in condition.operands if isinstance(one, Number) and one.amount is not None]
    if len(sizes) < len(condition.operands):
        return rule
    return replace(rule, condition=replace(condition, kind="size", operands=tuple(sizes)))
