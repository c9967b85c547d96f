"""The result of an evaluation: an outcome per rule, a score, and the rows with their verdicts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from movie_assets.dqdl.declaring.plan import RESULT, Observation, Value
from movie_assets.dqdl.evaluation.glue import Identity, api_result
from movie_assets.dqdl.evaluation.outcomes import (
    AnalyzerOutcome,
    Outcome,
    RowTotals,
    RuleOutcome,
    all_metrics,
    score,
)

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class EvaluationResult:
    """A ruleset judged on a table. ``rule_outcomes`` are in ruleset order; tables are built on first use.

    ``unreadable`` counts the unreadable records of a CSV; they were not judged.
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

    def to_glue(self, identity: Identity | None = None) -> dict[str, Any]:
        """The result as Glue's GetDataQualityResult returns it; ``identity`` adds ids, names and times."""
        return api_result(
            identity or Identity(),
            self.rule_outcomes,
            self.analyzer_outcomes,
            self.observations,
            self.row_totals,
        )

    def _of(self, verdict: Outcome) -> "pa.Table":
        import pyarrow.compute as pc

        return self.rows.filter(pc.field(RESULT) == verdict)
