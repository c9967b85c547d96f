"""Days and their rules as short tables."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from movie_assets.dqdl import RuleOutcome
from movie_assets.model import DayReport, RuleReport

if TYPE_CHECKING:
    from movie_assets.cli.terminal import Listing

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LIST = re.compile(rf'{_QUOTED}|\[((?:{_QUOTED}|[^"\]])*)\]')
"""A string, which may hold brackets of its own, or a list."""


def one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def rule_text(rule: object) -> str:
    """A rule on one line, its long lists counted."""
    return _LIST.sub(_counted_list, one_line(str(rule)))


def _counted_list(found: re.Match[str]) -> str:
    inner = found[1] or ""
    return found[0] if len(inner) < 24 else f"[{counted(re.sub(_QUOTED, '', inner).count(',') + 1, 'value')}]"


def reason(text: str | None) -> str:
    """A failure's reason without the ending that all of them share."""
    return "; ".join(map(one_line, (text or "").replace(" does not meet the constraint requirement!", "").splitlines()))


def summary(report: DayReport) -> str:
    """The counts of a day's lines, and of its rules."""
    judged = f"{report.rules_passed} of {len(report.rules)} rules passed"
    score = "" if report.score is None else f", score {report.score:.4f}"
    return (
        f"{report.lines:,} lines in = {report.accepted:,} accepted + {report.quarantined:,} quarantined "
        f"+ {report.unreadable:,} unreadable; {judged}{score}"
    )


def failed_rules(rules: Iterable[RuleReport | RuleOutcome]) -> "Listing":
    """A line per failed rule: its text, the rows it fails, the reason."""
    from movie_assets.cli.terminal import ListColumn, Listing

    made = Listing("failed rule", ListColumn("failing rows", number=True), "reason")
    for rule in rules:
        made.add(rule_text(rule.rule), count(rule.rows_failed), reason(rule.failure_reason))
    return made


def all_rules(rules: Iterable[RuleReport]) -> "Listing":
    """A line per rule: verdict, text, failing rows, and the measured values or the reason."""
    from movie_assets.cli.terminal import ListColumn, Listing

    made = Listing("outcome", "rule", ListColumn("failing rows", number=True), "observed or reason")
    for rule in rules:
        said = observed(rule.metrics) if rule.passed else reason(rule.failure_reason)
        style = None if rule.passed else "red"
        made.add(rule.outcome, rule_text(rule.rule), count(rule.rows_failed), said, style=style)
    return made


def observed(metrics: Mapping[str, float | None]) -> str:
    """The measured values; named if there are several."""
    values = {key.rsplit(".", 1)[-1]: "none" if value is None else number(value) for key, value in metrics.items()}
    if len(metrics) == 1:
        return next(iter(values.values()))
    return ", ".join(f"{name} {value}" for name, value in values.items())


def number(value: float) -> str:
    """A measured value; a whole one to its last digit."""
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,.10g}"


def counted(number: int, what: str) -> str:
    """A count with its noun: `1 row`, `2 rows`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def count(rows: int | None) -> str:
    return "-" if rows is None else f"{rows:,}"
