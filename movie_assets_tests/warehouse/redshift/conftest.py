import pytest

from movie_assets.lake.s3.lake import S3Lake
from movie_assets_tests.support.lakes import s3_lake
from movie_assets_tests.support.ministack import Ministack


@pytest.fixture
def lake(ministack: Ministack, bucket: str) -> S3Lake:
    return s3_lake(ministack, bucket)
