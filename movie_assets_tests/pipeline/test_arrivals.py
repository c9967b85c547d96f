"""A landed file starts its day's run once for each version, on every lake."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from movie_assets.errors import LakeError
from movie_assets.lake.base import manifest_place
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.pipeline.arrivals import RUN_KEY, News, Poll, poll
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.settings import Settings
from movie_assets_tests.support.days import DAY, day_report
from movie_assets_tests.support.lakes import Store, local_store, s3_lake, s3_store
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.pipeline import JOB, ingestion, settings_in
from movie_assets_tests.support.proxy import FaultProxy

NEXT_DAY = DAY + timedelta(days=1)
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dataclass
class World:
    """A lake, the runs of its days, and a look at both an hour from now: every file has settled."""

    store: Store
    settings: Settings
    instance: dg.DagsterInstance
    folder: Path

    def land(self, content: bytes, day: date = DAY, name: str = "movies.csv") -> None:
        source = self.folder / name
        source.write_bytes(content)
        sleep(0.01)  # two landings at one moment are one to nobody
        self.store.lake.land(source, day)

    def judge(self, day: date = DAY) -> None:
        landed = self.store.lake.landed(day)
        self.store.lake.publish(replace(day_report(day), source=landed))

    def run(self, news: News, status: dg.DagsterRunStatus) -> None:
        tags = {RUN_KEY: news.run_key, PARTITION: news.arrival.day.isoformat()}
        create_run_for_test(self.instance, job_name=JOB, tags=tags, status=status)

    @property
    def ingestion(self) -> Ingestion:
        return replace(ingestion(self.settings), lake=self.store.lake)

    def poll(self, cursor: str | None = None, *, age: timedelta = timedelta(hours=1), **limits: Any) -> Poll:
        now = datetime.now(UTC) + age
        return poll(self.ingestion, self.instance, cursor, now, **limits)

    def new(self, cursor: str | None = None) -> list[str]:
        found = self.poll(cursor)
        assert (found.problems, found.waiting) == ([], [])
        return [f"{news.arrival.day} {news}" for news in found.news]

    @property
    def local(self) -> bool:
        return not isinstance(self.store.lake, S3Lake)


@pytest.fixture(params=["local", "s3"])
def world(request: pytest.FixtureRequest, tmp_path: Path, instance: dg.DagsterInstance) -> World:
    if request.param == "local":
        store = local_store(tmp_path / "lake")
    else:
        store = s3_store(request.getfixturevalue("ministack"), request.getfixturevalue("bucket"))
    return World(store, settings_in(tmp_path), instance, tmp_path)


def test_a_file_that_was_never_judged_is_new(world: World) -> None:
    world.land(b"a,b\r\n")
    found = world.poll()
    [news] = found.news
    landed = world.store.lake.landed(DAY)
    version = landed.size if world.local else landed.version
    assert news.run_key == f"{landed.uri} {version} {landed.landed_at.isoformat()}"
    assert news.run_key == world.poll().news[0].run_key


@pytest.mark.parametrize("status", [*FINISHED, dg.DagsterRunStatus.NOT_STARTED], ids=lambda status: status.value)
def test_a_version_is_asked_for_once_whatever_became_of_it(world: World, status: dg.DagsterRunStatus) -> None:
    world.land(b"a,b\r\n")
    world.run(world.poll().news[0], status)
    assert world.new() == []


def test_turned_on_late_it_starts_only_what_was_never_judged(world: World) -> None:
    for number in range(12):
        day = DAY + timedelta(days=number)
        world.land(b"a,b\r\n", day)
        if number not in (3, 10):
            world.judge(day)
    assert world.new() == ["2024-03-27 movies.csv", "2024-04-03 movies.csv"]


def test_a_month_with_nothing_left_to_do_is_not_looked_at_again(world: World) -> None:
    world.land(b"a,b\r\n")
    world.judge()
    cursor = world.poll().cursor
    world.store.put(manifest_place(DAY), b"would be a problem")
    assert world.new(cursor) == []
    world.land(b"a,b\r\n", date(2024, 4, 1))
    assert world.new(cursor) == ["2024-04-01 movies.csv"]
    world.land(b"a,b\r\n", NEXT_DAY)
    assert "is not a report of a judged day" in world.poll(cursor).problems[0]


@pytest.mark.parametrize("name", ["movies.csv", "again.csv"], ids=["same name", "other name"])
def test_the_same_bytes_sent_again_are_not_judged_again(world: World, name: str) -> None:
    world.land(b"a,b\r\n1,2\r\n")
    world.judge()
    cursor = world.poll().cursor
    world.land(b"a,b\r\n1,2\r\n", name=name)
    assert world.store.lake.arrivals()[0].landed_at > world.store.lake.report(DAY).source.landed_at  # type: ignore[union-attr]
    assert world.new(cursor) == []


@pytest.mark.parametrize("name", ["movies.csv", "again.csv"], ids=["same name", "other name"])
def test_other_bytes_sent_again_run_the_day_again(world: World, name: str) -> None:
    keys = []
    for content in (b"one", b"two", b"one"):
        world.land(content, name=name if content == b"two" else "movies.csv")
        [news] = world.poll().news
        keys.append(news.run_key)
        world.run(news, dg.DagsterRunStatus.SUCCESS)
        world.judge()
        assert world.new() == []
    assert len(set(keys)) == 3


def test_a_large_object_has_the_version_of_its_parts(
    ministack: Ministack, bucket: str, own_settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    world = World(s3_store(ministack, bucket), own_settings, instance, tmp_path)
    content = bytes(9 << 20)
    world.land(content)
    [news] = world.poll().news
    assert str(news.arrival.version).endswith("-2")
    world.judge()
    world.land(content)
    assert world.new() == []


def test_a_removed_file_is_no_news(world: World) -> None:
    world.store.put(f"landing/ingest_date={DAY}/old.csv", b"old")
    sleep(0.01)
    world.store.put(f"landing/ingest_date={DAY}/new.csv", b"new")
    assert world.new() == [f"{DAY} new.csv, the newest of 2 files"]
    world.judge()
    world.land(b"other", NEXT_DAY)
    world.judge(NEXT_DAY)
    cursor = world.poll().cursor
    world.store.remove(f"landing/ingest_date={DAY}/new.csv")
    assert world.new(cursor) == []
    world.store.remove(f"landing/ingest_date={DAY}/old.csv")
    assert world.new(cursor) == []


@pytest.mark.slow
def test_a_look_asks_for_few_runs_and_the_next_goes_on(world: World) -> None:
    days = [date(2024, 3, 20) + timedelta(days=number) for number in range(25)]
    for day in days:
        world.store.put(f"landing/ingest_date={day}/movies.csv", b"a,b\r\n")
    cursor, asked = None, []
    for expected in (10, 10, 5, 0):
        found = world.poll(cursor, runs=10)
        assert len(found.news) == expected
        for news in found.news:
            world.run(news, dg.DagsterRunStatus.NOT_STARTED)
        asked += [news.arrival.day for news in found.news]
        cursor = found.cursor
    assert asked == days


def test_a_look_without_time_loses_nothing(world: World) -> None:
    world.land(b"a,b\r\n")
    found = world.poll(seconds=0)
    assert (found.news, found.cursor) == ([], "{}")
    assert world.new(found.cursor) == [f"{DAY} movies.csv"]


@pytest.mark.parametrize("modified", [None, 0, 2_000_000_000], ids=["now", "long ago", "in the future"])
def test_a_file_in_a_folder_has_to_lie_still_for_a_while(world: World, modified: int | None) -> None:
    world.land(b"a,b\r\n")
    if modified is not None and world.local:
        path = Path(world.store.lake.landed(DAY).uri)
        os.utime(path, (modified, modified))
    soon = world.poll(age=timedelta(seconds=20))
    if not world.local:
        assert len(soon.news) == 1
        return
    assert (soon.news, soon.cursor) == ([], "{}")
    assert soon.waiting[0].startswith(f"{DAY}: movies.csv was written to ")
    assert len(world.poll(soon.cursor, age=timedelta(seconds=40)).news) == 1


def test_a_day_that_is_worked_on_waits(world: World) -> None:
    world.land(b"a,b\r\n")
    tags = {PARTITION: DAY.isoformat()}
    run = create_run_for_test(world.instance, job_name=JOB, tags=tags, status=dg.DagsterRunStatus.STARTED)
    found = world.poll()
    assert (found.news, found.waiting) == ([], [f"{DAY}: run {run.run_id} works on the day"])
    world.instance.report_run_failed(run)
    assert world.new(found.cursor) == [f"{DAY} movies.csv"]


def test_a_day_without_a_partition_waits_for_it(world: World) -> None:
    today = datetime.now(UTC).date()
    tomorrow, before = today + timedelta(days=1), world.settings.start_date - timedelta(days=1)
    for day in (before, tomorrow):
        world.store.put(f"landing/ingest_date={day}/movies.csv", b"a,b\r\n")
    found = world.poll(age=timedelta(0))
    assert (found.news, found.strange) == ([], [before, tomorrow])
    later = world.poll(found.cursor, age=timedelta(days=1))
    assert ([news.arrival.day for news in later.news], later.strange) == ([tomorrow], [before])


def test_damaged_manifests_hold_up_their_own_days_only(world: World) -> None:
    days = [DAY + timedelta(days=number) for number in range(5)]
    for day in days:
        world.land(b"a,b\r\n", day)
    for day in days[:-1]:
        world.store.put(manifest_place(day), b"")
    found = world.poll()
    assert ([news.arrival.day for news in found.news], len(found.problems)) == ([days[-1]], 4)
    assert f"{manifest_place(DAY)} is not a report of a judged day" in found.problems[0]
    assert f"movies run --day {DAY}" in found.problems[0]
    assert found.cursor == "{}"


def test_a_bucket_that_does_not_answer_is_named(
    ministack: Ministack, bucket: str, aws_proxy: FaultProxy, own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    lake = s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint)
    with (
        aws_proxy.down(),
        pytest.raises(LakeError, match=rf"Can't list s3://{bucket}/movies/landing/: S3: .* can't be reached"),
    ):
        poll(replace(ingestion(own_settings), lake=lake), instance, None, datetime.now(UTC))


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    store = local_store(tmp_path / "lake")
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "landing").symlink_to("landing")
    with pytest.raises(LakeError, match=r"Can't read .*/lake/landing: Too many levels"):
        poll(replace(ingestion(own_settings), lake=store.lake), instance, None, datetime.now(UTC))
