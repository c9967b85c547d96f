"""What every test may rely on: an environment without settings, a folder of its own, an instance of its own."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis

from movie_assets.program import PREFIX
from movie_assets.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

hypothesis.register_profile("untimed", deadline=None)  # how long a case takes is for benchmarks to say
hypothesis.load_profile("untimed")

SERVERS = frozenset({"aws", "ministack", "postgres"})
"""The fixtures that start a server; every other one stands on one of them."""

ADAPTERS = frozenset({"s3", "redshift", "sns"})
"""The adapters, as contract suites name them in their parameters, that need a server."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What importing makes is there to stay: looking through it for garbage took a fifth of a second each time."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


def pytest_unconfigure() -> None:
    gc.unfreeze()  # or what is left at the end is told as leaks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is begun first: begun last, it would be waited for alone. Tests that need a server say so."""
    for item in items:
        if _needs_a_server(item):
            item.add_marker("servers")
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _needs_a_server(item: pytest.Item) -> bool:
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return bool(SERVERS.intersection(getattr(item, "fixturenames", ()))) or any(
        isinstance(value, str) and value in ADAPTERS for value in parameters
    )


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
