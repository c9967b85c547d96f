"""What people are told about a day whose rules failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from movie_assets.lake.base import Dataset, Lake
from movie_assets.model import DayReport
from movie_assets.visible import visible

SUBJECT_LENGTH = 100
"""What a subject of a message to a topic may have, in characters."""

_LINE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that failed; `rows_failed` is None where it judges no single row."""

    rule: str
    reason: str | None
    rows_failed: int | None


@dataclass(frozen=True, slots=True)
class Alert:
    """A judged day with failed rules. Two alerts of one `idempotency_key` say the same.

    `failed` stands in the ruleset's order; `links` maps what lies there ("quarantined rows") to where it lies.
    """

    idempotency_key: str
    day: date
    run_id: str
    evaluation_id: str
    ruleset: str
    ruleset_hash: str
    score: float | None
    rules_passed: int
    rules_failed: int
    failed: tuple[FailedRule, ...]
    lines: int
    accepted: int
    quarantined: int
    unreadable: int
    links: Mapping[str, str]

    @property
    def subject(self) -> str:
        """One line of ASCII, at most 100 characters."""
        rules = f"{self.rules_failed} of {_count(self.rules_passed + self.rules_failed, 'rule')} failed"
        subject = f"Movies {self.day}: {rules}, {_count(self.quarantined, 'row')} quarantined"
        return subject.encode("ascii", "replace").decode()[:SUBJECT_LENGTH]

    @property
    def body(self) -> str:
        """The day in text fit to be shown: counts, each failed rule with reason and failing rows, where things lie."""
        total = self.rules_passed + self.rules_failed
        score = "" if self.score is None else f" (score {self.score:.4f})"
        text = [
            f"The movies of {self.day}: {self.rules_passed} of {_count(total, 'rule')} passed, "
            f"{self.rules_failed} failed{score}.",
            "",
            f"{self.lines:>12,}  lines in the file",
            f"{self.accepted:>12,}  accepted",
            f"{self.quarantined:>12,}  quarantined",
            f"{self.unreadable:>12,}  unreadable",
            "",
            "Failed rules",
        ]
        for number, failed in enumerate(self.failed, 1):
            text.append(f"{number:>3}. {_line(failed.rule)}")
            text.append(f"     {_line(failed.reason or 'no reason given')}")
            if failed.rows_failed is not None:
                text.append(f"     {_count(failed.rows_failed, 'failing row')}")
        if self.links:
            width = max(len(what) for what in self.links)
            text += ["", "Where", *(f"  {what:<{width}}  {where}" for what, where in self.links.items())]
        text += ["", f"To see the rows: movies show bad_data --day {self.day}"]
        text += ["", f"Run {self.run_id}, evaluation {self.evaluation_id}, ruleset {self.ruleset}."]
        return visible("\n".join(text), keep="\n") + "\n"

    @property
    def attributes(self) -> dict[str, str]:
        """What a machine filters or routes by; every value as text."""
        return {
            "idempotency_key": self.idempotency_key,
            "day": self.day.isoformat(),
            "run_id": self.run_id,
            "ruleset": self.ruleset,
            "score": "" if self.score is None else f"{self.score:.4f}",
            "rules_passed": str(self.rules_passed),
            "rules_failed": str(self.rules_failed),
            "quarantined": str(self.quarantined),
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, as a dict that `json.dumps` takes as it is."""
        return {
            "idempotency_key": self.idempotency_key,
            "day": self.day.isoformat(),
            "run_id": self.run_id,
            "evaluation_id": self.evaluation_id,
            "ruleset": self.ruleset,
            "ruleset_hash": self.ruleset_hash,
            "score": self.score,
            "rules_passed": self.rules_passed,
            "rules_failed": self.rules_failed,
            "failed": [
                {"rule": failed.rule, "reason": failed.reason, "rows_failed": failed.rows_failed}
                for failed in self.failed
            ],
            "lines": self.lines,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "unreadable": self.unreadable,
            "links": dict(self.links),
        }


def alert_of(report: DayReport, lake: Lake | None = None) -> Alert | None:
    """The alert of a judged day, None when no rule failed; with a lake, it links to the files there."""
    failed = report.failed_rules
    if not failed:
        return None
    return Alert(
        idempotency_key=f"{report.evaluation_id}-rules-failed",
        day=report.day,
        run_id=report.run_id,
        evaluation_id=report.evaluation_id,
        ruleset=report.ruleset_name,
        ruleset_hash=report.ruleset_hash,
        score=report.score,
        rules_passed=report.rules_passed,
        rules_failed=len(failed),
        failed=tuple(FailedRule(rule.rule, rule.failure_reason, rule.rows_failed) for rule in failed),
        lines=report.lines,
        accepted=report.accepted,
        quarantined=report.quarantined,
        unreadable=report.unreadable,
        links=_links(report, lake) if lake else {},
    )


def _links(report: DayReport, lake: Lake) -> dict[str, str]:
    shown: list[tuple[str, Dataset]] = [("quarantined rows", "bad_data"), ("rule outcomes", "rule_outcome")]
    if report.unreadable:
        shown.insert(1, ("unreadable lines", "unreadable"))
    links = {"landed file": report.source.uri}
    for what, dataset in shown:
        names = report.files.get(dataset, ())
        links[what] = lake.uri_of(dataset, report.day, names[0] if len(names) == 1 else "")
    return links


def _line(text: str) -> str:
    """A text of any length on one line that a person reads."""
    text = " ".join(text.split())
    return text if len(text) <= _LINE_LENGTH else text[: _LINE_LENGTH - 1] + "…"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
