"""What is let through reads the given tables and nothing else: statements that were tried, and a fuzz of new ones."""

import contextlib
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.spark import predicate, statement
from movie_assets_tests.support.judged import NOW

CANARY = "canary-7f3a"
TABLES = {
    "primary": Schema([Column("k", "VARCHAR"), Column("n", "BIGINT"), Column("d", "DATE")]),
    "ref": Schema([Column("k", "VARCHAR"), Column("w", "DOUBLE")]),
}
HIDDEN = ("lines", "unreadable", "__judged", "__with_0")
HOSTILE = [
    line.split(" => ", 1)
    for line in (Path(__file__).parent / "hostile.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


STATEMENTS_BEGIN = tuple("select with from drop insert merge copy pragma explain set describe show".split())  # noqa: SIM905


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": "300MB", "threads": 1})
    connection.execute("CREATE TABLE \"primary\" AS SELECT 'a' AS k, 1::BIGINT AS n, DATE '2024-01-15' AS d")
    connection.execute("CREATE TABLE ref AS SELECT 'a' AS k, 0.5::DOUBLE AS w")
    for name in HIDDEN:
        connection.execute(f"CREATE TABLE {name} AS SELECT '{CANARY}' AS v, '{CANARY}' AS k, 1 AS n")
    connection.execute(f"SET VARIABLE secret = '{CANARY}'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def refusal(text: str) -> str:
    """Why a text is refused; where it begins like no statement, as a condition."""
    begins = text.split(maxsplit=1)[0].lower()
    with pytest.raises(SqlRefusedError) as refused:
        statement(text, TABLES, NOW) if begins in STATEMENTS_BEGIN else predicate(text, TABLES["primary"], NOW)
    return str(refused.value)


@pytest.mark.parametrize(("reason", "text"), HOSTILE, ids=[text[:60] for _, text in HOSTILE])
def test_hostile_statements_are_refused(reason: str, text: str) -> None:
    assert reason in refusal(text)


def words(text: str, *more: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*text.split(), *more])


def mostly(usual: st.SearchStrategy[str], odd: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The odd one time in thirty: with more, hardly a text is let through."""
    return st.integers(0, 29).flatmap(lambda chance: usual if chance else odd)


ODD = words(
    "lines unreadable __judged __with_0 rowid duckdb_tables main.lines information_schema.tables LINES v ' \" 'lines'",
    "`x from lines --`",
    '"a""b"',
    "(select v from lines)",
)
TABLES_NAMED = mostly(words("primary ref PRIMARY primary ref a b"), ODD)
NAMES = mostly(words("p q x v lines"), ODD)
UNITS = mostly(words("day month YEAR hour"), words("x 1", "`day from lines --`", "'day) from lines --'"))
LEAVES = mostly(words("k k n k 1 2.5 'a' 'lines' null current_date() '%a'"), ODD)
SHAPES = words(
    "upper({0}) length({0}) concat({0},{1}) nvl({0},{1}) if({2},{0},{1}) nullif({0},{1}) date_add({3},{0},{1}) ({0}) "
    "{0}||{1} {0}+{1} array({0},{1})[0] typeof({0}) hex({0}) repeat({0},3) {0}::string max({0}) count({0}) struct({0}) "
    "read_text({0}) getvariable({0}) columns({0}) explode({0}) error({0}) max_by({0},{1}) collect_list({0}) {0}.{4} "
    "date_sub({0},1) timestampdiff({3},{0},{1}) date_part('{3}',{0}) regexp_replace({0},'a','$0b') pmod({0},{1})",
    "cast({0} as string)",
    "cast({0} as {3})",
    "date_trunc('{3}', {0})",
    "extract({3} from {0})",
    "{0} - interval 3 {3}",
    "{0} operator({3}) {1}",
    "case when {2} then {0} else {1} end",
    "transform(array({0}), {4} -> {4})",
    "named_struct('{4}', {0}).{4}",
    "sum({0}) over (partition by {1} order by {0})",
    "(select {0} from {5})",
    "(select max({0}) from {5} {4} where {2})",
    "/* {4} */ {0} -- {4}\n",
)
CONDITIONS = words(
    "{0}={1} {0}<=>{1} {0}>{1}",
    "{0} like {1}",
    "{0} in ({0}, {1})",
    "{0} is not null",
    "not ({0} = {1})",
    "{0} rlike 'a|b'",
    "{0} between {1} and {0}",
    "exists (select {0} from {5} where {0} = {1})",
    "{0} in (select {1} from {5})",
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    condition = st.builds(str.format, CONDITIONS, inner, inner, st.just(""), UNITS, NAMES, TABLES_NAMED)
    return st.builds(str.format, SHAPES, inner, inner, condition, UNITS, NAMES, TABLES_NAMED)


EXPRESSIONS = st.recursive(LEAVES, _grown, max_leaves=4)
TESTS = st.builds(str.format, CONDITIONS, EXPRESSIONS, EXPRESSIONS, st.just(""), UNITS, NAMES, TABLES_NAMED)
SELECTS = st.builds(
    "select {}{} from {} {}{}{}{}".format,
    EXPRESSIONS,
    st.builds(" as {}".format, NAMES) | st.just(""),
    TABLES_NAMED,
    NAMES,
    st.builds(" join {} {} using (k)".format, TABLES_NAMED, NAMES)
    | st.builds(", {}".format, TABLES_NAMED)
    | st.just(""),
    st.builds(" where {}".format, TESTS) | st.just(""),
    st.builds(" order by {}".format, EXPRESSIONS) | words("", "", " group by all", " limit 1", "; select 1", " --"),
)
COMMONS = st.builds("with {} as ({}), b as ({}) {}".format, TABLES_NAMED, SELECTS, SELECTS, SELECTS)
STATEMENTS = st.one_of(SELECTS, COMMONS, st.builds("{} union all {}".format, SELECTS, SELECTS))


def check(engine: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """The engine itself sees one SELECT over the given tables, and no result holds what other tables hold."""
    parsed = duckdb.extract_statements(sql)
    assert [statement.type for statement in parsed] == [duckdb.StatementType.SELECT]
    try:
        read = engine.get_table_names(sql)
    except duckdb.Error:  # it doesn't bind, so it doesn't run
        return False
    assert {name for name in read if not name.startswith("__with_")} <= set(TABLES), sql
    with contextlib.suppress(duckdb.Error):
        assert CANARY not in str(engine.execute(f"SELECT * FROM ({sql}) LIMIT 50").fetchall())
    return True


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(text=STATEMENTS)
@example(text="with a as (select k from primary), b as (select * from a) select * from b where k = 'a'")
def test_what_is_let_through_reads_the_given_tables_only(text: str, engine: duckdb.DuckDBPyConnection) -> None:
    try:
        sql = statement(text, TABLES, NOW)
    except SqlRefusedError:
        return
    check(engine, sql)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(text=TESTS)
@example(text="upper(k) = 'A' and n + 1 > 1")
def test_a_condition_reads_its_row_only(text: str, engine: duckdb.DuckDBPyConnection) -> None:
    try:
        sql = predicate(text, TABLES["primary"], NOW)
    except SqlRefusedError:
        return
    check(engine, f'SELECT * FROM "primary" WHERE {sql}')


def test_what_the_parser_says_names_no_class() -> None:
    with pytest.raises(SqlRefusedError, match=r"not Spark SQL: GT lacks an operand\. Line 1, Col: 3"):
        predicate("a >")


def test_nothing_of_a_statement_is_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    for text in ("load \x1b[31mred", "call \u202ex()", "explain select 1"):
        with pytest.raises(SqlRefusedError, match=r"^only a SELECT may run$"):
            statement(text, {})
    assert (caplog.text, capfd.readouterr().err) == ("", "")
