"""Validates what surrounds the rules: Metadata, DataSources, constants and labels."""

import re
from collections.abc import Iterator, Mapping, Sequence

from movie_assets.dqdl.checking.signatures import did_you_mean
from movie_assets.dqdl.errors import Problem, Span, shown
from movie_assets.dqdl.language.nodes import Analyzer, Condition, Constant, Entry, Item, Rule, Ruleset, Section

MOST_LABELS, LONGEST_KEY, LONGEST_VALUE = 10, 128, 256

_KEYS: Mapping[Section, tuple[str, ...]] = {
    "Metadata": ("Version",),
    "DataSources": ("Primary", "AdditionalDataSources"),
}
_LISTS = ("AdditionalDataSources",)
_REFERENCE = re.compile(r"\$[0-9.]*[A-Za-z_]")

_ONE, _TEXT = "one value", "one string"
"""The kind of constant that its use requires."""

Constants = Mapping[str, Item | tuple[Item, ...]]


def section_problems(ruleset: Ruleset) -> Iterator[Problem]:
    """The problems of the sections before the rules."""
    seen: set[tuple[Section, str]] = set()
    for entry in ruleset.entries:
        if entry.section in _KEYS:
            yield from _key_problems(entry, seen)
        elif entry.section == "constant":
            yield from _definition_problems(entry, seen)
        seen.add((entry.section, entry.key))
    yield from label_problems([entry for entry in ruleset.entries if entry.section == "DefaultLabels"], {})


def _key_problems(entry: Entry, seen: set[tuple[Section, str]]) -> Iterator[Problem]:
    keys = _KEYS[entry.section]
    if entry.key not in keys:
        hint = f"its keys are {', '.join(keys)}" if len(keys) > 1 else f"its only key is {keys[0]}"
        message = f'Unsupported key provided in {entry.section} section: "{shown(entry.key)}"'
        yield Problem(message, entry.span, hint)
    elif (entry.section, entry.key) in seen:
        yield Problem(f"the key {entry.key} is given twice", entry.span, "keep one of them")
    elif isinstance(entry.value, tuple) and entry.key not in _LISTS:
        yield Problem(f"{entry.key} is a string, not a list", entry.span, f'write "{entry.key}": "..."')
    elif isinstance(entry.value, str) and entry.key in _LISTS:
        yield Problem(f"{entry.key} is a list", entry.span, f'write "{entry.key}": ["{shown(entry.value)}"]')


def _definition_problems(entry: Entry, seen: set[tuple[Section, str]]) -> Iterator[Problem]:
    if entry.key[0] in "._":
        yield Problem(f"the name of a constant can't start with '{entry.key[0]}'", entry.span, "start with a letter")
    if (entry.section, entry.key) in seen:
        yield Problem(f"the constant {shown(entry.key)} is defined twice", entry.span, "give one of them another name")
    values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    if any(isinstance(value, str) and _REFERENCE.search(value) for value in values):
        message = f"the value of the constant {shown(entry.key)} can't hold another constant"
        yield Problem(message, entry.span, "write the value itself")


def constant_problems(node: Rule | Analyzer, constants: Constants) -> Iterator[Problem]:
    """Uses of undefined constants, and of lists instead of strings."""
    for parameter in node.parameters:
        if parameter.text.startswith("$"):
            yield from _use_problems(parameter.text[1:], parameter.span, _TEXT, constants)
    tags = [tag.condition for tag in node.tags]
    conditions: list[Condition] = [node.condition, *tags] if isinstance(node, Rule) and node.condition else tags
    for condition in conditions:
        for operand in condition.operands:
            if isinstance(operand, Constant):
                wanted = {"in": None, "not in": None, "=": _ONE, "!=": _ONE}.get(condition.operator, _TEXT)
                yield from _use_problems(operand.name, operand.span, wanted, constants)


def _use_problems(name: str, span: Span, wanted: str | None, constants: Constants) -> Iterator[Problem]:
    if name not in constants:
        known = (
            f"defined are {shown(', '.join(constants), 80)}"
            if constants
            else f'define it before the rules: {shown(name)} = "..."'
        )
        yield Problem(f"the constant ${shown(name)} is not defined", span, did_you_mean(name, constants) or known)
        return
    value = constants[name]
    if wanted and isinstance(value, tuple):
        message = f"${shown(name)} is a list, and {wanted} is needed here"
        yield Problem(message, span, f"a list is used as: in ${shown(name)}")
    elif wanted == _TEXT and not isinstance(value, str):
        yield Problem(f"${shown(name)} is {value}, and {wanted} is needed here", span)


def label_problems(entries: Sequence[Entry], defaults: Mapping[str, str]) -> Iterator[Problem]:
    """The problems of a rule's labels, or of the default labels."""
    seen: set[str] = set()
    for entry in entries:
        if entry.key in seen:
            yield Problem(f'the label "{shown(entry.key)}" is given twice', entry.span, "keep one of them")
        seen.add(entry.key)
        limits = (("key", entry.key, 1, LONGEST_KEY), ("value", str(entry.value), 0, LONGEST_VALUE))
        for what, text, least, most in limits:
            if not least <= len(text) <= most:
                message = f"a label's {what} has {least} to {most} characters, and this one {len(text)}"
                yield Problem(message, entry.span)
    if entries and len(seen | defaults.keys()) > MOST_LABELS:
        message = f"a rule may have at most {MOST_LABELS} labels, default labels included"
        yield Problem(message, entries[0].span, f"with these it has {len(seen | defaults.keys())}")
