"""What `deploy/` says to Dagster and to pip."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance
from dagster_aws.s3 import S3ComputeLogManager

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONFIG = (DEPLOY / "dagster.yaml").read_text()
WORKSPACE = (DEPLOY / "workspace.yaml").read_text()


def pinned(requirements: Path, package: str) -> str:
    (version,) = re.findall(rf"^{package}==(\S+)$", requirements.read_text(), re.MULTILINE)
    return str(version)


def test_the_storage_goes_with_the_locked_dagster() -> None:
    major, minor, patch = pinned(ROOT / "requirements.txt", "dagster").split(".")
    assert major == "1"  # whose libraries are numbered 0.(minor + 16).patch
    assert pinned(DEPLOY / "requirements.txt", "dagster-postgres") == f"0.{int(minor) + 16}.{patch}"


def test_dagster_takes_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config: dict[str, Any] = yaml.safe_load(CONFIG)
    assert config.pop("storage") == {"postgres": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("DAGSTER_LOGS_BUCKET", "logs")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.compute_log_manager, S3ComputeLogManager)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 2
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
        assert instance.run_retries_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert not instance.telemetry_enabled


def test_every_variable_is_documented() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text()
    variables = set(re.findall(r"env: (\w+)", CONFIG + WORKSPACE))
    assert variables == {"DAGSTER_POSTGRES_URL", "DAGSTER_LOGS_BUCKET", "DAGSTER_CODE_HOST"}
    assert [name for name in variables if f"| `{name}` |" not in documented] == []


def test_the_image_copies_files_that_are_there() -> None:
    lines = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    sources = [source for line in lines for source in line.split()]
    assert "movie_assets" in sources
    kept = {line.removeprefix("!") for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()}
    assert [source for source in sources if source.split("/")[0] not in kept] == []
    assert [source for source in sources if source != "README.md" and not (ROOT / source).exists()] == []
