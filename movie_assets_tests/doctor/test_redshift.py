"""Redshift: the way there step by step, and a load that leaves nothing."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from movie_assets.lake.local import LocalLake
from movie_assets.warehouse.redshift.examination import examine
from movie_assets_tests.doctor.conftest import Findings, failed
from movie_assets_tests.support.accepted import accept, films
from movie_assets_tests.support.driver import connect
from movie_assets_tests.support.feeds import BY_YEAR_AND_GENRE, FEED
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.lakes import s3_lake, s3_names
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.redshift.credentials import CredentialsApi
from movie_assets_tests.support.warehouses import emptied, on_redshift, run

Examined = Callable[..., Findings]
TABLE = "movies.imdb_movies_rating"
LOAD = [
    ("Redshift", statement)
    for statement in (
        f"LOCK {TABLE}",
        f"DELETE FROM {TABLE}",
        f"INSERT INTO {TABLE}",
        "DELETE FROM movies.load_audit",
        "INSERT INTO movies.load_audit",
        "LOCK movies.year_aggregated_genre",
        "DELETE FROM movies.year_aggregated_genre",
        "INSERT INTO movies.year_aggregated_genre",
    )
]


@pytest.fixture
def house(redshift: RedshiftStandIn, lake: str, monkeypatch: pytest.MonkeyPatch) -> RedshiftStandIn:
    """The stand-in, empty and set, with a password."""
    emptied(redshift)
    monkeypatch.setenv("MOVIES_WAREHOUSE", f"redshift://{redshift.host}:{redshift.port}/{redshift.database}")
    monkeypatch.setenv("MOVIES_REDSHIFT_USER", redshift.user)
    monkeypatch.setenv("MOVIES_REDSHIFT_PASSWORD", redshift.password)
    return redshift


@pytest.fixture
def loaded(house: RedshiftStandIn, ministack: Ministack, lake: str) -> RedshiftStandIn:
    """With a day in it."""
    warehouse = on_redshift(house)
    report = accept(s3 := s3_lake(ministack, lake), films(2))
    warehouse.load_day(report, s3, run_id="run")
    warehouse.refresh(BY_YEAR_AND_GENRE, report.day)
    return house


def dump(server: RedshiftStandIn) -> list[object]:
    """Every table of the database that is not its own, and every row."""
    connection = connect(server)
    cursor = connection.cursor()
    cursor.execute(
        "SELECT table_schema, table_name FROM svv_tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'redshift') ORDER BY 1, 2"
    )
    tables = [tuple(row) for row in cursor.fetchall()]
    found: list[object] = list(tables)
    for schema, table in tables:
        cursor.execute(f'SELECT * FROM "{schema}"."{table}" ORDER BY 1, 2')
        found += [tuple(row) for row in cursor.fetchall()]
    cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = 'movies'")
    found.append(cursor.fetchall())
    connection.close()
    return found


def of_redshift(findings: Findings) -> Findings:
    return {key: found for key, found in findings.items() if key[0] == "Redshift"}


def test_an_empty_database_stays_empty(
    examined: Examined, house: RedshiftStandIn, ministack: Ministack, lake: str
) -> None:
    before = dump(house)
    found = of_redshift(examined())
    assert {one.status for one in found.values()} == {"ok"}
    assert found["Redshift", f"columns of {TABLE}"].said == "not there yet: the first load makes it"
    assert found["Redshift", "log in"].said == "movies in movies"
    assert [key for key in found if key in LOAD] == LOAD
    assert dump(house) == before
    assert s3_names(ministack.client("s3"), lake, "movies") == set()


def test_a_loaded_day_stays_as_it_is(
    examined: Examined, loaded: RedshiftStandIn, ministack: Ministack, lake: str
) -> None:
    before, in_lake = dump(loaded), s3_names(ministack.client("s3"), lake, "movies")
    assert len(before) > 6
    found = of_redshift(examined())
    assert {one.status for one in found.values()} == {"ok"}
    assert ("Redshift", "make the tables") not in found
    assert dump(loaded) == before
    assert s3_names(ministack.client("s3"), lake, "movies") == in_lake


def test_what_a_killed_one_staged_is_removed(house: RedshiftStandIn, ministack: Ministack, lake: str) -> None:
    warehouse = on_redshift(house)
    for finding in warehouse.examine(s3_lake(ministack, lake)):
        if finding.examination.startswith("COPY"):
            break
    left = s3_names(ministack.client("s3"), lake, "movies")
    assert [name.partition("-")[0] for name in left] == ["validated/doctor/doctor"]
    list(examine(warehouse.address, FEED, warehouse.options, s3_lake(ministack, lake), timedelta(0)))
    assert s3_names(ministack.client("s3"), lake, "movies") == set()


def test_a_stray_column_is_named_and_the_rest_goes_on(examined: Examined, loaded: RedshiftStandIn) -> None:
    run(loaded, f"ALTER TABLE {TABLE} ADD COLUMN stray INTEGER")
    found = of_redshift(examined())
    assert failed(found) == {("Redshift", f"columns of {TABLE}")}
    said = found["Redshift", f"columns of {TABLE}"]
    assert "has other columns than the contract: stray unexpected." in said.said
    assert "change it to the contract's columns" in (said.hint or "")
    assert found[LOAD[-1]].status == "ok"


@pytest.fixture
def reader(house: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A user who may make temporary tables and nothing else, set."""
    asyncio.run(house.administrate("CREATE USER reader PASSWORD 'Reading1'"))
    monkeypatch.setenv("MOVIES_REDSHIFT_USER", "reader")
    monkeypatch.setenv("MOVIES_REDSHIFT_PASSWORD", "Reading1")
    yield "reader"
    asyncio.run(house.administrate("DROP OWNED BY reader; DROP USER reader"))


