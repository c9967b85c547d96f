"""A run of the command line as the UI shows it."""

import os
import tomllib
from pathlib import Path

import dagster as dg
import pytest
import yaml

from movie_assets.definitions import pipeline
from movie_assets.pipeline.running import CODE_LOCATION, PROCESS, run_day
from movie_assets.settings import Settings
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import DAY, JOB, ingestion, land_golden

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_a_run_belongs_to_the_code_location_that_the_timeline_shows(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    done = run_day(FEED, pipeline(ingestion(own_settings)).resolve_job_def(JOB), instance, DAY)
    assert done.problem is None
    run = instance.get_run_by_id(done.run_id)
    assert run is not None
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == CODE_LOCATION
    [of_job] = instance.get_runs(dg.RunsFilter(tags={".dagster/repository": f"__repository__@{CODE_LOCATION}"}))
    assert of_job.run_id == run.run_id
    assert run.tags["dagster/partition"] == "2024-03-24"
    assert run.tags[PROCESS].endswith(f":{os.getpid()}")
    shown = {name for name in run.tags if not name.startswith(".dagster/")}
    assert shown == {"dagster/partition", "dagster/partition_set", "dagster/code_location"}


def test_the_code_location_has_one_name() -> None:
    [local] = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    [deployed] = yaml.safe_load((ROOT / "deploy" / "workspace.yaml").read_text())["load_from"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dagster"]
    assert local["python_module"]["location_name"] == CODE_LOCATION  # and what `dagster dev -m` makes of the module
    assert deployed["grpc_server"]["location_name"] == CODE_LOCATION
    assert project["code_location_name"] == CODE_LOCATION
