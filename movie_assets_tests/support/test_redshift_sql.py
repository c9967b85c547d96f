from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from redshift_connector.error import Error, ProgrammingError

from movie_assets_tests.support.driver import connect, fetched
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.redshift.sql import statements, text_of
from movie_assets_tests.support.redshift.translate import translate
from movie_assets_tests.support.redshift.wire import SqlError

NUMBERS = count(1)
SERIALIZATION = r"'M': '1023', 'D': 'Serializable isolation violation"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a INT CHECK (a > 0))",
        "CREATE TABLE t (a INT, PRIMARY KEY (a))",
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE TABLE t (a UUID)",
        "CREATE TABLE t (a VARCHAR(70000))",
        "CREATE TABLE t (a DECIMAL(40,2))",
        "CREATE TABLE t (a INT) PARTITION BY RANGE (a)",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "DELETE FROM t RETURNING a",
        "SELECT * FROM t FOR UPDATE",
        "SELECT DISTINCT ON (a) a FROM t",
        "SELECT array_agg(a) FROM t",
        "SAVEPOINT s",
        "ALTER TABLE t APPEND FROM s",
        "UNLOAD ('SELECT 1') TO 's3://b/k' IAM_ROLE default",
        "DO $$ BEGIN END $$",
        "TRUNCATE TABLE t",
        "COPY t FROM STDIN",
    ],
)
def test_what_redshift_lacks_is_refused(sql: str) -> None:
    with pytest.raises(SqlError, match=r"0A000|42601"):
        translate(statements(sql)[0])


def test_no_token_is_lost() -> None:
    text = """select 'it''s', E'\\'', "a "" b", $$x;y$$, 1.5 -- end
    /* ; */ from t where a >= $1"""
    assert [text_of(statement) for statement in statements(text + "; ;select 2")] == [text, "select 2"]


@pytest.fixture
def table(session: Any) -> Iterator[str]:
    """A table of the test's own, with one row."""
    name = f"t_{next(NUMBERS)}"
    cursor = session.cursor()
    cursor.execute(f"CREATE TABLE {name} (day DATE NOT NULL, title VARCHAR(10), n INT)")
    cursor.execute(f"INSERT INTO {name} VALUES ('2024-03-24', 'one', 1)")
    session.commit()
    yield name
    session.rollback()
    cursor.execute(f"DROP TABLE {name}")
    session.commit()


@pytest.mark.parametrize("temporary", [False, True], ids=["table", "temporary"])
def test_varchar_counts_bytes(session: Any, table: str, temporary: bool) -> None:
    cursor = session.cursor()
    if temporary:
        cursor.execute("CREATE TEMP TABLE staged (day DATE, title VARCHAR(10))")
    target = "staged" if temporary else table
    cursor.execute(f"INSERT INTO {target} (day, title) VALUES ('2024-03-24', 'ééééé')")
    with pytest.raises(Error, match=r"22001.*value too long for type character varying\(10\)"):
        cursor.execute(f"UPDATE {target} SET title = %s", ("é" * 6,))


def test_a_widened_column_takes_more_bytes(session: Any, table: str) -> None:
    cursor = session.cursor()
    cursor.execute(f"ALTER TABLE {table} ALTER COLUMN title TYPE VARCHAR(12)")
    cursor.execute(f"UPDATE {table} SET title = 'éééééé'")
    with pytest.raises(Error, match=r"character varying\(12\)"):
        cursor.execute(f"UPDATE {table} SET title = 'éééééé.'")


def test_concurrent_writers_meet_error_1023(redshift: RedshiftStandIn, session: Any, table: str) -> None:
    cursor = session.cursor()
    other = connect(redshift)
    try:
        assert fetched(cursor, f"SELECT n FROM {table}") == [[1]]
        other.cursor().execute(f"UPDATE {table} SET n = 2")
        other.commit()
        with pytest.raises(ProgrammingError, match=SERIALIZATION):
            cursor.execute(f"UPDATE {table} SET n = 3")
        session.rollback()
        assert fetched(cursor, f"SELECT n FROM {table}") == [[2]]
    finally:
        other.close()