def test_who_may_not_make_the_schema(examined: Examined, reader: str) -> None:
    found = of_redshift(examined())
    assert failed(found) == {("Redshift", "make the tables")}
    assert "make the schema: permission denied for database movies" in found["Redshift", "make the tables"].said
    assert "docs/aws.md" in (found["Redshift", "make the tables"].hint or "")


@pytest.mark.parametrize(
    ("granted", "lacking"),
    [
        ("SELECT", {"LOCK", "DELETE", "INSERT"}),
        ("SELECT, INSERT", {"LOCK", "DELETE"}),
        ("SELECT, DELETE", {"INSERT"}),
        ("SELECT, INSERT, DELETE", set()),
    ],
)
def test_each_privilege_that_lacks_is_told(
    examined: Examined, loaded: RedshiftStandIn, reader: str, granted: str, lacking: set[str]
) -> None:
    run(loaded, "GRANT USAGE ON SCHEMA movies TO reader", f"GRANT {granted} ON ALL TABLES IN SCHEMA movies TO reader")
    found = of_redshift(examined())
    assert failed(found) == {key for key in LOAD if key[1].split()[0] in lacking}
    for key in failed(found):
        assert "permission denied for table" in found[key].said


@leaves_sockets
def test_a_wrong_password(examined: Examined, house: RedshiftStandIn) -> None:
    found = of_redshift(examined(MOVIES_REDSHIFT_PASSWORD="planted"))
    assert failed(found) == {("Redshift", "log in")}
    assert 'password authentication failed for user "movies"' in found["Redshift", "log in"].said
    assert "correct the user and password" in (found["Redshift", "log in"].hint or "")
    assert "planted" not in repr(found)


@leaves_sockets
@pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning")  # the driver's
def test_a_certificate_of_an_authority_that_nobody_trusts(
    examined: Examined, redshift_tls: RedshiftStandIn, lake: str
) -> None:
    found = of_redshift(
        examined(
            MOVIES_WAREHOUSE=f"redshift://localhost:{redshift_tls.port}/{redshift_tls.database}",
            MOVIES_REDSHIFT_USER=redshift_tls.user,
            MOVIES_REDSHIFT_PASSWORD=redshift_tls.password,
        )
    )
    assert found["Redshift", "connect"].said == "with TLS"
    assert failed(found) == {("Redshift", "log in")}
    assert "the certificate of localhost is not trusted" in found["Redshift", "log in"].said
    assert "SSL_CERT_FILE" in (found["Redshift", "log in"].hint or "")


