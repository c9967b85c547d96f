"""Earlier values of metrics by day, for dynamic rules and anomaly detection.

The manifests are the history. A day sees only the days before it, so a backfill over judged days gives the same
verdicts in any order. A re-run replaces its day's values. Excluded days, and days never published, don't count.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from movie_assets.dqdl.language.nodes import Arithmetic, Call, Number, Operand, Parenthesised, Rule, Ruleset
from movie_assets.dqdl.rules import RULE_TYPES
from movie_assets.errors import PipelineError
from movie_assets.lake import Lake
from movie_assets.model import DayReport
from movie_assets.program import command


def earlier_values(lake: Lake, day: date, ruleset: Ruleset) -> dict[str, list[float]]:
    """The values of each metric on earlier days, most recent first, for as many days as the ruleset needs."""
    values: dict[str, list[float]] = defaultdict(list)
    days = 0
    wanted = days_needed(ruleset)
    for earlier in sorted((known for known in lake.days() if known < day), reverse=True) if wanted else ():
        report = lake.report(earlier)
        if report is None or report.excluded:
            continue
        for key, value in report.metrics.items():
            if value is not None:
                values[key].append(value)
        days += 1
        if days == wanted:
            break
    return dict(values)


def days_needed(ruleset: Ruleset) -> int:
    """The number of earlier days that the ruleset needs; 0 if it has no dynamic rules."""
    leaves = [leaf for rule in ruleset.rules for leaf in rule.leaves()]
    return max((_rule_days(leaf) for leaf in leaves), default=0)


def _rule_days(rule: Rule) -> int:
    conditions = [condition for condition in (rule.condition, rule.threshold) if condition]
    asked = (days for condition in conditions for node in condition.operands for days in _last(node))
    return max((RULE_TYPES[rule.type].days_back, *asked))


def _last(node: Operand) -> Iterator[int]:
    """The argument of every ``last(k)`` in an operand."""
    match node:
        case Call(function="last", arguments=(Number() as count,)):
            yield max(int(count.value), 1)
        case Call(function="last"):
            yield 1
        case Call():
            for argument in node.arguments:
                yield from _last(argument)
        case Arithmetic():
            yield from _last(node.left)
            yield from _last(node.right)
        case Parenthesised():
            yield from _last(node.inner)


def exclude(lake: Lake, day: date, *, excluded: bool = True) -> DayReport:
    """Exclude a judged day from the history of later days, or include it again; returns its report.

    Raises: PipelineError, if the day was not judged.
    """
    with lake.lock(day):
        report = lake.report(day)
        if report is None:
            run = command(f"run --day {day}", lake.feed)
            raise PipelineError(f"{day} was not judged, so it is in no history.", f"run it first: {run}")
        changed = replace(report, excluded=excluded)
        lake.publish(changed)
    return changed
