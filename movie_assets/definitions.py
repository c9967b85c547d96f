"""START HERE: every asset, check, job, schedule, sensor and resource of the pipeline, by name."""

import dagster as dg

from movie_assets.alerts import configured_audience
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.lake import configured_lake
from movie_assets.pipeline.assets import imdb_movies_rating, judged_movies, movies_by_year_and_genre, raw_movies
from movie_assets.pipeline.checks import rule_checks
from movie_assets.pipeline.file_arrival import file_arrival
from movie_assets.pipeline.partitions import daily_partitions
from movie_assets.pipeline.reporting import Progress
from movie_assets.pipeline.schedules import daily_schedule, movies_day
from movie_assets.pipeline.sensors import failed_rules_alert
from movie_assets.settings import Settings, settings
from movie_assets.warehouse import configured_warehouse


@dg.definitions
def movies() -> dg.Definitions:
    """The pipeline as the environment says now; a ruleset that can't be meant is refused here."""
    return pipeline(settings())


def pipeline(settings: Settings, progress: Progress | None = None) -> dg.Definitions:
    """The pipeline of the given settings; `progress` hears what long steps are doing.

    Raises:
        RulesetError: the ruleset is refused, with line, caret and hint.
    """
    ruleset = load_ruleset(settings.ruleset)
    days = daily_partitions(settings)
    job = movies_day()
    return dg.Definitions(
        assets=[
            raw_movies(days, settings),
            judged_movies(days),  # validated_movies, bad_movies, rule_outcomes
            imdb_movies_rating(days, settings),
            movies_by_year_and_genre(days, settings),
        ],
        asset_checks=[rule_checks(days, ruleset, settings)],  # a check per rule, and the gate before the load
        jobs=[job],
        schedules=[daily_schedule(job, settings)],
        sensors=[file_arrival(job), failed_rules_alert()],
        resources={
            "settings": settings,
            "ruleset": ruleset,
            "lake": configured_lake(settings),
            "warehouse": configured_warehouse(settings),
            "audience": configured_audience(settings),
            "progress": progress or Progress(),
        },
        executor=dg.in_process_executor,
    )
