"""What every test may rely on: an environment without settings, a folder of its own, an instance of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis

from movie_assets.settings import PREFIX, Settings

if TYPE_CHECKING:
    import dagster as dg

hypothesis.register_profile("untimed", deadline=None)  # how long a case takes is for benchmarks to say
hypothesis.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is begun first: begun last, it would be waited for alone."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    """Settings whose every folder is the test's own."""
    from movie_assets_tests.support.pipeline import settings_in

    return settings_in(tmp_path)


@pytest.fixture
def instance() -> "Iterator[dg.DagsterInstance]":
    """A Dagster instance that keeps nothing on disk."""
    import dagster as dg

    with dg.DagsterInstance.ephemeral() as made:
        yield made
