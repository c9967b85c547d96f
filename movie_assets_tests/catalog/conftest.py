from pathlib import Path

import pytest

from movie_assets_tests.support.catalogs import OnAws, on_aws
from movie_assets_tests.support.fixtures import *  # noqa: F403
from movie_assets_tests.support.ministack import Ministack


@pytest.fixture
def aws(ministack: Ministack, bucket: str, tmp_path: Path, aws_environment: dict[str, str]) -> OnAws:
    return on_aws(ministack, bucket, tmp_path)
