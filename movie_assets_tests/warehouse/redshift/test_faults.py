"""What networks, other sessions and a dying database do to a load: it goes on, or says why not; never half a day."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from time import sleep
from typing import Self

import pytest
from pydantic import SecretStr

from movie_assets.errors import LoadError
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.warehouse import LoadReport
from movie_assets.warehouse.redshift.login import PasswordLogin
from movie_assets.warehouse.redshift.options import RedshiftOptions
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.accepted import accept, films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.driver import GONE, connect, fetched
from movie_assets_tests.support.feeds import FEED, LOAD_AUDIT, TABLE
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.postgres import Postgres
from movie_assets_tests.support.proxy import FaultProxy, Faults
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access
from movie_assets_tests.support.warehouses import emptied, on_redshift

RUNS = f"SELECT m.run_id, count(*) AS n, max(a.run_id) AS audited FROM {TABLE} m, {LOAD_AUDIT} a GROUP BY 1"


def load(warehouse: RedshiftWarehouse, lake: S3Lake, rows: int, run_id: str) -> LoadReport:
    return warehouse.load_day(accept(lake, films(rows)), lake, run_id=run_id)


def whole(warehouse: RedshiftWarehouse) -> tuple[str, int]:
    """The one run that the day is of, in the table as in the audit, and its rows."""
    [found] = warehouse.query(RUNS).to_pylist()
    assert found["run_id"] == found["audited"]
    return found["run_id"], found["n"]


@pytest.fixture
def old_day(redshift: RedshiftStandIn, lake: S3Lake) -> RedshiftWarehouse:
    """A warehouse with three rows of the day."""
    warehouse = on_redshift(emptied(redshift))
    load(warehouse, lake, 3, "old")
    return warehouse


class Other:
    """Another session in an open transaction, committed at the end; and what can be seen of who waits for locks."""

    def __init__(self, server: RedshiftStandIn, *statements: str) -> None:
        self._server = server
        self._statements = statements

    def __enter__(self) -> Self:
        self._session, self._watching = connect(self._server), connect(self._server)
        self._watching.autocommit = True
        for statement in self._statements:
            self.run(statement)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(*GONE):
            self.commit()
        self._session.close()
        self._watching.close()

    def run(self, statement: str) -> None:
        self._session.cursor().execute(statement)

    def commit(self) -> None:
        self._session.commit()

    def awaited(self, waiting: int = 1, milliseconds: int = 0) -> None:
        """Return once so many sessions have waited so long for locks."""
        since = f"waitstart <= clock_timestamp() - interval '{milliseconds} ms'"
        sql = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND {since}"
        while fetched(self._watching.cursor(), sql)[0][0] < waiting:
            sleep(0.01)


STEPS = {
    "SET": "set the timeout",
    "SELECT table_name": "look at the tables",
    "CREATE TEMP": "make the temporary table",
    "COPY": "COPY",
    "SELECT count": "count the rows that arrived",
    "LOCK": "LOCK",
    "DELETE": "DELETE",
    "INSERT INTO movies.imdb": "INSERT",
    "INSERT INTO movies.load_audit": "audit",
    "COMMIT": "COMMIT",
}
"""The step named in the error of a refused statement."""


@leaves_sockets
@pytest.mark.parametrize("fate", ["lose_answer", "lose_statement"])
@pytest.mark.parametrize("statement", STEPS)
def test_a_connection_lost_at_a_statement(
    old_day: RedshiftWarehouse,
    redshift: RedshiftStandIn,
    redshift_proxy: FaultProxy,
    lake: S3Lake,
    caplog: pytest.LogCaptureFixture,
    statement: str,
    fate: str,
) -> None:
    warehouse = on_redshift(redshift, port=redshift_proxy.port)
    redshift_proxy.faults = Faults(statement=rf"^\s*{statement}", fate=fate)  # type: ignore[arg-type]
    assert load(warehouse, lake, 5, "new") == LoadReport(rows_loaded=5, rows_replaced=3)
    assert whole(old_day) == ("new", 5)
    [warning] = [
        record.getMessage() for record in caplog.records if record.name == "movie_assets.warehouse.redshift.warehouse"
    ]
    address = rf"redshift://127\.0\.0\.1:{redshift_proxy.port}/movies"
    lost = r"(the connection was lost|the connection failed \(.*\))\. Trying again, after attempt 1\."
    assert re.fullmatch(rf"Can't load {DAY} into {address}: {STEPS[statement]}: {lost}", warning)


@leaves_sockets
@pytest.mark.parametrize("attempts", [1, 2])
def test_a_lost_commit_of_the_swap(
    old_day: RedshiftWarehouse, redshift: RedshiftStandIn, redshift_proxy: FaultProxy, lake: S3Lake, attempts: int
) -> None:
    warehouse = on_redshift(redshift, port=redshift_proxy.port, attempts=attempts)
    with ThreadPoolExecutor(1) as pool:
        with Other(redshift, f"LOCK {TABLE}") as other:
            loading = pool.submit(load, warehouse, lake, 5, "new")
            other.awaited()
            redshift_proxy.faults = Faults(statement="^COMMIT")
        if attempts == 1:
            with pytest.raises(LoadError, match=r"Can't load 2024-03-24 into .*: COMMIT: ") as caught:
                loading.result()
            assert caught.value.hint == "whether it took place is not known; run again: a load replaces the whole day"
        else:
            assert loading.result() == LoadReport(rows_loaded=5, rows_replaced=5)  # its own, the first time
    assert whole(old_day) == ("new", 5)
    assert load(warehouse, lake, 5, "new") == LoadReport(rows_loaded=5, rows_replaced=5)
    assert whole(old_day) == ("new", 5)


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_serialization_conflict(
    old_day: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake, caplog: pytest.LogCaptureFixture, attempts: int
) -> None:
    warehouse = on_redshift(redshift, attempts=attempts)
    with ThreadPoolExecutor(1) as pool:
        with Other(redshift, f"UPDATE {LOAD_AUDIT} SET source = 'another'") as other:
            loading = pool.submit(load, warehouse, lake, 5, "new")
            other.awaited()
        if attempts == 1:
            with pytest.raises(LoadError, match="audit: a conflict with another session: 1023: Serializable") as caught:
                loading.result()
            assert caught.value.hint == "run again later; what was loaded before is intact"
            assert whole(old_day) == ("old", 3)
        else:
            assert loading.result() == LoadReport(rows_loaded=5, rows_replaced=3)
            assert whole(old_day) == ("new", 5)
            assert "1023" in caplog.text


def test_a_deadlock(
    old_day: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake, caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(2) as pool:
        with Other(redshift, f"LOCK {LOAD_AUDIT}") as other, Other(redshift, f"LOCK {TABLE}") as first:
            loading = pool.submit(load, old_day, lake, 5, "new")
            first.awaited()
            locking = pool.submit(other.run, f"LOCK {TABLE}")
            first.awaited(2, milliseconds=2000)  # it has looked for a deadlock and found none: the load will find it
            first.commit()
            locking.result()
        assert loading.result() == LoadReport(rows_loaded=5, rows_replaced=3)
    assert whole(old_day) == ("new", 5)
    assert "deadlock" in caplog.text


def test_a_lock_held_too_long(old_day: RedshiftWarehouse, redshift: RedshiftStandIn, lake: S3Lake) -> None:
    impatient = on_redshift(redshift, timeout_seconds=3)
    with Other(redshift, f"LOCK {TABLE}"), pytest.raises(LoadError, match=r"LOCK: .*statement timeout") as caught:
        load(impatient, lake, 5, "new")
    assert "MOVIES_REDSHIFT_TIMEOUT_SECONDS" in (caught.value.hint or "")
    assert whole(old_day) == ("old", 3)


@leaves_sockets
@pytest.mark.parametrize("attempts", [1, 100])
def test_a_database_killed_in_mid_transaction(ministack: Ministack, lake: S3Lake, attempts: int) -> None:
    with Postgres() as postgres, RedshiftStandIn(postgres, S3Access(ministack.endpoint)) as server:
        steady = on_redshift(server)
        load(steady, lake, 3, "old")
        warehouse = on_redshift(server, attempts=attempts)
        # The load stands in the middle of its swap: the day's rows are replaced, and the audit waits.
        with ThreadPoolExecutor(1) as pool, Other(server, f"LOCK {LOAD_AUDIT}") as other:
            loading = pool.submit(load, warehouse, lake, 5, "new")
            other.awaited()
            postgres.kill()
            postgres.restart()
            if attempts == 1:
                with pytest.raises(LoadError, match="audit: the connection was lost") as caught:
                    loading.result()
                assert "what was loaded before is intact" in (caught.value.hint or "")
                assert whole(steady) == ("old", 3)
                assert load(steady, lake, 5, "new") == LoadReport(rows_loaded=5, rows_replaced=3)
            else:
                assert loading.result() == LoadReport(rows_loaded=5, rows_replaced=3)
        assert whole(steady) == ("new", 5)


@leaves_sockets
def test_a_server_that_is_away_for_a_while(
    old_day: RedshiftWarehouse, redshift: RedshiftStandIn, redshift_proxy: FaultProxy, lake: S3Lake
) -> None:
    warehouse = on_redshift(redshift, port=redshift_proxy.port, attempts=2)
    with redshift_proxy.down(), pytest.raises(LoadError, match=r"connect: 127\.0\.0\.1 takes no connection") as caught:
        load(warehouse, lake, 5, "new")
    assert "MOVIES_WAREHOUSE" in (caught.value.hint or "")
    assert load(warehouse, lake, 5, "new").rows_replaced == 3


def test_a_server_that_takes_connections_and_says_nothing(
    redshift: RedshiftStandIn, redshift_proxy: FaultProxy
) -> None:
    warehouse = on_redshift(redshift, port=redshift_proxy.port, connect_timeout_seconds=0.1, attempts=2)
    redshift_proxy.faults = Faults(blackhole=True)
    with pytest.raises(LoadError, match="connect: no answer in time") as caught:
        warehouse.loaded()
    assert "security group" in (caught.value.hint or "")


def test_a_name_that_is_no_host() -> None:
    options = RedshiftOptions(PasswordLogin("u", SecretStr("p")), attempts=2)
    warehouse = RedshiftWarehouse.at("redshift://nowhere.invalid/db", FEED, options)
    with pytest.raises(LoadError, match=r"connect: nowhere\.invalid") as caught:
        warehouse.loaded()
    assert "MOVIES_WAREHOUSE" in (caught.value.hint or "")


def test_first_loads_of_a_database_at_once(redshift: RedshiftStandIn, lake: S3Lake) -> None:
    """Four sessions that all find no table make it together, and leave one copy of the rows."""
    emptied(redshift)
    report = accept(lake, films(50))
    start = threading.Barrier(4)

    def first(number: int) -> LoadReport:
        start.wait()
        return on_redshift(redshift).load_day(report, lake, run_id=f"r{number}")

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(first, range(4)))
    assert sorted(report.rows_replaced for report in reports) == [0, 50, 50, 50]
    assert whole(on_redshift(redshift))[1] == 50


def test_loads_of_an_empty_day_at_once(redshift: RedshiftStandIn, lake: S3Lake) -> None:
    """Four sessions reach the swap before any of them changes the day: without the lock each would find it empty."""
    warehouse = on_redshift(emptied(redshift))
    report = accept(lake, films(50))
    warehouse.load_day(accept(lake, films(50), day=DAY + timedelta(days=1)), lake, run_id="other")

    def start(number: int) -> LoadReport:
        return warehouse.load_day(report, lake, run_id=f"r{number}")

    with ThreadPoolExecutor(4) as pool:
        with Other(redshift, f"LOCK {TABLE}") as other:
            loads = [pool.submit(start, number) for number in range(4)]
            other.awaited(4)
        assert sorted(done.result().rows_replaced for done in loads) == [0, 50, 50, 50]
    assert warehouse.loaded() == {DAY: 50, DAY + timedelta(days=1): 50}
