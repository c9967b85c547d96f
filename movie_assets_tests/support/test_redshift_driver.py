import threading
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from redshift_connector.error import Error, InterfaceError, ProgrammingError

from movie_assets_tests.support.driver import GONE, connect, fetched
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.postgres import Postgres
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access


@pytest.mark.parametrize(
    ("style", "sql", "parameters"),
    [
        ("format", "SELECT %s::int + 1, %s::varchar", [1, "é"]),
        ("qmark", "SELECT ?::int + 1, ?::varchar", [1, "é"]),
        ("numeric", "SELECT :1::int + 1, :2::varchar", [1, "é"]),
        ("named", "SELECT :n::int + 1, :t::varchar", {"n": 1, "t": "é"}),
        ("pyformat", "SELECT %(n)s::int + 1, %(t)s::varchar", {"n": 1, "t": "é"}),
    ],
    ids=["format", "qmark", "numeric", "named", "pyformat"],
)
def test_parameters_in_every_style(session: Any, style: str, sql: str, parameters: Any) -> None:
    cursor = session.cursor()
    cursor.paramstyle = style
    assert fetched(cursor, sql, parameters) == [[2, "é"]]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("DECIMAL(10,2)", Decimal("8.30")),
        ("DATE", date(2024, 3, 24)),
        ("TIMESTAMP", datetime(2024, 3, 24, 6, 30, 1)),
        ("INT", -2147483648),
        ("BIGINT", 1 << 40),
        ("DOUBLE PRECISION", 0.1),
        ("BOOLEAN", True),
        ("VARCHAR(20)", "Ängste 'n' \\ \n \t"),
        ("VARCHAR(MAX)", "x" * 65_535),
        ("VARCHAR(20)", None),
    ],
    ids=lambda value: str(value)[:12],
)
def test_values_come_back_as_they_went(session: Any, type_: str, value: Any) -> None:
    cursor = session.cursor()
    cursor.execute(f"CREATE TEMP TABLE kept (v {type_})")
    cursor.execute("INSERT INTO kept VALUES (%s)", (value,))
    assert fetched(cursor, "SELECT v FROM kept") == [[value]]


def test_executemany_and_row_count(session: Any) -> None:
    cursor = session.cursor()
    cursor.execute("CREATE TEMP TABLE many (n INT, t VARCHAR(10))")
    cursor.executemany("INSERT INTO many VALUES (%s, %s)", [[n, f"row {n}"] for n in range(20)])
    assert fetched(cursor, "SELECT count(*), max(t) FROM many") == [[20, "row 9"]]
    cursor.execute("DELETE FROM many WHERE n < 5")
    assert cursor.rowcount == 5


def test_commit_keeps_and_rollback_drops(redshift: RedshiftStandIn, session: Any) -> None:
    cursor = session.cursor()
    cursor.execute("CREATE TABLE commits (n INT)")
    session.commit()
    cursor.execute("INSERT INTO commits VALUES (1)")
    session.rollback()
    cursor.execute("INSERT INTO commits VALUES (2)")
    session.commit()
    cursor.execute("INSERT INTO commits VALUES (3)")
    other = connect(redshift)
    try:
        assert fetched(other.cursor(), "SELECT n FROM commits") == [[2]]
    finally:
        other.close()


def test_an_error_leaves_a_transaction_that_only_rolls_back(session: Any) -> None:
    cursor = session.cursor()
    with pytest.raises(ProgrammingError, match='relation "nowhere" does not exist'):
        cursor.execute("SELECT * FROM nowhere")
    with pytest.raises(ProgrammingError, match="current transaction is aborted"):
        cursor.execute("SELECT 1")
    session.rollback()
    assert fetched(cursor, "SELECT 1") == [[1]]


def test_a_data_frame(session: Any) -> None:
    cursor = session.cursor()
    cursor.execute("SELECT 8.5::DECIMAL(10,2) AS rating, 'Drama'::VARCHAR(20) AS genre")
    frame = cursor.fetch_dataframe()
    assert frame.to_dict("records") == [{"rating": Decimal("8.50"), "genre": "Drama"}]


def test_many_rows(session: Any) -> None:
    cursor = session.cursor()
    digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
    joined = ", ".join(f"{digits} AS d{number}" for number in range(6))
    found = fetched(cursor, f"SELECT d0.n, repeat('x', 100) FROM {joined}")
    assert len(found) == 5**6
    assert found[-1][1] == "x" * 100


def test_autocommit(redshift: RedshiftStandIn, session: Any) -> None:
    session.autocommit = True
    session.cursor().execute("CREATE TABLE automatic (n INT)")
    other = connect(redshift)
    try:
        assert fetched(other.cursor(), "SELECT count(*) FROM automatic") == [[0]]
    finally:
        other.close()


def test_the_server_calls_itself_8_0_2(session: Any) -> None:
    assert (b"server_version", b"8.0.2") in session.parameter_statuses


@leaves_sockets
def test_a_wrong_password_is_refused(redshift: RedshiftStandIn) -> None:
    with pytest.raises(Error, match="password authentication failed"):
        connect(redshift, password="wrong")


@leaves_sockets
@pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning")
def test_tls_is_refused_without_a_certificate(redshift: RedshiftStandIn) -> None:
    with pytest.raises(InterfaceError, match="Server refuses SSL"):
        connect(redshift, ssl=True, sslmode="verify-full")


@leaves_sockets
def test_dropped_sessions_fail_and_new_ones_work(redshift: RedshiftStandIn) -> None:
    connection = connect(redshift)
    redshift.drop_sessions()
    with pytest.raises(GONE):
        connection.cursor().execute("SELECT 1")
    connection = connect(redshift)
    assert fetched(connection.cursor(), "SELECT 1") == [[1]]
    connection.close()


@leaves_sockets
def test_a_killed_database_ends_the_session_and_comes_back(ministack: Any) -> None:
    with Postgres() as postgres, RedshiftStandIn(postgres, S3Access(ministack.endpoint)) as server:
        connection = connect(server)
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE kept (n INT)")
        connection.commit()
        cursor.execute("INSERT INTO kept VALUES (1)")
        postgres.kill()
        with pytest.raises(GONE):
            cursor.execute("SELECT 1")
        postgres.restart()
        again = connect(server)
        assert fetched(again.cursor(), "SELECT count(*) FROM kept") == [[0]]
        again.close()


@leaves_sockets
def test_a_client_that_leaves_gives_its_locks_back(redshift: RedshiftStandIn, session: Any) -> None:
    cursor = session.cursor()
    cursor.execute("CREATE TABLE left_behind (n INT)")
    session.commit()
    holder = connect(redshift)
    holder.cursor().execute("LOCK left_behind")
    waiter = connect(redshift)
    waiting = threading.Thread(target=_ignoring_errors, args=(waiter, "LOCK left_behind"))
    waiting.start()
    holder._usock.close()
    holder._sock.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert fetched(waiter.cursor(), "SELECT count(*) FROM left_behind") == [[0]]
    waiter.close()


def _ignoring_errors(connection: Any, sql: str) -> None:
    connection.cursor().execute(sql)
