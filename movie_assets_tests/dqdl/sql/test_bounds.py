"""Texts and lists that functions make have a longest length, and costs within a row a bound; beyond, the rule fails."""

import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from movie_assets import dqdl
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.spark import predicate, statement
from movie_assets_tests.support.judged import judge

TABLES = {"primary": Schema([Column("k", "VARCHAR"), Column("long", "VARCHAR"), Column("n", "INTEGER")])}


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE \"primary\" AS SELECT 'ab' AS k, repeat('a', 50000) AS long, i::INTEGER AS n FROM range(3) t(i)"
    )
    return connection


def value(engine: duckdb.DuckDBPyConnection, text: str) -> object:
    row = engine.execute(statement(f"select {text} from primary", TABLES)).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("repeat(k, 40001)", "repeat would make a text longer than 80,000 bytes"),
        ("repeat(k, 2147483647)", "repeat would make a text longer than 80,000 bytes"),
        ("lpad(k, 20001)", "lpad would make a text longer than 80,000 bytes"),
        ("rpad(k, 1000000000, 'x')", "rpad would make a text longer than 80,000 bytes"),
        ("space(80001)", "space would make a text longer than 80,000 bytes"),
        ("concat(long, long)", "concat would make a text longer than 80,000 bytes"),
        ("long || long", "concat would make a text longer than 80,000 bytes"),
        ("concat_ws(long, k, k)", "concat_ws would make a text longer than 80,000 bytes"),
        ("replace(long, 'a', 'bb')", "replace would make a text longer than 80,000 bytes"),
        ("regexp_replace(long, 'a', 'bb')", "regexp_replace would make a text longer than 80,000 bytes"),
        ("regexp_replace(long, '(a{1,9})', '$1$1')", "regexp_replace would make a text longer than 80,000 bytes"),
        ("array_join(array(long, long), '')", "array_join would make a text longer than 80,000 bytes"),
        ("repeat('ab', 2147483647)", "repeat would make a text longer than 80,000 bytes"),
        ("replace(repeat('a', 26000), 'a', repeat('b', 26000))", "replace would make a text longer than 26,666 bytes"),
        ("hex(long)", "hex would make a text longer than 80,000 bytes"),
        ("base64(long)", "base64 would make a text longer than 80,000 bytes"),
        ("concat(concat(k, k), repeat(k, 20000))", "repeat would make a text longer than 26,666 bytes"),
        ("levenshtein(long, 'abc')", "levenshtein would compare more than 100,000 pairs of characters"),
    ],
)
def test_what_would_be_too_long_is_refused(text: str, reason: str, engine: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match=reason):
        value(engine, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("length(repeat(k, 40000))", 80000),
        ("repeat(k, -1)", ""),
        ("length(lpad(k, 20000))", 20000),
        ("length(concat(long, repeat('b', 20000)))", None),
        ("length(replace(long, 'a', ''))", 0),
        ("length(replace(long, 'aa', 'b'))", 25000),
        ("length(replace(long, 'b', long))", 50000),
        ("length(regexp_replace(long, 'a+', ''))", 0),
        ("levenshtein(repeat(k, 100), repeat(k, 99))", 2),
        ("concat(k, null)", None),
    ],
)
def test_what_is_short_enough_is_made(text: str, expected: object, engine: duckdb.DuckDBPyConnection) -> None:
    if expected is None and "null" not in text:
        with pytest.raises(duckdb.Error, match="concat would make a text longer than 40,000 bytes"):
            value(engine, text)
    else:
        assert value(engine, text) == expected


def test_a_list_that_is_collected_is_bounded_and_its_size_is_a_count(engine: duckdb.DuckDBPyConnection) -> None:
    engine.execute("CREATE OR REPLACE TEMP TABLE many AS SELECT i::INTEGER AS n FROM range(10001) t(i)")
    tables = {"many": Schema([Column("n", "INTEGER")])}
    with pytest.raises(duckdb.Error, match="a list of more than 10,000 values would be collected"):
        engine.execute(statement("select element_at(collect_list(n), 1) from many", tables))
    assert engine.execute(statement("select size(collect_set(n % 7)) from many", tables)).fetchone() == (7,)


