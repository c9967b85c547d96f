from pathlib import Path

import pytest

from movie_assets.warehouse import Warehouse, open_warehouse
from movie_assets.warehouse.redshift.staging import Staging
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.fixtures import (
    aws_environment,
    bucket,
    collected,
    ministack,
    postgres,
    redshift,
    redshift_proxy,
    redshift_tls,
)
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.warehouses import emptied, on_redshift, staging

__all__ = [
    "aws_environment",
    "bucket",
    "collected",
    "ministack",
    "postgres",
    "redshift",
    "redshift_proxy",
    "redshift_tls",
]


@pytest.fixture(params=["duckdb", "redshift"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "redshift":
        return on_redshift(emptied(request.getfixturevalue("redshift")), request.getfixturevalue("stage"))
    return open_warehouse(str(tmp_path / "house/warehouse.duckdb"), FEED, threads=1)


@pytest.fixture
def stage(ministack: Ministack, bucket: str) -> Staging:
    """The staging folder of a lake on ministack."""
    return staging(ministack, bucket)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "accepted.parquet"
