"""The feed of movies, as tests use it."""

from datetime import date

from movie_assets.feed import Feed
from movie_assets.movies.feed import BY_YEAR_AND_GENRE, CONTRACT, movies
from movie_assets.settings import PACKAGED_RULESET, Settings

__all__ = ["AGGREGATE_TABLE", "BY_YEAR_AND_GENRE", "CONTRACT", "FEED", "LOAD_AUDIT", "TABLE", "feed_of"]

FEED = movies(PACKAGED_RULESET, date(2024, 3, 1))
TABLE, LOAD_AUDIT, AGGREGATE_TABLE = FEED.table, FEED.load_audit, BY_YEAR_AND_GENRE.table


def feed_of(settings: Settings) -> Feed:
    """The feed of movies as the settings have it."""
    return movies(settings.ruleset, settings.start_date)
