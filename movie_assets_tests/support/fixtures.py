"""Servers for tests, one set per folder whose conftest.py imports them, in each test process."""

import gc
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, TypeVar, cast

import pytest

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.postgres import Postgres
from movie_assets_tests.support.proxy import FaultProxy
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access, make_tls

__all__ = [
    "aws_environment",
    "aws_proxy",
    "bucket",
    "collected",
    "ministack",
    "postgres",
    "redshift",
    "redshift_proxy",
    "redshift_tls",
    "session",
]

_buckets = count(1)
Test = TypeVar("Test", bound=Callable[..., None])


@pytest.fixture(scope="session")
def ministack() -> Iterator[Ministack]:
    """S3, SNS, SQS, EventBridge, Glue, Athena on loopback. Shared: use names of your own."""
    with Ministack() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The database behind the stand-in. Shared: a test that kills it starts one of its own."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redshift(postgres: Postgres, ministack: Ministack) -> Iterator[RedshiftStandIn]:
    """Redshift without TLS, on loopback."""
    with RedshiftStandIn(postgres, S3Access(ministack.endpoint)) as server:
        yield server


@pytest.fixture(scope="session")
def redshift_tls(
    postgres: Postgres, ministack: Ministack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedshiftStandIn]:
    """Redshift with TLS: `localhost` and 127.0.0.1, by an authority (`.tls.authority`) that nobody trusts unasked."""
    tls = make_tls(tmp_path_factory.mktemp("tls"))
    access = S3Access(ministack.endpoint)
    with RedshiftStandIn(postgres, access, database="movies_tls", user="movies_tls", tls=tls) as server:
        yield server


@pytest.fixture
def bucket(ministack: Ministack) -> str:
    """A new, empty S3 bucket."""
    name = f"movies-test-{next(_buckets)}"
    ministack.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def redshift_proxy(redshift: RedshiftStandIn) -> Iterator[FaultProxy]:
    """A fault proxy in front of Redshift."""
    with FaultProxy(redshift.port) as proxy:
        yield proxy


@pytest.fixture
def aws_proxy(ministack: Ministack) -> Iterator[FaultProxy]:
    """A fault proxy in front of S3 and the other services; its `endpoint` takes their place."""
    with FaultProxy(ministack.port) as proxy:
        yield proxy


@pytest.fixture
def aws_environment(ministack: Ministack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment under which boto3 finds ministack, set for one test."""
    for name, value in ministack.environment().items():
        monkeypatch.setenv(name, value)
    return ministack.environment()


@pytest.fixture
def session(redshift: RedshiftStandIn) -> Iterator[Any]:
    """A connection of the unmodified driver, closed at the end."""
    from movie_assets_tests.support.driver import connect

    connection = connect(redshift)
    yield connection
    connection.close()


@pytest.fixture
def collected() -> Iterator[None]:
    """What the test left unclosed is gone before the next one begins."""
    yield
    gc.collect()


def leaves_sockets(test: Test) -> Test:
    """Mark a test whose connections fail: the driver never closes the socket of those."""
    ignored = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
    return cast(Test, ignored(pytest.mark.usefixtures("collected")(test)))
