"""The arrival sensor as Dagster evaluates it, and the runs it starts."""

import logging
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import RunRequest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.sensor import execute_sensor_iteration

from movie_assets.definitions import pipeline
from movie_assets.errors import LakeError
from movie_assets.lake import open_lake
from movie_assets.lake.base import manifest_place
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.pipeline.home import CONFIG, DAGSTER_YAML, open_instance
from movie_assets.settings import Settings, settings
from movie_assets_tests.support.pipeline import DAY, JOB, ingestion, land_golden, settings_in
from movie_assets_tests.support.waiting import until

NEXT_DAY = DAY + timedelta(days=1)
SENSOR = "file_arrival"


@pytest.fixture(params=["local", "s3"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a lake in a folder, and of one on S3 as production opens it."""
    (tmp_path / "files").mkdir()
    if request.param == "local":
        return settings_in(tmp_path, arrival_settle_seconds=0)
    request.getfixturevalue("aws_environment")
    return settings_in(tmp_path, lake=f"s3://{request.getfixturevalue('bucket')}/movies")


def land(given: Settings, folder: Path, content: str, day: object = DAY) -> None:
    source = folder / "movies.csv"
    source.write_text(content)
    open_lake(given.lake).land(source, DAY if day == DAY else NEXT_DAY)


def damage(given: Settings) -> None:
    """Put something in the place of the day's manifest that is none."""
    lake = open_lake(given.lake)
    if isinstance(lake, S3Lake):
        lake.objects.put(manifest_place(DAY), b"{}")
    else:
        path = Path(given.lake, manifest_place(DAY))
        path.parent.mkdir(parents=True)
        path.write_bytes(b"{}")


def tick(given: Settings, instance: dg.DagsterInstance, cursor: str | None = None) -> SensorExecutionData:
    definitions = pipeline(ingestion(given))
    context = dg.build_sensor_context(instance, cursor, definitions=definitions)
    with context:
        return definitions.resolve_sensor_def(SENSOR).evaluate_tick(context)


def run(given: Settings, instance: dg.DagsterInstance, request: RunRequest) -> dg.ExecuteInProcessResult:
    """What the daemon makes of a request, in this process."""
    tags = {**request.tags, "dagster/run_key": str(request.run_key), "dagster/sensor_name": SENSOR}
    job = pipeline(ingestion(given)).resolve_job_def(JOB)
    return job.execute_in_process(
        instance=instance, partition_key=request.partition_key, tags=tags, raise_on_error=False
    )


def test_it_is_off_until_somebody_turns_it_on(own_settings: Settings) -> None:
    assert pipeline(ingestion(own_settings)).resolve_sensor_def(SENSOR).default_status is dg.DefaultSensorStatus.STOPPED


@pytest.mark.slow
def test_a_landed_file_is_run_once_and_a_re_sent_one_again(
    given: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    seen = []
    cursor = None
    for content in ("no,header,of,ours\r\n", "nor,this\r\n"):
        land(given, tmp_path, content)
        first = tick(given, instance, cursor)
        [request] = first.run_requests or []
        assert first.cursor not in (None, cursor)
        assert (request.partition_key, request.tags["dagster/partition"]) == ("2024-03-24", "2024-03-24")
        assert request.tags["file"] == "movies.csv"
        assert [again.run_key for again in tick(given, instance, cursor).run_requests or []] == [request.run_key]
        result = run(given, instance, request)
        assert not result.success  # such a file can't be judged, and is not tried again
        seen.append(request.run_key)
        for cursor in (first.cursor, None):
            nothing = tick(given, instance, cursor)
            assert (nothing.run_requests, nothing.skip_message) == ([], f"no file to run in {given.lake}/landing")
    assert seen[0] != seen[1]


@pytest.mark.slow
def test_a_judged_day_is_not_run_for_a_new_ruleset(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    quick = own_settings.model_copy(update={"arrival_settle_seconds": 0})
    land_golden(quick)
    [request] = tick(quick, instance).run_requests or []
    assert run(quick, instance, request).success
    ruleset = Path(own_settings.lake).parent / "other.dqdl"
    ruleset.write_text("Rules = [ RowCount > 0 ]")
    with dg.DagsterInstance.ephemeral() as knows_no_run:
        changed = tick(quick.model_copy(update={"ruleset": ruleset}), knows_no_run)
    assert changed.run_requests == []


def test_a_tick_without_a_run_says_what_it_left(given: Settings, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    land(given, tmp_path, "a,b\r\n")
    early = given.model_copy(update={"start_date": NEXT_DAY})
    said = tick(early, instance).skip_message or ""
    assert said.endswith("/landing; files of days that have no partition: 2024-03-24")
    if not isinstance(open_lake(given.lake), S3Lake):
        patient = given.model_copy(update={"arrival_settle_seconds": 60.0})
        said = tick(patient, instance).skip_message or ""
        assert "; left to the next look: 2024-03-24: movies.csv was written to " in said


def test_a_tick_that_cannot_look_is_red(given: Settings, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    gone = given.model_copy(update={"lake": given.lake.replace("s3://", "s3://no-")})
    if given.lake.startswith("s3://"):
        with pytest.raises(LakeError, match=r"Can't list s3://no-.*/movies/landing/: S3 ListObjectsV2: .*NoSuchBucket"):
            tick(gone, instance)
    land(given, tmp_path, "a,b\r\n")
    damage(given)
    with pytest.raises(LakeError, match=r"evaluation\.json is not a report of a judged day"):
        tick(given, instance)
    land(given, tmp_path, "a,b\r\n", NEXT_DAY)
    assert [request.partition_key for request in tick(given, instance).run_requests or []] == ["2024-03-25"]


@pytest.mark.slow
def test_the_daemon_starts_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings_in(tmp_path)
    for name in ("lake", "warehouse", "outbox", "dagster_home"):
        monkeypatch.setenv(f"MOVIES_{name.upper()}", str(getattr(own, name)))
    monkeypatch.setenv("MOVIES_ARRIVAL_SETTLE_SECONDS", "0")
    own.dagster_home.mkdir()
    at_once = "run_coordinator:\n  module: dagster._core.run_coordinator\n  class: DefaultRunCoordinator\n"
    (own.dagster_home / CONFIG).write_text(DAGSTER_YAML.partition("concurrency:")[0] + at_once)
    land_golden(own)
    target = ModuleTarget("movie_assets.definitions", attribute=None, working_directory=None, location_name="movies")
    with open_instance(settings()) as instance, create_test_daemon_workspace_context(target, instance) as workspace:
        [location] = workspace.create_request_context().get_code_location_entries().values()
        assert location.code_location, location.load_error
        [repository] = location.code_location.get_repositories().values()
        instance.start_sensor(repository.get_sensor(SENSOR))
        list(execute_sensor_iteration(workspace, logging.getLogger("daemon"), None, None))
        until(lambda: instance.get_runs()[0].is_finished)
        [made] = instance.get_runs()
    assert (made.status, made.tags["dagster/partition"]) == (dg.DagsterRunStatus.SUCCESS, "2024-03-24")
    report = open_lake(own.lake).report(DAY)
    assert report is not None
    assert (report.run_id, report.accepted) == (made.run_id, 20)
