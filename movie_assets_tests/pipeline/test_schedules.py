"""The morning's run, and when there is nothing left for it to do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from movie_assets.alerts import Outbox
from movie_assets.definitions import pipeline
from movie_assets.lake import open_lake
from movie_assets.lake.base import manifest_place
from movie_assets.pipeline.alerting import deliver, deliver_from_command_line
from movie_assets.pipeline.home import open_instance
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import DAY, JOB, ingestion, land_golden, land_sample, run, settings_in

pytestmark = pytest.mark.slow

SIX = datetime(2024, 3, 24, 6, tzinfo=UTC)


@pytest.fixture
def instance(own_settings: Settings) -> Iterator[dg.DagsterInstance]:
    """One on disk: what evaluates a schedule opens it again."""
    with open_instance(own_settings) as made:
        yield made


def asked(given: Settings, instance: dg.DagsterInstance, moment: datetime = SIX) -> list[str | None] | str:
    """The partitions that are asked for, or why none is."""
    repository = pipeline(ingestion(given)).get_repository_def()
    with dg.build_schedule_context(instance, moment, repository_def=repository) as context:
        tick = repository.get_schedule_def("daily_movies").evaluate_tick(context)
    return tick.skip_message or [request.partition_key for request in tick.run_requests or []]


@pytest.mark.parametrize(
    ("timezone", "hour", "day"),
    [("UTC", 6, "2024-03-24"), ("Asia/Tokyo", 21, "2024-03-25"), ("America/New_York", 10, "2024-03-24")],
)
def test_it_asks_for_the_day_it_is_there(
    tmp_path: Path, instance: dg.DagsterInstance, timezone: str, hour: int, day: str
) -> None:
    given = settings_in(tmp_path, timezone=timezone)
    schedule = pipeline(ingestion(given)).resolve_schedule_def("daily_movies")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", timezone)
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert asked(given, instance, SIX.replace(hour=hour)) == [day]


def test_a_day_without_a_file_is_asked_for_so_that_it_fails(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert asked(own_settings, instance) == ["2024-03-24"]


def test_a_morning_without_a_file_is_told_once_by_whoever_looks(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert asked(own_settings, instance) == [DAY.isoformat()]
    assert not run(own_settings, instance).success
    given, outbox, now = ingestion(own_settings), (Outbox(own_settings.outbox),), datetime.now(UTC)
    assert deliver_from_command_line(given, instance, outbox, now).sent == 1
    assert deliver(given, instance, outbox, None, now).sent == 0
    [text] = own_settings.outbox.glob("*.txt")
    assert text.read_text().startswith("Movies 2024-03-24: no file has landed\n\n")


def test_what_was_run_is_not_run_again_but_for_another_file(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    assert asked(own_settings, instance) == ["2024-03-24"]
    done = run(own_settings, instance)
    land_golden(own_settings)
    assert asked(own_settings, instance) == (
        f"run {done.run_id} has done 2024-03-24 for this file; again by: movies run --day 2024-03-24"
    )
    land_sample(own_settings, rows=3)
    assert asked(own_settings, instance) == ["2024-03-24"]


def test_a_judged_day_that_was_not_loaded_is_run_again(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    broken = own_settings.model_copy(update={"warehouse": str(Path(own_settings.lake))})
    assert not run(broken, instance).success
    assert open_lake(own_settings.lake).report(DAY) is not None
    assert asked(own_settings, instance) == ["2024-03-24"]


def test_a_day_that_is_worked_on_is_left_to_that_run(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    tags = {PARTITION: DAY.isoformat()}
    working = create_run_for_test(instance, job_name=JOB, tags=tags, status=dg.DagsterRunStatus.STARTED)
    assert asked(own_settings, instance) == f"run {working.run_id} works on 2024-03-24"


def test_a_lake_that_cannot_be_read_does_not_lose_the_morning(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    manifest = Path(own_settings.lake, manifest_place(DAY))
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    assert asked(own_settings, instance) == ["2024-03-24"]
