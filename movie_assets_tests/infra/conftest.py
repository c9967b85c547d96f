"""One local AWS and one deployed stack for all tests of the template in a process."""

from collections.abc import Iterator

import pytest

from movie_assets_tests.infra.stacks import Aws, Stack, deploy, local_aws


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with local_aws(tmp_path_factory.mktemp("aws")) as server:
        yield server


@pytest.fixture(scope="session")
def stack(aws: Aws) -> Stack:
    """The template with its defaults."""
    return deploy(aws, "movies")
