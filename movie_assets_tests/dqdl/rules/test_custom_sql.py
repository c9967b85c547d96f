"""CustomSql: one number, or rows."""

import pytest

from movie_assets import dqdl
from movie_assets_tests.support.judged import Case, check, judge, table

TABLE = table(
    {"k": "string", "n": "long", "x": "double"},
    k=["a", "b", "a", None, "b"],
    n=[1, 2, 3, None, 5],
    x=[1.5, None, 2.5, None, 4.5],
)
EMPTY = table({"n": "long"}, n=[])
REFERENCES = {"ref": table({"id": "string", "v": "long"}, id=["a", "a", "c"], v=[1, 3, 9])}


@pytest.mark.parametrize(
    "case",
    [
        Case('CustomSql "select count(*) from primary" = 5', True, metrics={"Dataset.*.CustomSQL": 5.0}),
        Case(
            'CustomSql "select count(*) from primary" between 5 and 7',
            False,
            reason="Value: 5.0 does not meet the constraint requirement!",
        ),
        Case('CustomSql "select count(*) from primary p join ref on p.k = ref.id" = 4', True),
        Case("CustomSql \"select count(*) from primary where k = 'a'\" = 2", True),
        Case('CustomSql "select max(n) / 2 from PRIMARY" = 2.5', True),
        Case(
            'CustomSql "select sum(n) from primary where n > 100" = 0',
            True,
            metrics={"Dataset.*.CustomSQL": 0.0},
        ),
        Case(
            'CustomSql "select n from primary" > 0',
            False,
            reason="Custom SQL must return one row with one numeric column, but it returns several rows",
        ),
        Case(
            'CustomSql "select n from primary where n > 100" > 0',
            False,
            reason="Custom SQL must return one row with one numeric column, but it returns none rows",
        ),
        Case(
            'CustomSql "select n, k from primary" > 0',
            False,
            reason="Custom SQL must return one row with one numeric column, but it returns: n LongType, k StringType",
        ),
        Case('CustomSql "select null" = 0', True),
        Case('CustomSql "select count(*) = 5 from primary" = 1', True, metrics={"Dataset.*.CustomSQL": 1.0}),
        Case('CustomSql "select max(n) > 100 from primary" = 0', True),
        Case('CustomSql "select max(k) from primary" > 0', False),
        Case('CustomSql "select nope from primary" > 0', False),
        Case(
            'CustomSql "drop table primary" > 0',
            False,
            reason="Error executing SQL statement: only a SELECT may run, not DROP",
        ),
        Case('CustomSql "select count(*) from secret" > 0', False),
    ],
    ids=str,
)
def test_one_number(case: Case) -> None:
    check(case, TABLE, references=REFERENCES)


@pytest.mark.parametrize(
    "case",
    [
        Case('CustomSql "select n from primary where n > 2"', False, [0, 1, 3]),
        Case(
            'CustomSql "select N from primary where n > 2" with threshold >= 0.4',
            True,
            [0, 1, 3],
            metrics={"Dataset.*.CustomSQL.Compliance": 0.4},
        ),
        Case(
            'CustomSql "select n from primary where n > 2" with threshold > 0.4',
            False,
            [0, 1, 3],
            "Value: 0.4 does not meet the constraint requirement.",
        ),
        Case('CustomSql "select n, x from primary"', True, []),
        Case('CustomSql "select k from primary where n = 1"', False, [1, 3, 4]),
        Case('CustomSql "select p.n from primary p join ref on p.k = ref.id"', False, [1, 3, 4]),
        Case('CustomSql "select n from primary where n is null"', False, [0, 1, 2, 4]),
        Case('CustomSql "select n from primary where n > 100"', False, [0, 1, 2, 3, 4]),
        Case(
            'CustomSql "select n, n + 1 as more from primary"',
            False,
            [0, 1, 2, 3, 4],
            "The columns returned from the SQL statement should only belong to the primary table. "
            "Columns not found: more",
        ),
        Case('CustomSql "select id from ref"', False, [0, 1, 2, 3, 4]),
        Case('CustomSql "select nope from primary"', False, [0, 1, 2, 3, 4]),
        Case('CustomSql "delete from primary"', False, [0, 1, 2, 3, 4]),
    ],
    ids=str,
)
def test_rows(case: Case) -> None:
    check(case, TABLE, references=REFERENCES)


@pytest.mark.parametrize(
    "case",
    [
        Case('CustomSql "select count(*) from primary" = 0', True),
        Case(
            'CustomSql "select n from primary"',
            False,
            [],
            "Custom SQL rule could not be evaluated due to data frame being empty",
        ),
    ],
    ids=str,
)
def test_an_empty_table(case: Case) -> None:
    check(case, EMPTY)


def test_rows_keep_their_order_and_number() -> None:
    _, result = judge('CustomSql "select p.n from primary p join ref on p.k = ref.id"', TABLE, references=REFERENCES)
    assert result.rows["n"].to_pylist() == TABLE["n"].to_pylist()


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ('CustomSql "select max(n) from primary" > last()', True),
        ('CustomSql "select n from primary where n > 2" with threshold >= last()', False),
        ('CustomSql "select n from primary where n > 2" with threshold >= avg(last(2))', True),
    ],
)
def test_earlier_values(rule: str, passed: bool) -> None:
    history = {"Dataset.*.CustomSQL": [4.0], "Dataset.*.CustomSQL.Compliance": [0.5, 0.2]}
    outcome, _ = judge(rule, TABLE, history=history)
    assert outcome.passed is passed


def test_as_an_analyzer() -> None:
    result = dqdl.evaluate(dqdl.parse('Analyzers = [ CustomSql "select max(n) from primary" ]'), TABLE)
    assert result.metrics == {"Dataset.*.CustomSQL": 5.0}
