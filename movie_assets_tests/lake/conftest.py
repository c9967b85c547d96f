from collections.abc import Callable
from pathlib import Path

import pytest

from movie_assets.lake import Lake
from movie_assets_tests.support.fixtures import *  # noqa: F403
from movie_assets_tests.support.lakes import Store, local_store, s3_store


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return local_store(tmp_path / "lake")
    return s3_store(request.getfixturevalue("ministack"), request.getfixturevalue("bucket"))


@pytest.fixture
def lake(store: Store) -> Lake:
    return store.lake


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes = b"a,b\r\n1,2\r\n", name: str = "movies.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tries as in earnest, without the pauses between them."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
