"""What `deploy/` says to Dagster and to pip."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance
from dagster_aws.s3 import S3ComputeLogManager

from movie_assets.definitions import pipeline
from movie_assets.pipeline.assets import WAREHOUSE_POOL
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import DAY, JOB, ingestion, land_sample
from movie_assets_tests.support.stack import Stack

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONFIG = (DEPLOY / "dagster.yaml").read_text()
WORKSPACE = (DEPLOY / "workspace.yaml").read_text()


def pinned(requirements: Path, package: str) -> str:
    (version,) = re.findall(rf"^{package}==(\S+)", requirements.read_text(), re.MULTILINE)
    return str(version)


def test_the_storage_goes_with_the_locked_dagster() -> None:
    major, minor, patch = pinned(ROOT / "requirements.txt", "dagster").split(".")
    assert major == "1"  # whose libraries are numbered 0.(minor + 16).patch
    assert pinned(DEPLOY / "requirements.txt", "dagster-postgres") == f"0.{int(minor) + 16}.{patch}"


@pytest.mark.slow
def test_dagster_takes_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config: dict[str, Any] = yaml.safe_load(CONFIG)
    assert config.pop("storage") == {"postgres": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("DAGSTER_LOGS_BUCKET", "logs")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.compute_log_manager, S3ComputeLogManager)
        concurrency = instance.get_concurrency_config()
        assert concurrency.run_queue_config is not None
        assert concurrency.run_queue_config.max_concurrent_runs == 2
        assert concurrency.pool_config.default_pool_limit == 1
        assert instance.run_retries_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert not instance.telemetry_enabled


def test_a_day_by_the_role_puts_its_logs_on_s3_and_gives_its_place_in_the_pool_back(
    stack: Stack, own_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: dict[str, Any] = yaml.safe_load(CONFIG)
    del config["storage"]  # PostgreSQL there, SQLite here
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text(yaml.safe_dump(config))
    bucket = stack.settings["DAGSTER_LOGS_BUCKET"]
    for name, value in (stack.aws.environment(stack.credentials()) | {"DAGSTER_LOGS_BUCKET": bucket}).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "few.dqdl").write_text("Rules = [ RowCount > 1 ]")
    few = own_settings.model_copy(update={"ruleset": tmp_path / "few.dqdl"})
    land_sample(few, rows=20)
    with DagsterInstance.from_config(str(tmp_path / "home")) as instance:
        job = pipeline(ingestion(few)).resolve_job_def(JOB)  # not quiet: what is said is what is kept
        result = job.execute_in_process(instance=instance, partition_key=DAY.isoformat())
        pools = {name: instance.event_log_storage.get_concurrency_info(name) for name in (WAREHOUSE_POOL,)}
    assert {name: (pool.slot_count, pool.active_slot_count) for name, pool in pools.items()} == {"warehouse": (1, 0)}
    listed = stack.pipeline("s3").list_objects_v2(Bucket=bucket, Prefix=f"compute-logs/storage/{result.run_id}/")
    logs = [found["Key"].rpartition("/")[2] for found in listed["Contents"]]
    assert any(name.endswith(".err") for name in logs)


def test_every_variable_is_documented() -> None:
    documented = (ROOT / "docs" / "aws.md").read_text()
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
