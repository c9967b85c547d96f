"""The outcomes of an evaluation: per rule and analyzer, and in total: score, metrics, row totals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from movie_assets.dqdl.declaring.plan import Value
from movie_assets.dqdl.language.nodes import Analyzer, AnyRule

Outcome = Literal["Passed", "Failed"]


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule's verdict.

    ``metrics`` by Glue's keys; a metric without a value (an empty column) is None. ``evaluated_rule`` is the rule with
    computed operands. ``rows_failed`` is None if the rule judges no rows.
    """

    rule: AnyRule
    outcome: Outcome
    failure_reason: str | None
    metrics: Mapping[str, Value]
    evaluated_rule: str
    rows_failed: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.outcome == "Passed"


@dataclass(frozen=True, slots=True)
class AnalyzerOutcome:
    """The metrics of an analyzer; ``message`` says why nothing could be measured."""

    analyzer: Analyzer
    metrics: Mapping[str, Value]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RowTotals:
    """Rows judged; ``total = accepted + quarantined``."""

    total: int
    accepted: int
    quarantined: int


def score(outcomes: tuple[RuleOutcome, ...]) -> float:
    return sum(outcome.passed for outcome in outcomes) / len(outcomes) if outcomes else 1.0


def all_metrics(outcomes: Iterable[RuleOutcome], analyzed: Iterable[AnalyzerOutcome]) -> dict[str, Value]:
    """Every metric measured by rules and analyzers, by Glue's key."""
    found: dict[str, Value] = {}
    for outcome in outcomes:
        found.update(outcome.metrics)
    for analyzer in analyzed:
        found.update(analyzer.metrics)
    return found
