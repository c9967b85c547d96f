"""The language on its corpus: cases from Glue, one-line round trips, and what is said of invalid rulesets."""

import json
from typing import Any

import pytest

from movie_assets import dqdl
from movie_assets.dqdl.language.nodes import AnyRule, CompositeRule, Rule
from movie_assets.dqdl.rules import RULE_TYPES
from movie_assets_tests.support.dqdl_corpus import CORPUS, Invalid, invalid_rulesets, round_trips, said

CONSTANTS = 'column = "a"\ntext = "t\\"u"\nlist = ["x","y"]\n'
ACCEPTED = {"pi67": "the documentation shows labels after the threshold"}
"""Texts the open parser refuses and ours reads, by id, each with the reason."""

INVALID = list(invalid_rulesets())
ROUND_TRIPS = round_trips("round_trips.txt")
CANONICAL = [line.split(" => ") for line in round_trips("canonical.txt")]


def cases(name: str) -> list[Any]:
    found = json.loads((CORPUS / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["id"]) for case in found]


def parsed(rule: str) -> AnyRule:
    (found,) = dqdl.parse(f"{CONSTANTS}Rules = [ {rule} ]").rules
    return found


def model(rule: AnyRule) -> dict[str, Any]:
    """A rule as the cases describe it."""
    if isinstance(rule, CompositeRule):
        nested = [model(operand) for operand in rule.operands]
        found = {"type": "Composite", "operator": rule.operator, "nested": nested, "text": str(rule)}
        return found | ({"labels": dict(rule.labels)} if rule.labels else {})
    names = RULE_TYPES[rule.type].parameter_names(len(rule.parameters))
    tags = {tag.name: tag.value for tag in rule.tags if tag.name != "threshold"}
    return {
        "type": rule.type,
        "parameters": dict(zip(names, (parameter.value for parameter in rule.parameters), strict=True)),
        "condition": str(rule.condition) if rule.condition else None,
        "condition_kind": rule.condition.kind if rule.condition else None,
        "threshold": str(rule.threshold) if rule.threshold else None,
        "where": rule.where,
        "text": str(rule),
    } | ({"tags": tags} if tags else {})


@pytest.mark.parametrize("case", cases("parse_valid_cases.json"))
def test_glue_reads_it_so(case: dict[str, Any]) -> None:
    ruleset = dqdl.parse(case["ruleset"])
    assert [model(rule) for rule in ruleset.rules] == case["rules"]
    assert [str(analyzer) for analyzer in ruleset.analyzers] == case.get("analyzers", [])


@pytest.mark.parametrize("case", cases("parse_valid_cases.json"))
def test_the_printed_document_is_the_same_ruleset(case: dict[str, Any]) -> None:
    ruleset = dqdl.parse(case["ruleset"])
    assert dqdl.parse(str(ruleset)) == ruleset


@pytest.mark.parametrize("case", cases("parse_invalid_cases.json"))
def test_glue_refuses_it(case: dict[str, Any]) -> None:
    if case["id"] in ACCEPTED:
        assert dqdl.parse(case["ruleset"]).rules
        return
    with pytest.raises((dqdl.DQDLSyntaxError, dqdl.InvalidRulesetError)):
        dqdl.parse(case["ruleset"])


@pytest.mark.parametrize("case", INVALID, ids=[case.name for case in INVALID])
def test_what_is_said_of_an_invalid_ruleset(case: Invalid) -> None:
    assert said(case.ruleset) == case.message


def test_the_corpus_of_invalid_rulesets_is_whole() -> None:
    assert len(INVALID) >= 170
    assert len({case.name for case in INVALID}) == len(INVALID)
    assert len({case.ruleset for case in INVALID}) == len(INVALID)


@pytest.mark.parametrize("line", ROUND_TRIPS, ids=ROUND_TRIPS)
def test_canonical_text_is_printed_as_it_was_read(line: str) -> None:
    rule = parsed(line)
    assert str(rule) == line
    assert parsed(str(rule)) == rule


@pytest.mark.parametrize(("written", "canonical"), CANONICAL, ids=[written for written, _ in CANONICAL])
def test_a_rule_has_one_canonical_text(written: str, canonical: str) -> None:
    assert str(parsed(written)) == canonical


def test_every_rule_type_has_a_round_trip() -> None:
    seen = {leaf.type for line in ROUND_TRIPS for leaf in parsed(line).leaves() if isinstance(leaf, Rule)}
    assert seen == {name for name, rule_type in RULE_TYPES.items() if rule_type.rule}