@pytest.mark.parametrize(
    "pattern", ["'%a%a%a%a%a%a%a%a%a%a%b'", "'%a%a_%a%a%a%a%a%a%a%b'", "concat('%a%a%a%a%a_%a%a%a%a%a%b', k)"]
)
@pytest.mark.parametrize("operator", ["like", "ilike"])
def test_like_takes_time_that_grows_with_the_text(
    operator: str, pattern: str, engine: duckdb.DuckDBPyConnection
) -> None:
    assert value(engine, f"long {operator} {pattern}") is False  # trying every way would take longer than anyone waits


def test_a_condition_nested_deep_stays_short() -> None:
    text = "k"
    for _ in range(8):
        text = f"concat(cast(cast({text} as int) as string), lpad(k, 5))"
    assert len(predicate(f"{text} = 'a'", TABLES["primary"])) < 50_000


def test_the_rule_fails_with_the_reason_and_others_go_on() -> None:
    table = pa.table({"k": ["a", "b"]})
    outcome, _ = judge('IsComplete "k" where "length(repeat(k, 90000)) > 1"', table)
    assert (outcome.outcome, outcome.failure_reason) == ("Failed", "repeat would make a text longer than 80,000 bytes")
    outcome, result = judge('CustomSql "select max(length(space(90000))) from primary" > 0, RowCount = 2', table)
    assert outcome.failure_reason == "space would make a text longer than 80,000 bytes"
    assert [each.outcome for each in result.rule_outcomes] == ["Failed", "Passed"]


HUNGRY = """
import resource
import pyarrow as pa
from movie_assets import dqdl
table = pa.table({"k": [f"title {row}" for row in range(6000)]})
rules = [
    'CustomSql "select max(length(repeat(k, 5000))) from primary" > 0',
    'CustomSql "select max(length(repeat(k, 1000000))) from primary" > 0',
    'CustomSql "with a as (select repeat(k, 500) as k from primary), b as (select concat(k, k, k) as k from a) '
    'select max(length(concat(k, k))) from b" > 0',
    'CustomSql "select max(length(lpad(k, 100000000))) from primary" > 0',
    'CustomSql "select max(length(hex(hex(hex(hex(repeat(k, 400))))))) from primary" > 0',
]
dqdl.evaluate(dqdl.parse(f"Rules = [ {', '.join(rules)} ]"), table)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_holds_while_texts_are_made() -> None:
    done = subprocess.run([sys.executable, "-c", HUNGRY], capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout.split()[-1]) < 1000  # megabytes: the engine's limit, after its progress


def test_rows_are_numbered_within_texts_that_are_made() -> None:
    rows = pa.table({"a": ["x", "x", "y"], "b": ["1", "1", "1"]})
    kept = (
        "SELECT a FROM (SELECT a, row_number() OVER (PARTITION BY concat(a, b), repeat(a, 2) ORDER BY lpad(a, 3)) AS n"
    )
    rules = dqdl.parse(f'Rules = [ CustomSql "{kept} FROM primary) WHERE n = 1" ]')
    assert dqdl.evaluate(rules, rows).row_totals.quarantined == 0


def test_a_query_named_twice_again_and_again_reads_too_many_tables() -> None:
    doubled = ", ".join(f"a{n} AS (SELECT x FROM a{n - 1} UNION ALL SELECT x FROM a{n - 1})" for n in range(1, 40))
    with pytest.raises(SqlRefusedError, match="it reads tables more than 200 times"):
        statement(f"WITH a0 AS (SELECT 1 AS x), {doubled} SELECT count(*) FROM a39", {})
    joined = ", ".join(f"films AS t{n}" for n in range(201))
    with pytest.raises(SqlRefusedError, match="it reads tables more than 200 times"):
        statement(f"SELECT count(*) FROM {joined}", {"films": Schema([Column("a", "BIGINT")])})
