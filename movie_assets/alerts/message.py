"""The alert of a failed run or of failed rules, as text for people and as data for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from movie_assets.lake.base import Dataset, Lake
from movie_assets.model import DayReport
from movie_assets.program import FIRST_FEED, command
from movie_assets.visible import visible

State = Literal["FAILED", "MISSING", "STOPPED", "RUN_FAILED", "CANCELED"]
"""`FAILED` is Glue's state of data that failed rules; the others say how a run ended without loading its day."""

_HEADLINES: Mapping[State, str] = {
    "MISSING": "no file has landed",
    "STOPPED": "the gate stopped the load",
    "RUN_FAILED": "the run failed",
    "CANCELED": "the run was canceled",
}

SUBJECT_LENGTH = 100
"""SNS's limit for a subject, in characters."""

_LINE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A failed rule; `rows_failed` is None if it judges no single row."""

    rule: str
    reason: str | None
    rows_failed: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """The result of a day's evaluation.

    `failed` is in the ruleset's order; `links` maps a name ("quarantined rows") to its location.
    """

    evaluation_id: str
    ruleset: str
    ruleset_hash: str
    score: float | None
    rules_passed: int
    failed: tuple[FailedRule, ...]
    lines: int
    accepted: int
    quarantined: int
    unreadable: int
    links: Mapping[str, str]

    @property
    def rules_failed(self) -> int:
        return len(self.failed)

    @property
    def rules(self) -> str:
        """The number of failed rules: `4 of 43 rules`."""
        return f"{self.rules_failed} of {_count(self.rules_passed + self.rules_failed, 'rule')}"

    def to_json(self) -> dict[str, Any]:
        return {
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


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert about a day. Alerts with the same `idempotency_key` are the same alert.

    `reason` says in a sentence why the run failed, None if only rules failed; `judged` is None if nothing was judged.
    """

    idempotency_key: str
    day: date
    run_id: str
    state: State
    reason: str | None
    next_step: str
    judged: Judged | None
    feed: str = FIRST_FEED

    @property
    def subject(self) -> str:
        """One line of ASCII, at most 100 characters."""
        said = []
        if self.reason is not None:
            said.append(_HEADLINES[self.state])
        if self.judged is not None and self.judged.failed:
            said += [f"{self.judged.rules} failed", f"{_count(self.judged.quarantined, 'row')} quarantined"]
        subject = f"{self.feed.capitalize()} {self.day}: {', '.join(said)}"
        return subject.encode("ascii", "replace").decode()[:SUBJECT_LENGTH]

    @property
    def body(self) -> str:
        """The alert as printable text: why the run failed, counts, failed rules, locations, what to do."""
        text = []
        if self.reason is not None:
            text += [f"{self.feed.capitalize()} of {self.day}: {_HEADLINES[self.state]}.", "", _one_line(self.reason)]
        if self.judged is not None:
            text += ([""] if text else []) + _shown(self.judged, self.feed, self.day)
        text += ["", f"Next: {self.next_step}", "", f"Run {self.run_id}{_source(self.judged)}."]
        return visible("\n".join(text), keep="\n") + "\n"

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes for filters and routing; every value as text."""
        found = {
            "idempotency_key": self.idempotency_key,
            "feed": self.feed,
            "state": self.state,
            "day": self.day.isoformat(),
            "run_id": self.run_id,
        }
        if self.judged is not None:
            found |= {
                "ruleset": self.judged.ruleset,
                "score": "" if self.judged.score is None else f"{self.judged.score:.4f}",
                "rules_passed": str(self.judged.rules_passed),
                "rules_failed": str(self.judged.rules_failed),
                "quarantined": str(self.judged.quarantined),
            }
        return found

    def to_json(self) -> dict[str, Any]:
        """Everything, as a dict for `json.dumps`; without the keys of `judged` if it is None."""
        return {
            "idempotency_key": self.idempotency_key,
            "feed": self.feed,
            "day": self.day.isoformat(),
            "run_id": self.run_id,
            "state": self.state,
            "reason": self.reason,
            "next_step": self.next_step,
            **(self.judged.to_json() if self.judged is not None else {}),
        }


def alert_of(report: DayReport, lake: Lake | None = None) -> Alert | None:
    """The alert of a judged day, None if no rule failed; with a lake, it links to the files."""
    return rules_failed(report.day, report.run_id, judged_of(report, lake))


def rules_failed(day: date, run_id: str, judged: Judged, feed: str = FIRST_FEED) -> Alert | None:
    """The alert of a successful run, None if no rule failed."""
    if not judged.failed:
        return None
    key, look = f"{judged.evaluation_id}-rules-failed", command(f"show bad_data --day {day}", feed)
    return Alert(key, day, run_id, "FAILED", None, look, judged, feed)


def judged_of(report: DayReport, lake: Lake | None = None) -> Judged:
    """The result in a day's report; with a lake, it links to the files."""
    return Judged(
        evaluation_id=report.evaluation_id,
        ruleset=report.ruleset_name,
        ruleset_hash=report.ruleset_hash,
        score=report.score,
        rules_passed=report.rules_passed,
        failed=tuple(FailedRule(rule.rule, rule.failure_reason, rule.rows_failed) for rule in report.failed_rules),
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


def _shown(judged: Judged, feed: str, day: date) -> list[str]:
    """Counts, each failed rule with its reason and failing rows, and locations."""
    total = judged.rules_passed + judged.rules_failed
    score = "" if judged.score is None else f" (score {judged.score:.4f})"
    text = [
        f"The {feed} of {day}: {judged.rules_passed} of {_count(total, 'rule')} passed, "
        f"{judged.rules_failed} failed{score}.",
        "",
        f"{judged.lines:>12,}  lines in the file",
        f"{judged.accepted:>12,}  accepted",
        f"{judged.quarantined:>12,}  quarantined",
        f"{judged.unreadable:>12,}  unreadable",
    ]
    if judged.failed:
        text += ["", "Failed rules"]
    for number, failed in enumerate(judged.failed, 1):
        text.append(f"{number:>3}. {_line(failed.rule)}")
        text.append(f"     {_line(failed.reason or 'no reason given')}")
        if failed.rows_failed is not None:
            text.append(f"     {_count(failed.rows_failed, 'failing row')}")
    if judged.links:
        width = max(len(what) for what in judged.links)
        text += ["", "Where", *(f"  {what:<{width}}  {where}" for what, where in judged.links.items())]
    return text


def _source(judged: Judged | None) -> str:
    return "" if judged is None else f", evaluation {judged.evaluation_id}, ruleset {judged.ruleset}"


def _line(text: str) -> str:
    """The text on one line, shortened."""
    text = _one_line(text)
    return text if len(text) <= _LINE_LENGTH else text[: _LINE_LENGTH - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
