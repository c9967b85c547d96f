"""The one loop: plan every leaf, measure once, test rows once, judge, combine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from movie_assets.dqdl.declaring.conditions import resolve
from movie_assets.dqdl.declaring.plan import (
    JUDGED,
    ConditionError,
    Judgement,
    Observation,
    Options,
    Resolved,
    RowCounts,
    Value,
    Verdict,
)
from movie_assets.dqdl.engines.base import Engine, RuleRows, Split
from movie_assets.dqdl.evaluation.measuring import COUNT, Measurements, counted, matching, values_of
from movie_assets.dqdl.evaluation.outcomes import AnalyzerOutcome, RuleOutcome, all_metrics
from movie_assets.dqdl.evaluation.planning import Planned, Planner
from movie_assets.dqdl.evaluation.rows import Marked, counts, mark, rule_rows
from movie_assets.dqdl.language.nodes import AnyRule, CompositeRule, Condition, Rule, Ruleset, labelled
from movie_assets.dqdl.rules import RULE_TYPES
from movie_assets.dqdl.rules.anomalies import observe
from movie_assets.dqdl.sql.columns import Schema

History = Mapping[str, Sequence[float]]
"""Earlier values by metric key, most recent first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A ruleset judged on the relation ``judged``: outcomes and row tests in ruleset order, the split of its rows."""

    rule_outcomes: tuple[RuleOutcome, ...]
    analyzer_outcomes: tuple[AnalyzerOutcome, ...]
    observations: tuple[Observation, ...]
    rows: tuple[RuleRows, ...]
    split: Split

    @property
    def metrics(self) -> dict[str, Value]:
        """Every metric measured by rules and analyzers, by Glue's key."""
        return all_metrics(self.rule_outcomes, self.analyzer_outcomes)


@dataclass(frozen=True, slots=True)
class LeafVerdict:
    """A leaf's verdict with everything its outcome shows."""

    verdict: Verdict
    metrics: Mapping[str, Value]
    evaluated: Rule


def judge(
    engine: Engine, ruleset: Ruleset, options: Options, references: Mapping[str, Schema], history: History
) -> Judged:
    """Judge a ruleset on the relation ``judged`` of the engine (the table's columns and ``row_id``).

    Equal rules are planned, measured and judged once.
    """
    planner = Planner(engine, engine.schema(JUDGED), references, options)
    measurements = Measurements(engine)
    analyzers = measurements.take([planner.plan(analyzer) for analyzer in ruleset.analyzers])
    leaves = list(dict.fromkeys(leaf for rule in ruleset.rules for leaf in rule.leaves()))
    planned = dict(zip(leaves, measurements.take([planner.plan(leaf) for leaf in leaves]), strict=True))
    total = int(measurements[COUNT] or 0)
    by_row = options.composite == "row" and any(isinstance(rule, CompositeRule) for rule in ruleset.rules)
    marked = mark(engine, planned, every_row=by_row)
    failed = dict(zip(leaves, counts(engine, [marked.fails.get(leaf) for leaf in leaves]), strict=True))
    verdicts = {
        leaf: _judge_leaf(plan, measurements, _row_counts(plan, measurements, total, failed[leaf]), total, history)
        for leaf, plan in marked.planned.items()
    }
    analyzed = [_analyzed(analyzer, measurements) for analyzer in analyzers]
    return _assemble(engine, ruleset, options, marked, verdicts, analyzed, total, history)


def _row_counts(plan: Planned, measurements: Measurements, total: int, failed: int | None) -> RowCounts | None:
    if failed is None:
        return None
    return RowCounts(total if plan.plan.refusal is not None else int(measurements[counted(plan)] or 0), failed)


def _judge_leaf(
    plan: Planned, measurements: Measurements, rows: RowCounts | None, total: int, history: History
) -> LeafVerdict:
    subject, rule = plan.subject, plan.subject.rule
    assert isinstance(rule, Rule)
    if plan.plan.refusal is not None:
        return LeafVerdict(Verdict(False, plan.plan.refusal), {}, rule)
    values = values_of(plan, measurements)
    metrics = {key: values[key] for key in plan.plan.metrics}
    unmatched = subject.where and total and not measurements[matching(plan)]
    if unmatched and all(value is None for value in metrics.values()):
        return LeafVerdict(Verdict(True), metrics, rule)  # no row matches: nothing to fail, unless none is counted
    now = subject.options.now
    compliance = plan.plan.compliance or subject.key(f"{subject.rule.type}.Compliance")
    try:
        compared = plan.plan.compared
        condition = _resolved(rule.condition, history.get(compared or "", ()), now)
        threshold = _resolved(rule.threshold, history.get(compliance, ()), now)
        assert plan.plan.judge is not None
        verdict = plan.plan.judge(
            Judgement(subject, metrics.get(compared or ""), values, rows, total, condition, threshold, history)
        )
    except ConditionError as error:
        return LeafVerdict(Verdict(False, str(error)), metrics, rule)
    return LeafVerdict(verdict, {**metrics, **verdict.metrics}, _evaluated(rule, condition, threshold))


