import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from movie_assets_tests.support.driver import GONE, connect, fetched
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults
from movie_assets_tests.support.redshift import RedshiftStandIn

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2)
BODY = b"x" * 300_000


@pytest.fixture
def s3(ministack: Ministack, aws_proxy: FaultProxy, bucket: str) -> Any:
    """A client behind the proxy that never retries, and an object `body` to read."""
    ministack.client("s3").put_object(Bucket=bucket, Key="body", Body=BODY)
    return ministack.client("s3", aws_proxy.endpoint, config=ONCE)


def read(s3: Any, bucket: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key="body")["Body"].read())


def test_without_faults_it_passes_everything_on(s3: Any, aws_proxy: FaultProxy, bucket: str) -> None:
    assert read(s3, bucket) == BODY
    s3.put_object(Bucket=bucket, Key="up", Body=BODY)
    assert s3.head_object(Bucket=bucket, Key="up")["ContentLength"] == len(BODY)
    assert aws_proxy.connections == 1


@leaves_sockets
def test_a_reset_in_mid_body(s3: Any, aws_proxy: FaultProxy, bucket: str) -> None:
    with (
        aws_proxy.fault(Faults(reset_after=100_000)),
        pytest.raises(Exception, match=r"Connection broken|reset by peer"),
    ):
        read(s3, bucket)


@leaves_sockets
def test_a_reset_in_an_upload(s3: Any, aws_proxy: FaultProxy, ministack: Ministack, bucket: str) -> None:
    with aws_proxy.fault(Faults(reset_after_sent=100_000)), pytest.raises(Exception, match=r"Connection|reset|Broken"):
        s3.put_object(Bucket=bucket, Key="up", Body=BODY)
    with pytest.raises(ClientError, match="404"):
        ministack.client("s3").head_object(Bucket=bucket, Key="up")


@leaves_sockets
def test_a_black_hole_never_answers(ministack: Ministack, aws_proxy: FaultProxy, bucket: str) -> None:
    impatient = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=0.2)
    client = ministack.client("s3", aws_proxy.endpoint, config=impatient)
    with aws_proxy.fault(Faults(blackhole=True)), pytest.raises(ReadTimeoutError):
        client.list_objects_v2(Bucket=bucket)


def test_a_burst_of_503_ends(s3: Any, aws_proxy: FaultProxy, ministack: Ministack, bucket: str) -> None:
    assert read(s3, bucket) == BODY
    aws_proxy.faults = Faults(http_503=2)
    with pytest.raises(ClientError, match=r"\(SlowDown\).*Please reduce your request rate"):
        read(s3, bucket)
    with pytest.raises(ClientError, match="SlowDown"):
        s3.put_object(Bucket=bucket, Key="up", Body=BODY)
    s3.put_object(Bucket=bucket, Key="up", Body=BODY)
    assert aws_proxy.faults.http_503 == 0


@pytest.fixture
def proxied(redshift_proxy: FaultProxy, redshift: RedshiftStandIn, session: Any) -> Iterator[Any]:
    """A connection through the proxy, and an empty table `proxied`."""
    session.cursor().execute("DROP TABLE IF EXISTS proxied")
    session.cursor().execute("CREATE TABLE proxied (n INT)")
    session.commit()
    connection = connect(redshift, redshift_proxy.port)
    assert fetched(connection.cursor(), "SELECT count(*) FROM proxied") == [[0]]
    connection.commit()
    yield connection
    connection._usock.close()  # which the driver leaves open once the other side has gone


@leaves_sockets
@pytest.mark.parametrize(("fate", "rows"), [("lose_answer", 1), ("lose_statement", 0)])
def test_a_lost_commit(proxied: Any, redshift_proxy: FaultProxy, session: Any, fate: Any, rows: int) -> None:
    cursor = proxied.cursor()
    cursor.execute("INSERT INTO proxied VALUES (1)")
    redshift_proxy.faults = Faults(statement="^commit$", fate=fate)
    with pytest.raises(GONE):
        proxied.commit()
    assert redshift_proxy.faults.statement is None
    session.cursor().execute("LOCK proxied")
    assert fetched(session.cursor(), "SELECT count(*) FROM proxied") == [[rows]]


def test_the_last_bytes_arrive_before_the_end() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        FaultProxy(server.getsockname()[1]) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as client,
    ):
        taken, _ = server.accept()
        with taken:
            client.sendall(b"?")
            assert taken.recv(1) == b"?"
            taken.sendall(BODY)
        found = b""
        while part := client.recv(1 << 16):
            found += part
    assert found == BODY
