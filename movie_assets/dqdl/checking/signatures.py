"""Validates a rule or analyzer against the declaration of its rule type."""

import re
from collections.abc import Callable, Iterator, Mapping

from movie_assets.dqdl.declaring.rule_type import RuleType
from movie_assets.dqdl.errors import Problem, shown
from movie_assets.dqdl.language.nodes import (
    Analyzer,
    Arithmetic,
    Call,
    Condition,
    ConditionKind,
    Number,
    Operand,
    Parameter,
    Parenthesised,
    Rule,
    String,
    Tag,
)
from movie_assets.errors import nearest

RuleTypes = Mapping[str, RuleType]

_EXAMPLES: Mapping[ConditionKind, str] = {
    "size": "<= 10 MB",
    "duration": "<= 24 hours",
    "number": "> 0",
    "string": '= "text"',
    "date": '> "2024-01-31"',
}
_KEYWORDS = ("where", "matches", "between", "in", "not", "with", "labels")


def rule_problems(rule: Rule, rule_types: RuleTypes) -> Iterator[Problem]:
    """The problems of a rule."""
    rule_type = rule_types.get(rule.type)
    if rule_type is None:
        yield Problem(f"Rule Type: {shown(rule.type)} is not valid", rule.span, did_you_mean(rule.type, rule_types))
        return
    if not rule_type.rule:
        message = f"Analyzer Type: {rule.type} is not supported in rules section"
        yield Problem(message, rule.span, f"write Analyzers = [ {rule.type} ... ]")
        return
    yield from _parameter_problems(rule, rule_type, rule_types)
    yield from _condition_problems(rule, rule_type, rule_types)
    yield from _where_problems(rule, rule_type, rule_types)
    yield from _tag_problems(rule, rule_type, rule_types)


def analyzer_problems(analyzer: Analyzer, rule_types: RuleTypes) -> Iterator[Problem]:
    """The problems of an analyzer."""
    rule_type = rule_types.get(analyzer.type)
    if rule_type is None:
        hint = did_you_mean(analyzer.type, rule_types)
        yield Problem(f"Analyzer Type: {shown(analyzer.type)} is not valid", analyzer.span, hint)
        return
    if not rule_type.analyzer:
        hint = f"analyzers are {_names(rule_types, lambda one: one.analyzer)}"
        yield Problem(f"Analyzer Type: {analyzer.type} is not supported", analyzer.span, hint)
        return
    yield from _parameter_problems(analyzer, rule_type, rule_types)
    yield from _tag_problems(analyzer, rule_type, rule_types)


def did_you_mean(name: str, known: Mapping[str, object]) -> str | None:
    """A hint with the closest known name, if any."""
    near = nearest(name, known)
    if near is None:
        return None
    return f"did you mean '{near}'?" + (" Upper and lower case matter" if near.lower() == name.lower() else "")


def _names(rule_types: RuleTypes, takes: Callable[[RuleType], bool]) -> str:
    return ", ".join(sorted(one.name for one in rule_types.values() if takes(one)))


def _parameter_problems(node: Rule | Analyzer, rule_type: RuleType, rule_types: RuleTypes) -> Iterator[Problem]:
    if _count_fits(node, rule_type):
        return
    given, most = len(node.parameters), rule_type.most_parameters()
    what = "Rule" if isinstance(node, Rule) else "Analyzer"
    message = f"{what} Type: {node.type} is not valid with {_count(given)}: it takes {_signature(rule_type)}"
    span = node.parameters[most].span if most is not None and given > most else node.span
    yield Problem(message, span, _parameter_hint(node.parameters, rule_types))


def _count_fits(node: Rule | Analyzer, rule_type: RuleType) -> bool:
    most = rule_type.most_parameters()
    return rule_type.least_parameters() <= len(node.parameters) and (most is None or len(node.parameters) <= most)


def _count(number: int) -> str:
    return "no parameters" if number == 0 else "1 parameter" if number == 1 else f"{number} parameters"


def _signature(rule_type: RuleType) -> str:
    least, most = rule_type.least_parameters(), rule_type.most_parameters()
    if not rule_type.parameters:
        return "none"
    number = str(least) if least == most else f"{least} or more" if most is None else f"{least} to {most}"
    return f"{number} ({', '.join(map(str, rule_type.parameters))})"


def _parameter_hint(parameters: tuple[Parameter, ...], rule_types: RuleTypes) -> str | None:
    """A hint for words that became parameters by mistake: a keyword in the wrong case, or the next rule."""
    for parameter in parameters:
        if parameter.text.lower() in _KEYWORDS:
            return f"write '{parameter.text.lower()}': keywords are spelled exactly so"
        if parameter.text in rule_types and parameter.connector:
            return "put each side of 'and' in parentheses: (...) and (...)"
        if parameter.text in rule_types:
            return f"is a comma missing before {parameter.text}?"
    return None


