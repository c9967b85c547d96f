"""Two runs of one day: the evaluation that stands is the one that is loaded, and by its own run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from movie_assets.definitions import pipeline
from movie_assets.judging.judge import judge_day
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.lake import Lake, open_lake
from movie_assets.pipeline.ingestion import Progress
from movie_assets.pipeline.running import QUIET
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.pipeline import DAY, JOB, ingestion, land_golden, materialized, run

pytestmark = pytest.mark.slow


def judge_as(settings: Settings, lake: Lake, run_id: str, day: date = DAY) -> None:
    loaded = load_ruleset(settings.ruleset)
    judge_day(lake, FEED, day, loaded=loaded, settings=settings, run_id=run_id, now=datetime(2024, 3, 25, tzinfo=UTC))


class JudgedMeanwhile(Progress):
    """Another run judges the day just as this one is about to load it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, doing: str) -> None:
        if doing == "loading":
            judge_as(self.settings, open_lake(self.settings.lake), "another-run")


def test_a_run_does_not_load_what_another_run_judged_after_it(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    job = pipeline(ingestion(own_settings, JudgedMeanwhile(own_settings))).resolve_job_def(JOB)
    result = job.execute_in_process(
        instance=instance, partition_key=DAY.isoformat(), raise_on_error=False, run_config=QUIET
    )
    assert not result.success
    refused = [event for event in result.all_events if event.is_step_failure]
    assert {event.step_key for event in refused} == {"imdb_movies_rating"}  # the rules are reported before the load
    failure = refused[0].step_failure_data
    assert failure.user_failure_data is not None
    assert "Run another-run judged 2024-03-24 after this run did" in (failure.user_failure_data.description or "")
    assert open_warehouse(own_settings.warehouse, FEED).loaded() == {}


def test_a_load_alone_takes_what_stands(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    judge_as(own_settings, open_lake(own_settings.lake), "earlier-run")
    result = run(own_settings, instance, asset_selection=[dg.AssetKey("imdb_movies_rating")])
    assert result.success
    assert materialized(result) == {"imdb_movies_rating"}
    assert open_warehouse(own_settings.warehouse, FEED).loaded() == {DAY: 20}


def test_a_load_of_a_day_never_judged_says_so(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    result = run(own_settings, instance, asset_selection=[dg.AssetKey("imdb_movies_rating")])
    [failure] = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.user_failure_data is not None
    assert (failure.user_failure_data.description or "").startswith("2024-03-24 was not judged yet.")


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    with open_lake(settings.lake).lock(DAY):
        yield


def test_a_day_another_run_works_on_is_left_alone(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    land_golden(own_settings)
    with held(own_settings):
        result = run(own_settings, instance)
    assert not result.success
    assert materialized(result) == {"raw_movies"}
    assert run(own_settings, instance).success