def _resolved(condition: Condition | None, earlier: Sequence[float], now: object) -> Resolved | None:
    from datetime import datetime

    assert now is None or isinstance(now, datetime)
    return resolve(condition, earlier=earlier, now=now) if condition else None


def _evaluated(rule: Rule, condition: Resolved | None, threshold: Resolved | None) -> Rule:
    """The rule with computed operands instead of expressions."""
    tags = tuple(
        replace(tag, condition=threshold.evaluated) if threshold and tag.condition is rule.threshold else tag
        for tag in rule.tags
    )
    return replace(rule, condition=condition.evaluated if condition else None, tags=tags)


def _analyzed(plan: Planned, measurements: Measurements) -> AnalyzerOutcome:
    rule = plan.subject.rule
    assert not isinstance(rule, Rule)
    if plan.plan.refusal is not None:
        return AnalyzerOutcome(rule, {}, plan.plan.refusal)
    return AnalyzerOutcome(rule, {key: measurements[measure] for key, measure in plan.plan.metrics.items()})


def _assemble(
    engine: Engine,
    ruleset: Ruleset,
    options: Options,
    marked: Marked,
    verdicts: Mapping[Rule, LeafVerdict],
    analyzed: list[AnalyzerOutcome],
    total: int,
    history: History,
) -> Judged:
    passed = {leaf: verdict.verdict.passed for leaf, verdict in verdicts.items()}
    rows = tuple(
        rule_rows(rule, _row_text(rule, ruleset, options), marked, passed, options.composite) for rule in ruleset.rules
    )
    failed = counts(engine, [rule.fails for rule in rows])
    outcomes = tuple(
        _outcome(rule, ruleset, verdicts, options, count, total)
        for rule, count in zip(ruleset.rules, failed, strict=True)
    )
    observations = [found for verdict in verdicts.values() for found in verdict.verdict.observations]
    observations += _odd(analyzed, history)
    unique = tuple({observation.metric: observation for observation in observations}.values())
    return Judged(outcomes, tuple(analyzed), unique, rows, engine.split(rows, total))


def _row_text(rule: AnyRule, ruleset: Ruleset, options: Options) -> str:
    """The text of a rule in the row-level columns: with all its labels, or with none, as Glue does by default."""
    return labelled(rule, ruleset.labels_of(rule) if options.rule_labels else {})


def _odd(analyzed: list[AnalyzerOutcome], history: History) -> list[Observation]:
    """The analyzers' metrics outside the bounds that earlier values predict."""
    found = [
        observe(metric, float(value), history.get(metric, ()), outcome.analyzer)
        for outcome in analyzed
        for metric, value in outcome.metrics.items()
        if value is not None
    ]
    return [observation for observation in found if observation is not None]


def _outcome(
    rule: AnyRule,
    ruleset: Ruleset,
    verdicts: Mapping[Rule, LeafVerdict],
    options: Options,
    failed: int | None,
    total: int,
) -> RuleOutcome:
    members = [verdicts[leaf] for leaf in rule.leaves()]
    metrics: dict[str, Value] = {}
    for member in members:
        metrics.update(member.metrics)
    reasons = [member.verdict.reason for member in members if member.verdict.reason]
    passed = _combine(rule, {leaf: verdict.verdict.passed for leaf, verdict in verdicts.items()})
    if isinstance(rule, CompositeRule) and options.composite == "row" and total:
        unsupported = [
            leaf for leaf in rule.leaves() if not RULE_TYPES[leaf.type].in_rows or leaf.threshold is not None
        ]
        reasons += [f"{leaf} is not supported in a composite rule judged by row" for leaf in unsupported]
        passed = not unsupported and (failed == 0 if failed is not None else passed)
    labels = {**ruleset.default_labels, **rule.labels}
    evaluated = str(_evaluated_rule(rule, verdicts))
    return RuleOutcome(
        rule, "Passed" if passed else "Failed", "\n".join(reasons) or None, metrics, evaluated, failed, labels
    )


def _combine(rule: AnyRule, passed: Mapping[Rule, bool]) -> bool:
    if isinstance(rule, Rule):
        return passed[rule]
    verdicts = [_combine(operand, passed) for operand in rule.operands]
    return all(verdicts) if rule.operator == "AND" else any(verdicts)


def _evaluated_rule(rule: AnyRule, verdicts: Mapping[Rule, LeafVerdict]) -> AnyRule:
    """The rule with its leaves as they were evaluated."""
    if isinstance(rule, Rule):
        return verdicts[rule].evaluated
    return replace(rule, operands=tuple(_evaluated_rule(operand, verdicts) for operand in rule.operands))