def _condition_problems(rule: Rule, rule_type: RuleType, rule_types: RuleTypes) -> Iterator[Problem]:
    condition, kinds = rule.condition, [kind for kind in _EXAMPLES if kind in rule_type.conditions]
    examples = f"for example: {_example(rule, kinds)}"
    if condition is None:
        if kinds and not rule_type.condition_optional and _count_fits(rule, rule_type):
            yield Problem(f"{rule.type} needs a condition", rule.span, examples)
    elif not kinds:
        message = f"Unexpected condition for rule of type {rule.type} with boolean return type"
        yield Problem(message, condition.span, f"{rule.type} takes no condition: remove '{shown(str(condition))}'")
    elif condition.kind not in kinds:
        wanted = " or ".join(kinds)
        message = f"Unexpected condition for rule of type {rule.type} with {wanted} return type"
        hint = _kind_hint(condition, kinds) or f"this compares a {condition.kind}; {examples}"
        yield Problem(message, condition.span, hint)
    elif rule_type.operators is not None and condition.operator not in rule_type.operators:
        taken = ", ".join(sorted(rule_type.operators))
        yield Problem(f"{rule.type} can't be compared with '{condition.operator}'", condition.span, f"it takes {taken}")
    elif not rule_type.dynamic and any(map(_calls, condition.operands)):
        hint = f"write plain numbers; earlier values are for {_names(rule_types, lambda one: one.dynamic)}"
        yield Problem(f"{rule.type} can't be compared with earlier values", condition.span, hint)


def _example(rule: Rule, kinds: list[ConditionKind]) -> str:
    """An example of the rule, shortened, with a valid condition."""
    start = " ".join([rule.type, *map(str, rule.parameters)])
    return f"{start if len(start) < 60 else rule.type + ' ...'} {_EXAMPLES[kinds[0]]}" if kinds else start


def _calls(operand: Operand) -> bool:
    match operand:
        case Call():
            return True
        case Arithmetic():
            return _calls(operand.left) or _calls(operand.right)
        case Parenthesised():
            return _calls(operand.inner)
        case _:
            return False


def _kind_hint(condition: Condition, kinds: list[ConditionKind]) -> str | None:
    first = condition.operands[0]
    if isinstance(first, String) and "number" in kinds and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", first.text):
        return f"write the number without quotes: {first.text}"
    if isinstance(first, Number) and "duration" in kinds:
        return f"a duration has a unit: {first} hours, {first} days or {first} minutes"
    if condition.kind == "number" and "size" in kinds:
        return "a size is a whole number of bytes, with a unit or without: 2048, 2 KB, 10 MB"
    if isinstance(first, Number) and "string" in kinds:
        return f'a string stands in double quotes: "{first}"'
    return None


def _where_problems(rule: Rule, rule_type: RuleType, rule_types: RuleTypes) -> Iterator[Problem]:
    if rule.where is None:
        return
    if not rule_type.where:
        hint = f"'where' is for {_names(rule_types, lambda one: one.where)}"
        yield Problem(f"Where clause is not supported for rule type: {rule.type}", rule.where_span, hint)
    elif not rule.where.strip():
        hint = 'write what rows it is about, for example: where "year > 2000"'
        yield Problem(f"Empty where condition provided for rule type: {rule.type}", rule.where_span, hint)


def _tag_problems(node: Rule | Analyzer, rule_type: RuleType, rule_types: RuleTypes) -> Iterator[Problem]:
    seen: set[str] = set()
    for tag in node.tags:
        if tag.name in seen:
            yield Problem(_twice(tag), tag.span, "keep one of them")
        elif tag.name == "threshold":
            yield from _threshold_problems(tag, node, rule_type, rule_types)
        elif tag.name not in rule_type.tags:
            taken = dict.fromkeys((*sorted(rule_type.tags), *["threshold"][: rule_type.threshold]))
            hint = did_you_mean(tag.name, taken) or (f"it takes {', '.join(taken)}" if taken else "it takes none")
            yield Problem(f"{node.type} has no tag '{shown(tag.name)}'", tag.span, hint)
        elif tag.condition.operator != "=":
            yield Problem(f"the tag '{tag.name}' takes a value", tag.span, f"write: with {tag.name} = ...")
        seen.add(tag.name)


def _twice(tag: Tag) -> str:
    if tag.name == "threshold":
        return "Only one threshold condition at a time is supported"
    return f"the tag '{shown(tag.name)}' is given twice"


def _threshold_problems(
    tag: Tag, node: Rule | Analyzer, rule_type: RuleType, rule_types: RuleTypes
) -> Iterator[Problem]:
    if not rule_type.threshold:
        hint = f"'with threshold' is for {_names(rule_types, lambda one: one.threshold)}"
        yield Problem(f"Threshold condition not supported for rule type: {node.type}", tag.span, hint)
    elif tag.condition.kind != "number":
        yield Problem("a threshold compares a number", tag.span, "for example: with threshold >= 0.9")
