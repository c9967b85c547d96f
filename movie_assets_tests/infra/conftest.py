"""One local AWS and one deployed stack for all tests of the template in a process."""

from collections.abc import Iterator

import pytest

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.stack import Stack, deploy


@pytest.fixture(scope="session")
def aws() -> Iterator[Ministack]:
    """An account whose policies are enforced, over TLS."""
    with Ministack(enforced=True) as server:
        yield server


@pytest.fixture(scope="session")
def stack(aws: Ministack) -> Stack:
    """The template with its defaults."""
    return deploy(aws, "movies")
