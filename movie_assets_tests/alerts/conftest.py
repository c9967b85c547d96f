from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from movie_assets_tests.support.fixtures import *  # noqa: F403


@pytest.fixture
def impatient() -> Callable[..., Any]:
    """Makes clients as the product does, that give up soon."""
    soon = Config(read_timeout=0.3, connect_timeout=0.3, retries={"mode": "standard", "total_max_attempts": 1})
    return lambda service, region, config: boto3.client(service, region_name=region, config=config.merge(soon))
