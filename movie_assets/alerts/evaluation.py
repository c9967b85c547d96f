"""One evaluation of a day, with the few values that services count and route by."""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation. `score` is None for a ruleset without rules; `outcomes` is the URI of the
    folder with the results of the rules.
    """

    evaluation_id: str
    day: date
    run_id: str
    job: str
    ruleset: str
    score: float | None
    rules_passed: int
    rules_failed: int
    outcomes: str

    @property
    def idempotency_key(self) -> str:
        return self.evaluation_id

    @property
    def state(self) -> Literal["SUCCEEDED", "FAILED"]:
        """Glue's state: of the data, not of the run."""
        return "FAILED" if self.rules_failed else "SUCCEEDED"
