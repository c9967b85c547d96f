"""A check per rule, reported from the stored outcomes, and the gate: the check that keeps a day out of the table."""

import warnings
from collections.abc import Iterator, Mapping

import dagster as dg

from movie_assets.dqdl.language.nodes import AnyRule, Rule
from movie_assets.model import DayReport, RuleReport
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.reporting import as_dagster_failures, evaluation, table, text
from movie_assets.program import PREFIX
from movie_assets.settings import Settings
from movie_assets.visible import visible

GATE = "load_gate"
BOUND_LENGTH = 200


def rule_checks(ingestion: Ingestion) -> dg.AssetChecksDefinition:
    """One step reports all rules and the gate: a step per rule would cost more than judging the day.

    The checks belong to the validated rows, because a failed rule puts these in doubt.
    """
    days, validated, ruleset = ingestion.days, ingestion.keys.validated, ingestion.ruleset
    rules = dict(zip(ruleset.check_names, ruleset.ruleset.rules, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # a day's check needs results per partition
        specs = [
            dg.AssetCheckSpec(name, asset=validated, partitions_def=days, description=f"```\n{visible(str(rule))}\n```")
            for name, rule in rules.items()
        ]
        specs.append(
            dg.AssetCheckSpec(
                GATE,
                asset=validated,
                partitions_def=days,
                blocking=True,
                description=_gate_description(ingestion.settings),
            )
        )

    @dg.multi_asset_check(name=ingestion.feed.named("rules"), specs=specs, can_subset=True)
    def rule_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with as_dagster_failures(context):
            report = evaluation(context, ingestion)
        outcomes = {outcome.check_name: outcome for outcome in report.rules}
        for key in sorted(context.selected_asset_check_keys):
            if key.name == GATE:
                yield gate_result(report, ingestion)
                continue
            rule = rules[key.name]
            outcome = outcomes.get(key.name)
            if outcome is None or outcome.rule != str(rule):
                yield _not_judged(key, str(rule), report)
            else:
                yield check_result(key, rule, outcome)

    return rule_checks


def check_result(key: dg.AssetCheckKey, rule: AnyRule, outcome: RuleReport) -> dg.AssetCheckResult:
    """A rule's outcome as a check: measured values as numbers, the bound, and failing rows."""
    metadata: dict[str, dg.MetadataValue] = {**_observed(outcome.metrics)}
    metadata["rule"] = text(outcome.evaluated_rule)
    bound = _bound(rule, outcome)
    if bound:
        metadata["bound"] = text(bound)
    if outcome.failure_reason:
        metadata["failure_reason"] = text(outcome.failure_reason)
    if outcome.rows_failed is not None:
        metadata["rows_failed"] = dg.MetadataValue.int(outcome.rows_failed)
    if outcome.failing_rows:
        metadata["failing_rows"] = table(outcome.failing_rows)
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=outcome.passed,
        description=outcome.failure_reason and visible(outcome.failure_reason, keep="\n"),
        metadata=metadata,
    )


def gate_result(report: DayReport, ingestion: Ingestion) -> dg.AssetCheckResult:
    """Failed if the day must not be loaded; the description says why. A day without lines exceeds no share."""
    settings, rows = ingestion.settings, report.accepted + report.quarantined
    rules = [rule for rule in report.failed_rules if rule.dataset_level] if settings.gate == "stop" else []
    found = {
        "unreadable": [*_above(report.unreadable, report.lines, "lines are unreadable", settings, "unreadable_share")],
        "bad_data": [*_above(report.quarantined, rows, "rows are quarantined", settings, "quarantined_share")],
        "rules": [visible(rule.rule) for rule in rules],
    }
    reasons = [reason for those in found.values() for reason in those]
    look = ", ".join(
        ingestion.feed.command(f"show {name} --day {report.day}") for name, those in found.items() if those
    )
    metadata: dict[str, dg.MetadataValue] = {"rules_failed": dg.MetadataValue.int(len(rules))}
    if rules:
        metadata["failed_rules"] = table([{"rule": rule.rule, "reason": rule.failure_reason} for rule in rules])
    return dg.AssetCheckResult(
        asset_key=ingestion.keys.validated,
        check_name=GATE,
        passed=not reasons,
        description=f"Not loaded: {'; '.join(reasons)}. Hint: see why with: {look}" if reasons else None,
        metadata=metadata,
    )


def _above(count: int, total: int, what: str, settings: Settings, setting: str) -> Iterator[str]:
    """The reason for a share above its bound."""
    bound = getattr(settings, setting)
    if count > bound * total:
        yield f"{count:,} of {total:,} {what}, more than {PREFIX}{setting.upper()}={bound:g} allows"


def _gate_description(settings: Settings) -> str:
    """The description of the gate."""
    return (
        f"At most {settings.unreadable_share:g} of the lines are unreadable (`MOVIES_UNREADABLE_SHARE`) and "
        f"{settings.quarantined_share:g} of the rows quarantined (`MOVIES_QUARANTINED_SHARE`)"
        + (", and no rule on the whole dataset failed (`MOVIES_GATE=stop`)" if settings.gate == "stop" else "")
        + ". Otherwise the day is not loaded; quarantine and outcomes are written all the same."
    )


def _not_judged(key: dg.AssetCheckKey, rule: str, report: DayReport) -> dg.AssetCheckResult:
    reason = (
        f"Not judged: the day's evaluation is of a ruleset without this rule ({report.ruleset_hash[:12]}); "
        f"materialize {key.asset_key.to_user_string()} of the day again."
    )
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=False,
        description=reason,
        metadata={"rule": text(rule), "failure_reason": reason},
    )


def _observed(metrics: Mapping[str, float | None]) -> dict[str, dg.MetadataValue]:
    """`observed`; if a rule measures several metrics, each by its name: `observed_minimum`."""
    names = [key.rsplit(".", 1)[-1].lower() for key in metrics]
    if len(set(names)) < len(names):
        names = list(metrics)  # a composite measures the same metric of several columns
    keys = ["observed"] if len(names) == 1 else [f"observed_{name}" for name in names]
    measured = zip(keys, metrics.values(), strict=True)
    return {key: dg.MetadataValue.float(value) for key, value in measured if value is not None}


def _bound(rule: AnyRule, outcome: RuleReport) -> str | None:
    """The bound of the observed value, in the rule's own text."""
    if not isinstance(rule, Rule):
        return None
    parts = [str(part) for part in (rule.condition, rule.threshold and f"with threshold {rule.threshold}") if part]
    if not parts:
        return "= 1.0" if outcome.metrics else None  # IsComplete, IsUnique: all rows
    bound = " ".join(parts)
    return bound if len(bound) <= BOUND_LENGTH else f"{bound[: BOUND_LENGTH - 1]}…"
