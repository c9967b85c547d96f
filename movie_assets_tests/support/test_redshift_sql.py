import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from redshift_connector.error import Error, ProgrammingError

from movie_assets_tests.support.driver import connect, fetched
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access
from movie_assets_tests.support.redshift.sql import statements, text_of
from movie_assets_tests.support.redshift.translate import Plain, translate
from movie_assets_tests.support.redshift.wire import SqlError
from movie_assets_tests.support.waiting import until

NUMBERS = count(1)
SERIALIZATION = r"'M': '1023', 'D': 'Serializable isolation violation"


def translated(sql: str) -> str:
    (statement,) = statements(sql)
    task = translate(statement)
    assert isinstance(task, Plain)
    return task.sql


@pytest.mark.parametrize(
    ("type_", "stored"),
    [
        ("VARCHAR(MAX)", "varchar(65535)"),
        ("CHARACTER VARYING(12)", "varchar(12)"),
        ("VARCHAR", "varchar(256)"),
        ("TEXT", "varchar(256)"),
        ("CHAR", "char(1)"),
        ("DECIMAL", "numeric(18,0)"),
        ("NUMERIC(10)", "numeric(10,0)"),
        ("DECIMAL(10,2)", "numeric(10,2)"),
        ("SUPER", "jsonb"),
        ("TIMESTAMP WITH TIME ZONE", "timestamptz"),
        ("INT8 IDENTITY(1, 2)", "bigint GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 2 MINVALUE 0)"),
        ("INT ENCODE az64 DISTKEY SORTKEY NOT NULL", "integer NOT NULL"),
        ("INT PRIMARY KEY", "integer NOT NULL"),
        ("DATE DEFAULT getdate()::date NOT NULL", "date DEFAULT getdate ( ) :: date NOT NULL"),
        ("INT REFERENCES other (id)", "integer"),
    ],
)
def test_column_types_and_attributes(type_: str, stored: str) -> None:
    assert translated(f"CREATE TABLE t (c {type_})") == f"CREATE TABLE t (c {stored})"


@pytest.mark.parametrize(
    ("sql", "rewritten"),
    [
        ("CREATE TABLE t (a INT) DISTSTYLE KEY DISTKEY(a) COMPOUND SORTKEY(a, b)", "CREATE TABLE t (a integer)"),
        ("CREATE TABLE IF NOT EXISTS m.t (a INT) BACKUP NO", "CREATE TABLE IF NOT EXISTS m . t (a integer)"),
        (
            "CREATE TABLE t (a INT, b INT, PRIMARY KEY (a), UNIQUE (b))",
            "CREATE TABLE t (a integer NOT NULL, b integer)",
        ),
        ("CREATE TEMP TABLE s (LIKE m.t INCLUDING DEFAULTS)", "CREATE TEMP TABLE s (LIKE m . t INCLUDING DEFAULTS)"),
        ("CREATE TABLE c DISTSTYLE ALL AS SELECT 1 AS n", "CREATE TABLE c AS SELECT 1 AS n"),
        ("ALTER TABLE t ADD COLUMN x VARCHAR(MAX) ENCODE zstd", "ALTER TABLE t ADD COLUMN x varchar(65535)"),
        ("SET query_group TO 'loads'", "SET redshift.query_group TO 'loads'"),
        ("SELECT 'ENCODE; -- DISTKEY' /* ; */ FROM t", "SELECT 'ENCODE; -- DISTKEY' /* ; */ FROM t"),
    ],
    ids=["attributes", "backup", "keys", "like", "as select", "add column", "query group", "as written"],
)
def test_statements_are_rewritten(sql: str, rewritten: str) -> None:
    assert translated(sql) == rewritten


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a INT CHECK (a > 0))",
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
    cursor.execute(f"CREATE TABLE {name} (day DATE NOT NULL, title VARCHAR(10), n INT) DISTSTYLE EVEN SORTKEY (day)")
    cursor.execute(f"INSERT INTO {name} VALUES ('2024-03-24', 'one', 1)")
    session.commit()
    yield name
    session.rollback()
    cursor.execute(f"DROP TABLE {name}")
    session.commit()


@pytest.mark.parametrize(
    "made",
    [
        "SELECT 1",
        "CREATE TEMP TABLE staged (LIKE {table})",
        "CREATE TEMP TABLE staged AS SELECT * FROM {table}",
        "CREATE TEMP TABLE staged (title VARCHAR(10) ENCODE lzo)",
    ],
    ids=["table", "like", "as select", "temp"],
)
def test_varchar_counts_bytes(session: Any, table: str, made: str) -> None:
    cursor = session.cursor()
    cursor.execute(made.format(table=table))
    target = table if made == "SELECT 1" else "staged"
    cursor.execute(f"UPDATE {target} SET title = 'ééééé'")
    prefix = "day, title" if "title VARCHAR" not in made else "title"
    values = "'2024-03-24', %s" if "title VARCHAR" not in made else "%s"
    with pytest.raises(Error, match=r"22001.*value too long for type character varying\(10\)"):
        cursor.execute(f"INSERT INTO {target} ({prefix}) VALUES ({values})", ("é" * 6,))


