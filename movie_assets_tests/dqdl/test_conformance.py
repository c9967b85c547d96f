"""The evaluation cases: rulesets with the verdicts Glue gives them, for rules and for rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from movie_assets import dqdl
from movie_assets_tests.support.judged import NOW, failing_rows, table

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "corpus" / "evaluate_cases.json").read_text())

DISAGREEMENTS: dict[str, str] = {}
"""Cases we judge otherwise, by id, each with the reason."""


def options(case: dict[str, Any]) -> dict[str, Any]:
    """The case's references, history and Glue options as ours."""
    given = case.get("options", {})
    references = {alias: table(made["types"], **made["data"]) for alias, made in case.get("references", {}).items()}
    found: dict[str, Any] = {"references": references, "history": case.get("history", {}), "now": NOW}
    if "rowLevelConfiguration.filteredRowLabel" in given:
        found["filtered_rows"] = given["rowLevelConfiguration.filteredRowLabel"].lower()
    if "compositeRuleEvaluation.method" in given:
        found["composite"] = given["compositeRuleEvaluation.method"].lower()
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_conformance(case: dict[str, Any]) -> None:
    if case["id"] in DISAGREEMENTS:
        pytest.skip(DISAGREEMENTS[case["id"]])
    data = table(case["types"], **case["data"])
    result = dqdl.evaluate(dqdl.parse(case["ruleset"]), data, **options(case))
    assert [outcome.outcome for outcome in result.rule_outcomes] == case["outcomes"], result.rule_outcomes
    if case["rows_failed"] is not None:
        assert failing_rows(result) == case["rows_failed"]


def test_every_case_is_there() -> None:
    assert len(CASES) == 73
    assert set(DISAGREEMENTS) <= {case["id"] for case in CASES}
