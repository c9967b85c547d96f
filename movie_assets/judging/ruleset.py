"""The ruleset of a run: its text, its hash, and the name of each rule's check."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from movie_assets import dqdl
from movie_assets.dqdl.language.nodes import AnyRule, Rule
from movie_assets.dqdl.rules import RULE_TYPES
from movie_assets.errors import PipelineError
from movie_assets.reading.folders import read_text


class RulesetError(PipelineError):
    """A ruleset file that can't be read or is not DQDL."""


@dataclass(frozen=True, slots=True)
class LoadedRuleset:
    """A ruleset with its file's name, the SHA-256 of its text, and a check name per rule, in ruleset order."""

    ruleset: dqdl.Ruleset
    name: str
    hash: str
    text: str
    check_names: tuple[str, ...]


def load_ruleset(path: Path, set_by: str = "MOVIES_RULESET") -> LoadedRuleset:
    """Load the ruleset of a file; `set_by` names its setting in errors.

    Raises: RulesetError, with line, caret and hint if the text is invalid.
    """
    try:
        text = read_text(path, "ruleset")
    except PipelineError as error:
        raise RulesetError(error.message, f"{set_by} names a UTF-8 file") from error
    try:
        ruleset = dqdl.parse(text)
    except dqdl.DQDLError as error:
        raise RulesetError(f"the ruleset '{path}' is refused:\n{error}") from error
    digest = hashlib.sha256(text.encode()).hexdigest()
    return LoadedRuleset(ruleset, path.stem, digest, text, check_names(ruleset.rules))


def check_names(rules: Iterable[AnyRule]) -> tuple[str, ...]:
    """A name per rule, from rule type and columns; duplicates are numbered from the second on.

    The name identifies the check in its history, so it contains neither position nor threshold.
    """
    seen: Counter[str] = Counter()
    names: list[str] = []
    for name in map(_check_name, rules):
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(names)


def _check_name(rule: AnyRule) -> str:
    if not isinstance(rule, Rule):
        return f"_{rule.operator.lower()}_".join(_check_name(operand) for operand in rule.operands)
    rule_type = RULE_TYPES[rule.type]
    names = rule_type.parameter_names(len(rule.parameters))
    kept = [
        parameter.value
        for parameter, name in zip(rule.parameters, names, strict=True)
        if name.startswith(("TargetColumn", "ReferenceDatasetAlias", "MetricParameter"))
    ]
    return re.sub(r"[^A-Za-z0-9_]+", "_", "_".join([rule.type, *kept])).strip("_")