@pytest.mark.parametrize(
    ("address", "examination", "said", "hint"),
    [
        ("redshift://nowhere.invalid/movies", "look up the host", "is not the name of a host", "look at the DNS"),
        (f"redshift://{'x' * 70}/movies", "look up the host", "is not the name of a host", "look at the DNS"),
        ("redshift://127.0.0.1:{closed}/movies", "connect", "takes no connection", "correct host and port"),
        ("redshift://127.0.0.1:{port}/elsewhere", "log in", "does not exist", "correct the database"),
    ],
    ids=["no such host", "no name of a host", "nobody listens", "no such database"],
)
@leaves_sockets
def test_the_way_ends(
    examined: Examined, house: RedshiftStandIn, address: str, examination: str, said: str, hint: str
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
        found = of_redshift(examined(MOVIES_WAREHOUSE=address.format(closed=closed, port=house.port)))
    assert failed(found) == {("Redshift", examination)}
    assert list(found)[-1] == ("Redshift", examination)
    assert said in found["Redshift", examination].said
    assert hint in (found["Redshift", examination].hint or "")


def test_a_lake_in_a_folder_can_not_be_loaded_from(examined: Examined, house: RedshiftStandIn, tmp_path: Path) -> None:
    found = of_redshift(examined(MOVIES_LAKE=f"{tmp_path}/lake"))
    assert failed(found) == {("Redshift", "stage a row on S3")}
    assert "the lake is a folder" in found["Redshift", "stage a row on S3"].said
    assert found["Redshift", "COPY it into a temporary table"].status == "not verified"
    assert found[LOAD[0]].status == "ok"


@pytest.mark.parametrize("login", ["WORKGROUP", "CLUSTER", "SECRET"])
def test_logins(
    examined: Examined,
    house: RedshiftStandIn,
    ministack: Ministack,
    monkeypatch: pytest.MonkeyPatch,
    login: str,
) -> None:
    monkeypatch.delenv("MOVIES_REDSHIFT_PASSWORD")
    if login != "CLUSTER":
        monkeypatch.delenv("MOVIES_REDSHIFT_USER")
    secret = json.dumps({"username": house.user, "password": house.password})
    ministack.client("secretsmanager").create_secret(Name="doctor", SecretString=secret)
    with CredentialsApi(house.user, house.password, known="doctor") as api:
        found = of_redshift(examined(**api.environment(), **{f"MOVIES_REDSHIFT_{login}": "doctor"}))
        assert failed(found) == set()
        assert found["Redshift", "get credentials"].said == "user movies"
        refused = of_redshift(examined(**{f"MOVIES_REDSHIFT_{login}": "forbidden"}))
    ministack.client("secretsmanager").delete_secret(SecretId="doctor", ForceDeleteWithoutRecovery=True)
    assert failed(refused) == {("Redshift", "get credentials")}
    assert ("Redshift", "log in") not in refused


def test_a_table_that_somebody_holds(examined: Examined, loaded: RedshiftStandIn) -> None:
    connection = connect(loaded)
    connection.cursor().execute("BEGIN")
    connection.cursor().execute(f"LOCK {TABLE}")
    found = of_redshift(examined())
    connection.close()
    assert failed(found) == set()
    assert found[LOAD[0]].status == "not verified"
    assert found[LOAD[0]].said.endswith("Somebody holds the table, perhaps a load.")
    assert {found[key].said for key in LOAD[1:3]} == {"Not tried: somebody holds the table."}
    assert found[LOAD[4]].status == "ok"


@leaves_sockets
def test_a_host_that_does_not_answer(house: RedshiftStandIn, redshift_proxy: FaultProxy, tmp_path: Path) -> None:
    warehouse = on_redshift(house, port=redshift_proxy.port, connect_timeout_seconds=0.1)
    with redshift_proxy.fault(Faults(blackhole=True)):
        found = list(warehouse.examine(LocalLake(tmp_path)))
    assert [one.examination for one in found] == ["look up the host", "connect"]
    assert found[-1].said.endswith("connect: no answer in time.")
    assert "security group" in (found[-1].hint or "")


@leaves_sockets
def test_a_connection_lost_on_the_way(examined: Examined, loaded: RedshiftStandIn, redshift_proxy: FaultProxy) -> None:
    before = dump(loaded)
    redshift_proxy.faults = Faults(statement="^LOCK")
    found = of_redshift(examined(MOVIES_WAREHOUSE=f"redshift://127.0.0.1:{redshift_proxy.port}/{loaded.database}"))
    assert failed(found) == {LOAD[0]}
    assert list(found)[-1] == LOAD[0]
    assert dump(loaded) == before