def test_a_widened_column_takes_more_bytes(session: Any, table: str) -> None:
    cursor = session.cursor()
    cursor.execute(f"ALTER TABLE {table} ALTER COLUMN title TYPE VARCHAR(12)")
    cursor.execute(f"UPDATE {table} SET title = 'éééééé'")
    with pytest.raises(Error, match=r"character varying\(12\)"):
        cursor.execute(f"UPDATE {table} SET title = 'éééééé.'")


def test_keys_are_not_enforced(session: Any) -> None:
    cursor = session.cursor()
    cursor.execute("CREATE TEMP TABLE keyed (n INT PRIMARY KEY, m INT UNIQUE)")
    cursor.execute("INSERT INTO keyed VALUES (1, 1), (1, 1)")
    assert fetched(cursor, "SELECT count(*) FROM keyed") == [[2]]


def test_identity_super_and_getdate(session: Any) -> None:
    cursor = session.cursor()
    cursor.execute("CREATE TEMP TABLE made (n INT IDENTITY(5, 5), s SUPER, at TIMESTAMP DEFAULT getdate())")
    cursor.execute("INSERT INTO made (s) VALUES ('{\"a\": 1}'), (NULL)")
    assert fetched(cursor, "SELECT n, at <= getdate() FROM made ORDER BY n") == [[5, True], [10, True]]


def test_truncate_commits(redshift: RedshiftStandIn, session: Any, table: str) -> None:
    cursor = session.cursor()
    cursor.execute(f"UPDATE {table} SET n = 2")
    cursor.execute(f"TRUNCATE TABLE {table}")
    assert not session.in_transaction
    session.rollback()
    assert fetched(cursor, f"SELECT count(*) FROM {table}") == [[0]]


def test_merge(session: Any, table: str) -> None:
    cursor = session.cursor()
    cursor.execute(f"CREATE TEMP TABLE staged (LIKE {table})")
    cursor.execute("INSERT INTO staged VALUES ('2024-03-24', 'one', 7), ('2024-03-25', 'two', 8)")
    cursor.execute(
        f"MERGE INTO {table} USING staged ON {table}.title = staged.title WHEN MATCHED THEN UPDATE SET n = staged.n "
        "WHEN NOT MATCHED THEN INSERT VALUES (staged.day, staged.title, staged.n)"
    )
    assert fetched(cursor, f"SELECT title, n FROM {table} ORDER BY n") == [["one", 7], ["two", 8]]


def test_the_catalog_describes_a_table(session: Any, table: str) -> None:
    cursor = session.cursor()
    columns = fetched(
        cursor,
        "SELECT column_name, data_type, character_maximum_length, is_nullable FROM svv_columns "
        "WHERE table_name = %s ORDER BY ordinal_position",
        (table,),
    )
    assert columns == [
        ["day", "date", None, "NO"],
        ["title", "character varying", 10, "YES"],
        ["n", "integer", None, "YES"],
    ]
    definition = fetched(cursor, 'SELECT "column", type FROM pg_table_def WHERE tablename = %s', (table,))
    assert definition == [["day", "date"], ["title", "character varying(10)"], ["n", "integer"]]


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


def test_serializable_isolation_finds_what_snapshots_miss(redshift: RedshiftStandIn) -> None:
    access = S3Access("http://127.0.0.1:1")
    with RedshiftStandIn(
        redshift.postgres, access, database="strict", user="strict", isolation="serializable"
    ) as strict:
        one, other = connect(strict), connect(strict)
        one.cursor().execute("CREATE TABLE days (day DATE)")
        one.commit()
        for connection in (one, other):
            connection.cursor().execute("DELETE FROM days WHERE day = '2024-03-24'")
            connection.cursor().execute("INSERT INTO days VALUES ('2024-03-24')")
        one.commit()
        with pytest.raises(ProgrammingError, match=SERIALIZATION):
            other.commit()
        one.close()
        other.close()


@pytest.mark.parametrize(("lock", "copies"), [(False, 2), (True, 1)], ids=["without LOCK", "with LOCK"])
def test_two_first_loads_of_a_day(redshift: RedshiftStandIn, session: Any, table: str, lock: bool, copies: int) -> None:
    """The trap the load has to survive: a snapshot does not see the other load's rows, and no error says so."""

    def swap(connection: Any) -> None:
        cursor = connection.cursor()
        if lock:
            cursor.execute(f"LOCK {table}")
        cursor.execute(f"DELETE FROM {table} WHERE day = '2024-03-30'")
        cursor.execute(f"INSERT INTO {table} VALUES ('2024-03-30', 'new', 1)")

    first, second = connect(redshift), connect(redshift)
    swap(first)
    racing = threading.Thread(target=swap, args=(second,))
    racing.start()
    until(lambda: _waiting(session)) if lock else racing.join()
    first.commit()
    racing.join()
    second.commit()
    first.close()
    second.close()
    assert fetched(session.cursor(), f"SELECT count(*) FROM {table} WHERE day = '2024-03-30'") == [[copies]]


def _waiting(session: Any) -> bool:
    """Whether some session waits for a lock."""
    waiting = fetched(session.cursor(), "SELECT count(*) FROM pg_locks WHERE NOT granted")
    session.rollback()
    return bool(waiting[0][0])
