"""Determines which rule fails which row: row tests, marked by the engine in one pass, and composites over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from movie_assets.dqdl.declaring.plan import JUDGED, CompositeMethod
from movie_assets.dqdl.engines.base import Engine, EngineError, RuleRows
from movie_assets.dqdl.evaluation.planning import Planned
from movie_assets.dqdl.language.nodes import AnyRule, Rule


@dataclass(frozen=True, slots=True)
class Marked:
    """The leaf rules whose row tests are marked: when a mark says that its row fails, or that ``where`` left it out."""

    planned: Mapping[Rule, Planned]
    fails: Mapping[Rule, str]
    skipped: Mapping[Rule, str]


def mark(engine: Engine, planned: Mapping[Rule, Planned], *, every_row: bool) -> Marked:
    """Mark the rows; a leaf whose test fails on this data is refused, others go on.

    ``every_row`` stores rows that no leaf fails too: for rules that may fail a row that none of its leaves fails.
    """
    try:
        with engine.one_rule():
            return _marked(engine, planned, every_row)
    except EngineError:  # some rule's test fails on this data or takes too long: find out which
        tried = {rule: _try(engine, leaf) for rule, leaf in planned.items()}
        return _marked(engine, tried, every_row)  # no time limit: none of them took too long


def _marked(engine: Engine, planned: Mapping[Rule, Planned], every_row: bool) -> Marked:
    fails = {rule: _fails_sql(engine, leaf) for rule, leaf in planned.items() if leaf.plan.row is not None}
    skipped = {
        rule: f"NOT coalesce({planned[rule].subject.where}, FALSE)"
        for rule in fails
        if planned[rule].subject.where and planned[rule].subject.options.filtered_rows == "skipped"
    }
    engine.mark([*fails.values(), *skipped.values()], every_row=every_row)
    return Marked(
        planned,
        {rule: engine.marked(test) for rule, test in fails.items()},
        {rule: engine.marked(test) for rule, test in skipped.items()},
    )


def _try(engine: Engine, leaf: Planned) -> Planned:
    if leaf.plan.row is None:
        return leaf
    try:
        with engine.one_rule():
            # Counted as it is marked: as a filter the engine may know the answer without computing all of it.
            engine.aggregates([f"sum(CASE WHEN {_fails_sql(engine, leaf)} THEN 1 ELSE 0 END)"], JUDGED)
    except EngineError as error:
        return leaf.refused(str(error))
    return leaf


def _fails_sql(engine: Engine, leaf: Planned) -> str:
    """SQL for rows that fail the leaf, over the judged relation."""
    row = leaf.plan.row
    assert row is not None
    fails = f"NOT coalesce({row.passes}, FALSE)"
    if row.unique is not None:
        fails = f"({fails} OR {engine.occurs_again(row.unique)})"
    return f"coalesce({leaf.subject.where}, FALSE) AND {fails}" if leaf.subject.where else fails


def rule_rows(
    rule: AnyRule, text: str, marked: Marked, passed: Mapping[Rule, bool], composite: CompositeMethod
) -> RuleRows:
    """A composite judges rows when every leaf does; by row, leaves without rows count by their verdict."""
    members = list(rule.leaves())
    with_rows = [member for member in members if member in marked.fails]
    if len(with_rows) < len(members) and (composite == "column" or not with_rows):
        return RuleRows(text, None)
    skipped = marked.skipped.get(rule, "FALSE") if isinstance(rule, Rule) else "FALSE"
    return RuleRows(text, _row_test(rule, marked.fails, passed), skipped)


def _row_test(rule: AnyRule, fails: Mapping[Rule, str], passed: Mapping[Rule, bool]) -> str:
    """When a mark says that the rule's row fails; a leaf without row test counts by its verdict."""
    if isinstance(rule, Rule):
        return fails.get(rule) or ("FALSE" if passed[rule] else "TRUE")
    joiner = " OR " if rule.operator == "AND" else " AND "
    return "(" + joiner.join(_row_test(operand, fails, passed) for operand in rule.operands) + ")"


def counts(engine: Engine, tests: Sequence[str | None]) -> list[int | None]:
    """For each expression over marks, how many rows satisfy it; None for None."""
    found = dict(zip(wanted := [test for test in tests if test], engine.counts(wanted), strict=True))
    return [None if test is None else found[test] for test in tests]
