"""Rows: masks beyond one word, composites, filtered rows, order, and keys whose hashes collide."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets import dqdl
from movie_assets.dqdl.declaring.plan import FAIL, PASS, RESULT, SKIP
from movie_assets.dqdl.engines.duckdb import keys

TABLE = pa.table({"a": pa.array([2, 0, None, 7], pa.int64()), "k": ["x", "y", "x", None]})


def judge(rules: str, table: pa.Table = TABLE, **options: object) -> dqdl.EvaluationResult:
    return dqdl.evaluate(dqdl.parse(f"Rules = [ {rules} ]"), table, **options)  # type: ignore[arg-type]


def failed_rows(result: dqdl.EvaluationResult) -> list[int]:
    return [row for row, verdict in enumerate(result.rows[RESULT].to_pylist()) if verdict == "Failed"]


def test_rows_carry_glues_columns_after_the_inputs_own() -> None:
    result = judge('IsComplete "a", RowCount = 4, ColumnValues "a" > 1')
    assert result.rows.column_names == ["a", "k", PASS, FAIL, SKIP, RESULT]
    assert result.rows.drop_columns(["a", "k"]).to_pylist() == [
        {PASS: ['IsComplete "a"', 'ColumnValues "a" > 1'], FAIL: [], SKIP: ["RowCount = 4"], RESULT: "Passed"},
        {PASS: ['IsComplete "a"'], FAIL: ['ColumnValues "a" > 1'], SKIP: ["RowCount = 4"], RESULT: "Failed"},
        {PASS: [], FAIL: ['IsComplete "a"', 'ColumnValues "a" > 1'], SKIP: ["RowCount = 4"], RESULT: "Failed"},
        {PASS: ['IsComplete "a"', 'ColumnValues "a" > 1'], FAIL: [], SKIP: ["RowCount = 4"], RESULT: "Passed"},
    ]
    assert result.accepted["a"].to_pylist() == [2, 7]
    assert result.quarantined["a"].to_pylist() == [0, None]
    assert (result.row_totals.total, result.row_totals.accepted, result.row_totals.quarantined) == (4, 2, 2)
    assert [outcome.rows_failed for outcome in result.rule_outcomes] == [1, None, 2]


@pytest.mark.slow
def test_more_rules_than_one_mask_word_holds() -> None:
    rules = [f'ColumnValues "a" != {number}' for number in range(200)]
    result = judge(", ".join(rules))
    assert [outcome.rows_failed for outcome in result.rule_outcomes[:9]] == [1, 0, 1, 0, 0, 0, 0, 1, 0]
    assert result.rows[FAIL].to_pylist() == [[rules[2]], [rules[0]], [], [rules[7]]]
    assert len(result.rows[PASS].to_pylist()[0] or []) == 199


def test_the_same_rule_twice_keeps_both_outcomes() -> None:
    result = judge('IsComplete "a", IsComplete "a"')
    assert [outcome.outcome for outcome in result.rule_outcomes] == ["Failed", "Failed"]
    assert result.rows[FAIL].to_pylist()[2] == ['IsComplete "a"', 'IsComplete "a"']


@pytest.mark.parametrize(
    ("rule", "outcome", "rows"),
    [
        ('(IsComplete "a") and (ColumnValues "a" > 1)', "Failed", [1, 2]),
        ('(ColumnValues "a" > 1) or (ColumnValues "k" = "y")', "Failed", [2]),
        ('(IsComplete "a") or (RowCount = 4)', "Passed", []),
        ('(IsComplete "a") and (RowCount = 4)', "Failed", []),
        ('(IsComplete "a") or ((IsComplete "k") and (ColumnValues "k" = "x"))', "Failed", []),
    ],
    ids=["and", "or-fails-by-column", "mixed-or-skips", "mixed-and-skips", "nested"],
)
def test_composites_by_column(rule: str, outcome: str, rows: list[int]) -> None:
    result = judge(rule)
    assert [found.outcome for found in result.rule_outcomes] == [outcome]
    assert failed_rows(result) == rows


@pytest.mark.parametrize(
    ("rule", "outcome", "rows"),
    [
        ('(IsComplete "a") or (ColumnValues "k" = "x")', "Passed", []),
        ('(ColumnValues "a" > 1) or (ColumnValues "k" = "y")', "Failed", [2]),
        ('(IsComplete "a") or (RowCount = 4)', "Passed", []),
        ('(IsComplete "a") and (RowCount = 9)', "Failed", [0, 1, 2, 3]),
        ('(Completeness "a" > 0.1) or (IsComplete "k")', "Failed", []),
    ],
    ids=["or-saves-the-row", "or-fails-a-row", "constant-true", "constant-false", "unsupported"],
)
def test_composites_by_row(rule: str, outcome: str, rows: list[int]) -> None:
    result = judge(rule, composite="row")
    assert [found.outcome for found in result.rule_outcomes] == [outcome]
    assert failed_rows(result) == rows


def test_rows_that_where_leaves_out_pass_or_are_skipped() -> None:
    rule = 'IsComplete "a" where "k = \'y\'"'
    passed, skipped = judge(rule), judge(rule, filtered_rows="skipped")
    assert passed.rows[PASS].to_pylist() == [[rule]] * 4
    assert skipped.rows[PASS].to_pylist() == [[], [rule], [], []]
    assert skipped.rows[SKIP].to_pylist() == [[rule], [], [rule], [rule]]
    assert failed_rows(skipped) == []


def test_a_rule_whose_sql_fails_on_the_data_fails_alone() -> None:
    table = pa.table({"s": ["1", "x"]})
    result = judge(
        'IsComplete "s", RowCount = 2 where "element_at(array(1), 5 - length(s)) = 9 / 0", RowCount = 2', table
    )
    assert [outcome.outcome for outcome in result.rule_outcomes][::2] == ["Passed", "Passed"]


def test_an_invalid_where_fails_its_rule_only_and_every_row_of_it() -> None:
    result = judge('IsComplete "k" where "nope = 1", IsComplete "k" where "a > 0"')
    first, second = result.rule_outcomes
    assert (first.outcome, first.rows_failed) == ("Failed", 4)
    assert "invalid where clause" in (first.failure_reason or "")
    assert (second.outcome, second.rows_failed) == ("Failed", 1)


def test_a_composite_by_row_may_fail_rows_that_no_leaf_fails() -> None:
    table = pa.table({"a": [1, 2]})
    result = judge('(IsComplete "a") and (RowCount = 9)', table, composite="row")
    outcome = result.rule_outcomes[0]
    assert (outcome.outcome, outcome.rows_failed, failed_rows(result)) == ("Failed", 2, [0, 1])
    assert result.row_totals.quarantined == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "rules",
    [
        [f'IsUnique "k" where "a > {number}"' for number in range(200)],
        [f'ColumnValues "a" != {number}' for number in range(1100)],
        ['IsUnique "k"'] * 1100,
        [f'CustomSql "select a from primary where a > {number}"' for number in range(150)],
        [" or ".join(f'(ColumnValues "a" = {number})' for number in range(1100))],
    ],
    ids=["keys-by-where", "tests", "the-same", "queries", "one-composite"],
)
def test_rulesets_of_any_size_are_judged(rules: list[str]) -> None:
    alone, together = judge(rules[-1]), judge(", ".join(rules))
    assert len(together.rule_outcomes) == len(rules)
    assert together.rule_outcomes[-1] == alone.rule_outcomes[0]
    assert set(failed_rows(alone)) <= set(failed_rows(together))


@pytest.mark.parametrize("name", ["{duplicates}", "a,b", "x'y", "a.b", "`t`", 'q"q', "a\nb"])
def test_odd_names_of_columns_name_them(name: str) -> None:
    written = name.replace('"', '\\"')
    result = judge(f'IsPrimaryKey "{written}", ColumnValues "{written}" > 1', pa.table({name: [2, 1, 1]}))
    assert [outcome.rows_failed for outcome in result.rule_outcomes] == [2, 2]


@pytest.mark.parametrize("name", ["row_id", "judged", "hash", "n", "w0", "Primary", 'quo"te', "select", "ß ü"])
def test_any_column_name_can_be_judged(name: str) -> None:
    quoted = name.replace('"', '\\"')
    result = judge(
        "RowCount = 2" if '"' in name else f'IsUnique "{quoted}", IsComplete "{quoted}"', pa.table({name: [1, 1]})
    )
    assert result.rows.column_names[0] == name


def test_pandas_and_dictionaries_are_judged_as_their_values() -> None:
    frame = pd.DataFrame({"c": pd.Categorical(["a", "b", "a"]), "n": [1.5, None, 2.5]})
    result = dqdl.evaluate(
        dqdl.parse('Rules = [ ColumnValues "c" in ["a"], ColumnLength "c" = 1, Mean "n" = 2 ]'), frame
    )
    assert [outcome.outcome for outcome in result.rule_outcomes] == ["Failed", "Passed", "Passed"]
    assert failed_rows(result) == [1]


@pytest.mark.slow
@given(st.lists(st.one_of(st.none(), st.integers(0, 6)), max_size=12), st.booleans())
def test_uniqueness_counts_keys_exactly_even_where_hashes_collide(cells: list[int | None], collide: bool) -> None:
    """The law of the hash-first count: any hash function, however poor, gives the same numbers and rows."""
    with pytest.MonkeyPatch.context() as patch:
        if collide:
            patch.setattr(keys, "HASH", "typeof")  # one value for every key
        table = pa.table({"c": pa.array([None if cell is None else f"v{cell}" for cell in cells], pa.string())})
        result = judge('Uniqueness "c" >= 0, DistinctValuesCount "c" >= 0, UniqueValueRatio "c" >= 0', table)
    filled = [cell for cell in cells if cell is not None]
    once = [cell for cell in filled if filled.count(cell) == 1]
    nulls = len(cells) - len(filled)
    metrics = result.metrics
    assert metrics["Column.c.Uniqueness"] == (len(once) / len(filled) if filled else None)
    assert metrics["Column.c.DistinctValuesCount"] == len(set(filled)) + (nulls > 0)
    assert metrics["Column.c.UniqueValueRatio"] == (len(once) / len(set(filled)) if filled else None)
    assert failed_rows(result) == [row for row, cell in enumerate(cells) if cells.count(cell) > 1]
