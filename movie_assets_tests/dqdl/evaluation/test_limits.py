"""A rule that takes too long or asks for too much memory is Failed with its reason; the others go on."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest

from movie_assets import dqdl
from movie_assets.dqdl.declaring.plan import JUDGED, ROW_ID, Options, Scan
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.loading import load
from movie_assets.dqdl.evaluation.measuring import Measurements
from movie_assets.dqdl.evaluation.planning import Planned, Planner
from movie_assets.dqdl.evaluation.rows import counts, mark
from movie_assets.dqdl.language.nodes import Rule
from movie_assets.dqdl.patterns import bounded

pytestmark = pytest.mark.slow

STOPPED = "it took longer than 1 s and was stopped"
ENDLESS = "(SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1)"
TOO_LARGE = "(SELECT len(list(range)) FROM range(50000000))"
BROKEN = "(SELECT sum(CAST('no such luck ' || range AS BIGINT)) FROM range(2))"


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine.open(memory_limit_mb=100, threads=1, rule_timeout=1) as opened:
        load(opened, "input", pa.table({"a": [1, 2, None]}))
        opened.execute(f"CREATE VIEW {JUDGED} AS SELECT *, rowid AS {ROW_ID} FROM input")
        yield opened


def planned(engine: DuckDBEngine, rules: str) -> list[Planned]:
    planner = Planner(engine, engine.schema(JUDGED), {}, Options())
    return [planner.plan(rule) for rule in dqdl.parse(f"Rules = [ {rules} ]").rules if isinstance(rule, Rule)]


def measured(rule: Planned, sql: str) -> Planned:
    """The rule with another measure in the pass that all rules share."""
    return replace(rule, plan=replace(rule.plan, metrics={"own": Scan(f"count(*) + {sql}")}))


def judging_rows(rule: Planned, sql: str) -> Planned:
    """The rule with another test of its rows."""
    assert rule.plan.row is not None
    return replace(rule, plan=replace(rule.plan, row=replace(rule.plan.row, passes=f"{sql} = 0")))


CULPRITS = pytest.mark.parametrize(
    ("sql", "reason"),
    [(ENDLESS, STOPPED), (TOO_LARGE, "it needs more memory than 95.3 MiB"), (BROKEN, "no such luck")],
    ids=["endless", "too large", "broken"],
)


@CULPRITS
def test_the_shared_pass_goes_on_without_the_culprit(engine: DuckDBEngine, sql: str, reason: str) -> None:
    first, second, third = planned(engine, 'RowCount = 3, Completeness "a" > 0.1, Mean "a" = 1.5')
    taken = Measurements(engine).take([first, measured(second, sql), third])
    assert [rule.plan.refusal is None for rule in taken] == [True, False, True]
    assert reason in (taken[1].plan.refusal or "")


@CULPRITS
def test_the_masks_are_filled_without_the_culprit(engine: DuckDBEngine, sql: str, reason: str) -> None:
    rules = planned(engine, 'RowCount = 3, ColumnValues "a" > 1, ColumnValues "a" > 0')
    taken = Measurements(engine).take([rules[0], judging_rows(rules[1], sql), rules[2]])
    named = {rule.subject.rule: rule for rule in taken if isinstance(rule.subject.rule, Rule)}
    marked = mark(engine, named, every_row=False)
    built = list(marked.planned.values())
    assert [rule.plan.refusal is None for rule in built] == [True, False, True]
    assert reason in (built[1].plan.refusal or "")
    assert counts(engine, [marked.fails.get(rule) for rule in marked.planned]) == [None, 3, 1]


def test_a_statement_of_its_own_is_stopped() -> None:
    table = pa.table({"a": range(200_000)})
    rules = 'CustomSql "select count(*) from primary x, primary y where x.a * y.a % 7 = 3" > 0, RowCount = 200000'
    slow, quick = dqdl.evaluate(dqdl.parse(f"Rules = [ {rules} ]"), table, rule_timeout=1).rule_outcomes
    assert (slow.outcome, slow.failure_reason) == ("Failed", STOPPED)
    assert quick.passed


def test_a_pattern_that_backtracks_for_too_long_fails_its_rules_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SECONDS", 0.05)
    endless = "(?=(a|aa)+$)a.*"
    rules = f"""ColumnValues "s" matches "{endless}", ColumnValues "s" matches "(a|aa)+cb",
        RowCount = 1 where "s rlike '{endless}'", ColumnValues "s" matches "(?!x)a++cb" """
    result = dqdl.evaluate(dqdl.parse(f"Rules = [ {rules} ]"), pa.table({"s": ["a" * 100 + "cb"]}))
    assert [outcome.outcome for outcome in result.rule_outcomes] == ["Failed", "Passed", "Failed", "Passed"]
    for failed in (result.rule_outcomes[0], result.rule_outcomes[2]):
        assert "the regular expression goes back and forth for more than" in (failed.failure_reason or "")
