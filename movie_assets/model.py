"""A judged day, as plain frozen values: what landed, what each rule said, how many rows went where."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

FORMAT = 1
"""Version of the stored form of a `DayReport`."""

Verdict = Literal["Passed", "Failed"]


@dataclass(frozen=True, slots=True)
class LandedFile:
    """The file of a day as it landed; `version` changes with its content (SHA-256 in hex, or the store's ETag)."""

    day: date
    uri: str
    name: str
    size: int
    version: str
    landed_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "uri": self.uri,
            "name": self.name,
            "size": self.size,
            "version": self.version,
            "landed_at": self.landed_at.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "LandedFile":
        return cls(
            day=date.fromisoformat(stored["day"]),
            uri=stored["uri"],
            name=stored["name"],
            size=stored["size"],
            version=stored["version"],
            landed_at=datetime.fromisoformat(stored["landed_at"]),
        )


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule said about a day.

    `rows_failed` is None where the rule judges no single row; `failing_rows` is a small sample, in the file's order.
    """

    rule: str
    check_name: str
    outcome: Verdict
    failure_reason: str | None
    metrics: Mapping[str, float | None]
    evaluated_rule: str
    rows_failed: int | None
    dataset_level: bool
    failing_rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def passed(self) -> bool:
        return self.outcome == "Passed"

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "check_name": self.check_name,
            "outcome": self.outcome,
            "failure_reason": self.failure_reason,
            "metrics": {key: _plain(value) for key, value in self.metrics.items()},
            "evaluated_rule": self.evaluated_rule,
            "rows_failed": self.rows_failed,
            "dataset_level": self.dataset_level,
            "failing_rows": [{key: _plain(value) for key, value in row.items()} for row in self.failing_rows],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RuleReport":
        if stored["outcome"] not in ("Passed", "Failed"):
            raise ValueError(f"outcome is {stored['outcome']!r}, not Passed or Failed")
        return cls(
            rule=stored["rule"],
            check_name=stored["check_name"],
            outcome=stored["outcome"],
            failure_reason=stored["failure_reason"],
            metrics=_metrics(stored["metrics"]),
            evaluated_rule=stored["evaluated_rule"],
            rows_failed=stored["rows_failed"],
            dataset_level=stored["dataset_level"],
            failing_rows=tuple(stored["failing_rows"]),
        )


@dataclass(frozen=True, slots=True)
class DayReport:
    """One evaluation of one day, and the names of the files that belong to it: the day's manifest.

    `files` maps a dataset (`validated`, `bad_data`, `unreadable`, `rule_outcome`) to the names of its files in that
    day's folder. `score` is in [0, 1], None for a ruleset without rules. `rules` stand in the ruleset's order.
    `metrics` are those of all rules and analyzers by Glue's key: what later days' `last()` looks up, unless the day is
    `excluded`. `observations` are anomalies, as Glue's API result shows them.
    """

    evaluation_id: str
    run_id: str
    day: date
    evaluated_at: datetime
    source: LandedFile
    ruleset_name: str
    ruleset_hash: str
    nulls: Literal["fail", "ignore"]
    lines: int
    accepted: int
    quarantined: int
    unreadable: int
    extra_columns: tuple[str, ...]
    score: float | None
    rules: tuple[RuleReport, ...]
    files: Mapping[str, tuple[str, ...]]
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    observations: tuple[Mapping[str, Any], ...] = ()
    excluded: bool = False

    @property
    def conserved(self) -> bool:
        """Whether every line of the file is accounted for."""
        return self.lines == self.accepted + self.quarantined + self.unreadable

    @property
    def failed_rules(self) -> tuple[RuleReport, ...]:
        return tuple(rule for rule in self.rules if not rule.passed)

    @property
    def rules_passed(self) -> int:
        return sum(rule.passed for rule in self.rules)

    def to_json(self) -> dict[str, Any]:
        """A dict that `json.dumps` takes as it is; numbers that JSON lacks (NaN, infinity) and odd types as text."""
        return {
            "format": FORMAT,
            "evaluation_id": self.evaluation_id,
            "run_id": self.run_id,
            "day": self.day.isoformat(),
            "evaluated_at": self.evaluated_at.isoformat(),
            "source": self.source.to_json(),
            "ruleset_name": self.ruleset_name,
            "ruleset_hash": self.ruleset_hash,
            "nulls": self.nulls,
            "lines": self.lines,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "unreadable": self.unreadable,
            "extra_columns": list(self.extra_columns),
            "score": self.score,
            "rules": [rule.to_json() for rule in self.rules],
            "files": {dataset: list(names) for dataset, names in self.files.items()},
            "metrics": {key: _plain(value) for key, value in self.metrics.items()},
            "observations": list(self.observations),
            "excluded": self.excluded,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DayReport":
        """The report that `to_json` wrote.

        Raises:
            ValueError: the dict is of another format.
            KeyError, TypeError: it is of this format, but parts are missing or of another type.
        """
        if stored.get("format") != FORMAT:
            raise ValueError(f"format is {stored.get('format')!r}, this version reads {FORMAT}")
        return cls(
            evaluation_id=stored["evaluation_id"],
            run_id=stored["run_id"],
            day=date.fromisoformat(stored["day"]),
            evaluated_at=datetime.fromisoformat(stored["evaluated_at"]),
            source=LandedFile.from_json(stored["source"]),
            ruleset_name=stored["ruleset_name"],
            ruleset_hash=stored["ruleset_hash"],
            nulls=stored["nulls"],
            lines=stored["lines"],
            accepted=stored["accepted"],
            quarantined=stored["quarantined"],
            unreadable=stored["unreadable"],
            extra_columns=tuple(stored["extra_columns"]),
            score=stored["score"],
            rules=tuple(RuleReport.from_json(rule) for rule in stored["rules"]),
            files={dataset: tuple(names) for dataset, names in stored["files"].items()},
            metrics=_metrics(stored["metrics"]),
            observations=tuple(stored["observations"]),
            excluded=stored["excluded"],
        )


def _metrics(stored: Mapping[str, Any]) -> dict[str, float | None]:
    return {key: None if value is None else float(value) for key, value in stored.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
