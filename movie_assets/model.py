"""A judged day, as plain frozen values: what landed, what each rule said, how many rows went where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from json import loads
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

FORMAT = 1
"""Version of the stored form of a `DayReport`."""

Verdict = Literal["Passed", "Failed"]

_AS_TEXT = ConfigDict(ser_json_inf_nan="strings")
"""Of numbers that JSON lacks."""


@dataclass(frozen=True, slots=True)
class LandedFile:
    """The file of a day as it landed; `version` changes with its content (SHA-256 in hex, or the store's ETag)."""

    day: date
    uri: str
    name: str
    size: int
    version: str
    landed_at: datetime


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule said about a day.

    `rows_failed` is None where the rule judges no single row; `failing_rows` is a small sample, in the file's order.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _AS_TEXT

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


@dataclass(frozen=True, slots=True)
class DayReport:
    """One evaluation of one day, and the names of the files that belong to it: the day's manifest.

    `files` maps a dataset (`validated`, `bad_data`, `unreadable`, `rule_outcome`) to the names of its files in that
    day's folder. `score` is in [0, 1], None for a ruleset without rules. `rules` stand in the ruleset's order.
    `metrics` are those of all rules and analyzers by Glue's key: what later days' `last()` looks up, unless the day is
    `excluded`. `observations` are anomalies, as Glue's API result shows them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _AS_TEXT

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
        return {"format": FORMAT, **loads(_stored().dump_json(self))}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DayReport":
        """The report that `to_json` wrote.

        Raises:
            ValueError: the dict is of another format, or parts are missing or of another type.
        """
        if stored.get("format") != FORMAT:
            raise ValueError(f"format is {stored.get('format')!r}, this version reads {FORMAT}")
        return _stored().validate_python({name: value for name, value in stored.items() if name != "format"})


@cache
def _stored() -> TypeAdapter[DayReport]:
    return TypeAdapter(DayReport)
