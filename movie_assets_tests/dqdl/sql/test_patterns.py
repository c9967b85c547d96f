"""Regular expressions in ``where`` and CustomSql: Java's, as Spark's functions use them."""

from typing import Any

import pytest

from movie_assets.dqdl.engines.base import EngineError
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.spark import predicate, statement


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    opened = DuckDBEngine.open()
    opened.execute("CREATE TABLE films AS SELECT 'The Big Heat' AS title, 1953 AS year, NULL::VARCHAR AS note")
    opened.lock_down()
    return opened


SCHEMA = Schema([Column("title", "VARCHAR"), Column("year", "INTEGER"), Column("note", "VARCHAR")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"title rlike '(?<=Big )H'", True),
        (r"title rlike '^[\\w&&[^\\d]]+\\b.*t$'", True),
        (r"title not rlike '(\\w)\\1'", True),
        (r"title regexp '\\p{javaUpperCase}{2}'", False),
        (r"regexp_like(concat(title, '\n'), 't$')", True),
        (r"year rlike '^19(?!6)'", True),
        (r"note rlike 'a'", None),
        (r"regexp_extract(title, '(\\w+) (\\w+)')", "The"),
        (r"regexp_extract(title, '(\\w+) (?<second>\\w+)', 2)", "Big"),
        (r"regexp_extract(title, '(x)?T', 1)", ""),
        (r"regexp_extract(title, '\\w+$', 0)", "Heat"),
        (r"regexp_extract_all(title, '(\\w)\\b')", ["e", "g", "t"]),
        (r"regexp_extract_all(title, '(x)?[A-Z]', 1)", ["", "", ""]),
        (r"regexp_replace(title, '(?<first>\\w)(\\w*)', '$2${first}')", "heT igB eatH"),
        (r"regexp_replace(title, '(?=[A-Z])', '\\$')", "$The $Big $Heat"),
        (r"regexp_replace(title, '\\s*', '-')", "-T-h-e--B-i-g--H-e-a-t-"),
        (r"regexp_count(title, '[a-z]+')", 3),
        (r"regexp_instr(title, 'g')", 7),
        (r"regexp_substr(title, 'B\\w++')", "Big"),
        (r"regexp_substr(title, 'x')", None),
        (r"split(title, '\\s')", ["The", "Big", "Heat"]),
        (r"split(title, '(?<=g) |h', 2)", ["T", "e Big Heat"]),
        (r"split(title, '')[0]", "T"),
        (r"upper(regexp_replace(lpad(concat(title, title, title, title, title), 9, 'x'), 'e(?= )', '3'))", "TH3 BIG H"),
    ],
)
def test_values(engine: DuckDBEngine, text: str, expected: Any) -> None:
    sql = statement(f"SELECT {text} AS v FROM films", {"films": SCHEMA})
    assert engine.rows(sql) == [(expected,)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title rlike '[a'", r"the regular expression '\[a' can't be used: Unclosed character class at character 2"),
        ("title rlike note", "a regular expression must be a plain text here"),
        ("regexp_extract(title, 'a', 1) = ''", "the pattern 'a' has 0 groups, there is no group 1"),
        ("regexp_extract(title, 'a', year) = ''", "year must be a plain whole number here"),
        ("regexp_replace(title, 'a', '$1') = ''", "the pattern 'a' has 0 groups, there is no group 1"),
        ("regexp_replace(title, 'a', note) = ''", "the replacement of regexp_replace must be a plain text here"),
        ("java_find(title, 'a')", "the function java_find is not known here"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SqlRefusedError, match=reason):
        predicate(text, SCHEMA)


@pytest.mark.parametrize(
    "call", ["regexp_replace(title, '(?=(.*))', '$1')", "size(regexp_extract_all(title, '(?=(.*))'))"]
)
def test_groups_that_reach_beyond_the_match_make_no_long_texts(engine: DuckDBEngine, call: str) -> None:
    sql = statement(f"SELECT {call} AS v FROM films", {"films": SCHEMA})
    assert engine.rows(sql)[0][0] is not None
    long = "(SELECT repeat(title, 200) AS title FROM films) AS"
    with pytest.raises(EngineError, match="would make a text longer than"):
        engine.rows(sql.replace('"films" AS', long))
