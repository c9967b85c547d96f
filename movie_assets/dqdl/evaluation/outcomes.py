"""What an evaluation says: an outcome per rule, a score, and the rows with their verdicts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from movie_assets.dqdl.declaring.plan import Observation, Value
from movie_assets.dqdl.language.nodes import Analyzer, AnyRule

if TYPE_CHECKING:
    import pyarrow as pa

    from movie_assets.dqdl.evaluation.glue import Identity

Outcome = Literal["Passed", "Failed"]

PASS, FAIL, SKIP, RESULT = (
    "DataQualityRulesPass",
    "DataQualityRulesFail",
    "DataQualityRulesSkip",
    "DataQualityEvaluationResult",
)
"""Glue's four row-level columns, in its order."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule's verdict.

    ``metrics`` by Glue's keys; a metric without a value (an empty column) is None. ``evaluated_rule`` is the rule with
    computed operands. ``rows_failed`` is None where the rule judges no rows.
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
    """What an analyzer measured; ``message`` says why nothing could be, where nothing could."""

    analyzer: Analyzer
    metrics: Mapping[str, Value]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RowTotals:
    """Rows judged; ``total = accepted + quarantined``."""

    total: int
    accepted: int
    quarantined: int


@dataclass(frozen=True)
class EvaluationResult:
    """A ruleset judged on a table. ``rule_outcomes`` stand in ruleset order; tables are built when first asked for.

    ``unreadable`` counts the records of a CSV that can't be read as rows; they were not judged.
    """

    rule_outcomes: tuple[RuleOutcome, ...]
    analyzer_outcomes: tuple[AnalyzerOutcome, ...]
    observations: tuple[Observation, ...]
    row_totals: RowTotals
    unreadable: int
    _rows: "Callable[[], pa.Table]" = field(repr=False, compare=False)

    @property
    def score(self) -> float:
        """Passed rules divided by all rules, in [0, 1]; 1.0 for a ruleset of analyzers only."""
        return score(self.rule_outcomes)

    @property
    def metrics(self) -> dict[str, Value]:
        """Every metric measured by rules and analyzers, by Glue's key."""
        return all_metrics(self.rule_outcomes, self.analyzer_outcomes)

    @cached_property
    def rows(self) -> "pa.Table":
        """All rows in input order: the input's columns, then Glue's four row-level columns."""
        return self._rows()

    @property
    def accepted(self) -> "pa.Table":
        """The rows no rule failed, shaped and ordered as ``rows``."""
        return self._of("Passed")

    @property
    def quarantined(self) -> "pa.Table":
        """The rows at least one rule failed, shaped and ordered as ``rows``."""
        return self._of("Failed")

    def to_glue(self, identity: "Identity | None" = None) -> dict[str, Any]:
        """The result as Glue's GetDataQualityResult returns it; ``identity`` adds ids, names and times."""
        from movie_assets.dqdl.evaluation import glue

        return glue.api_result(
            identity or glue.Identity(),
            self.rule_outcomes,
            self.analyzer_outcomes,
            self.observations,
            self.row_totals,
        )

    def _of(self, verdict: Outcome) -> "pa.Table":
        import pyarrow.compute as pc

        return self.rows.filter(pc.field(RESULT) == verdict)


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
