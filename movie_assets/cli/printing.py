"""What `movies` prints: days and their rules as short tables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from movie_assets.dqdl import RuleOutcome
from movie_assets.model import DayReport, RuleReport

if TYPE_CHECKING:
    from rich.table import Table

RULE_LENGTH, REASON_LENGTH = 66, 38
_LIST = re.compile(r"\[[^\]]{24,}\]")


def headed(*columns: str, numbers: Sequence[str] = ()) -> "Table":
    """An empty table in the one look all tables have; columns named in `numbers` are right-aligned, whole."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        number = column in numbers
        made.add_column(column, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return made


def short(text: str, length: int = RULE_LENGTH) -> str:
    """The text on one line; long lists and, where it still is too long, its middle are left out."""
    line = _LIST.sub(lambda found: f"[{found[0].count(',') + 1} values]", " ".join(text.split()))
    if len(line) <= length:
        return line
    tail = length // 3
    return f"{line[: length - tail - 3]}...{line[-tail:]}"


def reason(text: str | None, length: int = REASON_LENGTH) -> str:
    """A failure's reason without the words that all of them end on."""
    parts = (text or "").replace(" does not meet the constraint requirement!", "").splitlines()
    return short("; ".join(parts), length)


def summary(report: DayReport) -> str:
    """Where the day's lines went, and what the rules say of it."""
    judged = f"{report.rules_passed} of {len(report.rules)} rules passed"
    score = "" if report.score is None else f", score {report.score:.4f}"
    return (
        f"{report.lines:,} lines in = {report.accepted:,} accepted + {report.quarantined:,} quarantined "
        f"+ {report.unreadable:,} unreadable; {judged}{score}"
    )


def failed_rules(rules: Iterable[RuleReport | RuleOutcome]) -> "Table":
    """A line per failed rule: its text, the rows it fails, the reason."""
    made = headed("failed rule", "failing rows", "reason", numbers=["failing rows"])
    for rule in rules:
        made.add_row(short(str(rule.rule)), count(rule.rows_failed), reason(rule.failure_reason))
    return made


def all_rules(rules: Iterable[RuleReport]) -> "Table":
    """A line per rule: verdict, text, the rows it fails, and what was measured or why it failed."""
    made = headed("outcome", "rule", "failing rows", "observed or reason", numbers=["failing rows"])
    for rule in rules:
        said = short(observed(rule.metrics), 28) if rule.passed else reason(rule.failure_reason, 28)
        style = None if rule.passed else "red"
        made.add_row(rule.outcome, short(rule.rule), count(rule.rows_failed), said, style=style)
    return made


def days(reports: Mapping[date, DayReport | None], loaded: Mapping[date, int]) -> "Table":
    """A line per day: lines, accepted, quarantined, unreadable, score, rows loaded."""
    numbers = ["lines", "accepted", "quarantined", "unreadable", "rules passed", "score", "loaded"]
    made = headed("day", *numbers, numbers=numbers)
    for day, report in reports.items():
        rows = f"{loaded[day]:,}" if day in loaded else "no"
        if report is None:
            made.add_row(str(day), *["-"] * 6, rows)
        else:
            made.add_row(
                str(day),
                *(f"{n:,}" for n in (report.lines, report.accepted, report.quarantined, report.unreadable)),
                f"{report.rules_passed} of {len(report.rules)}",
                "-" if report.score is None else f"{report.score:.4f}",
                rows,
            )
    return made


def observed(metrics: Mapping[str, float | None]) -> str:
    """The measured values; named where there are several."""
    values = {key.rsplit(".", 1)[-1]: "none" if value is None else f"{value:g}" for key, value in metrics.items()}
    if len(metrics) == 1:
        return next(iter(values.values()))
    return ", ".join(f"{name} {value}" for name, value in values.items())


def count(rows: int | None) -> str:
    return "-" if rows is None else f"{rows:,}"
