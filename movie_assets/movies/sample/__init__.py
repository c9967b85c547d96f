"""A deterministic look-alike of the daily feed: fictional films, any number of rows, any day, dirt by name."""

from movie_assets.movies.sample.dirt import DIRT
from movie_assets.movies.sample.golden import write_golden
from movie_assets.movies.sample.writer import FIRST_DAY, SampleReport, write_sample

__all__ = ["DIRT", "FIRST_DAY", "SampleReport", "write_golden", "write_sample"]
