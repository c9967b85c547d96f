"""One local AWS with the deployed stack, policies enforced, everything over TLS, for all tests here in a process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from movie_assets.cli import movies
from movie_assets.settings import Settings, settings
from movie_assets_tests.support.aws_local import AwsLocal
from movie_assets_tests.support.fixtures import *  # noqa: F403


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsLocal]:
    with AwsLocal(enforced=True) as local:
        yield local


@dataclass(frozen=True)
class Terminal:
    """The product's program, typed by somebody with this environment."""

    environment: Mapping[str, str]

    def __call__(self, *words: str) -> str:
        """What is printed by a command that goes well."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            result = CliRunner().invoke(movies, words, env={"COLUMNS": "200"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    @property
    def settings(self) -> Settings:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return settings()

    def but(self, **variables: str) -> "Terminal":
        return Terminal({**self.environment, **variables})


@pytest.fixture
def terminal(aws: AwsLocal, tmp_path: Path) -> Terminal:
    """The stack's outputs as settings, the pipeline's role; nothing else but where this machine keeps its own."""
    own = {"MOVIES_DAGSTER_HOME": str(tmp_path / "dagster"), "MOVIES_OUTBOX": str(tmp_path / "alerts")}
    return Terminal(aws.environment() | own)


@pytest.fixture
def laptop(tmp_path: Path) -> Terminal:
    """A folder and a DuckDB file."""
    places = {"LAKE": "lake", "WAREHOUSE": "warehouse.duckdb", "OUTBOX": "outbox", "DAGSTER_HOME": "home"}
    return Terminal({f"MOVIES_{name}": str(tmp_path / "laptop" / place) for name, place in places.items()})
