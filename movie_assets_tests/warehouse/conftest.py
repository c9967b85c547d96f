from pathlib import Path

import pytest

from movie_assets.lake import Lake
from movie_assets.lake.local import LocalLake
from movie_assets.warehouse import Warehouse, open_warehouse
from movie_assets.warehouse.duckdb import DuckDBWarehouse
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.fixtures import *  # noqa: F403
from movie_assets_tests.support.lakes import s3_lake
from movie_assets_tests.support.warehouses import emptied, on_redshift


@pytest.fixture(params=["duckdb", "redshift"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "redshift":
        return on_redshift(emptied(request.getfixturevalue("redshift")))
    return open_warehouse(str(tmp_path / "house/warehouse.duckdb"), FEED, threads=1)


@pytest.fixture
def lake(warehouse: Warehouse, request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """One that the warehouse can load from."""
    if isinstance(warehouse, DuckDBWarehouse):
        return LocalLake(tmp_path / "lake")
    return s3_lake(request.getfixturevalue("ministack"), request.getfixturevalue("bucket"))
