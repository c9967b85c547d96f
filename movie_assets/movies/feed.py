"""The feed of movies: a daily file of IMDb's ratings."""

from datetime import date
from pathlib import Path

from movie_assets.contract import Contract
from movie_assets.feed import Aggregate, AggregateColumn, Feed

CONTRACT = Contract("movie_assets.movies.contract:Movie")

_DIGITS = " UNION ALL ".join(f"SELECT {digit} AS d" for digit in range(10))
# GENRE has at most 200 bytes, so at most 201 parts; Redshift has no function that returns rows from a text or a range.
_PART_NUMBERS = f"SELECT a.d + 10 * b.d + 100 * c.d + 1 AS n FROM ({_DIGITS}) a, ({_DIGITS}) b, ({_DIGITS}) c"

BY_YEAR_AND_GENRE = Aggregate(
    name="movies_by_year_and_genre",
    table="movies.year_aggregated_genre",
    columns={
        "released_year": AggregateColumn("VARCHAR(10)", "released_year"),
        "genre": AggregateColumn("VARCHAR(200)", "genre"),
        "movies": AggregateColumn("BIGINT"),
        "average_rating": AggregateColumn("DOUBLE PRECISION", "imdb_rating", nullable=True),
        "total_votes": AggregateColumn("BIGINT", "no_of_votes", nullable=True),
    },
    select=f"""
SELECT day_rows.released_year, parts.single_genre, count(*), avg(CAST(day_rows.imdb_rating AS DOUBLE PRECISION)),
    sum(CAST(day_rows.no_of_votes AS BIGINT))
FROM day_rows JOIN (
    SELECT DISTINCT genres.genre, trim(split_part(genres.genre, ',', CAST(numbers.n AS INT))) AS single_genre
    FROM (SELECT DISTINCT genre FROM day_rows) AS genres
    JOIN ({_PART_NUMBERS}) AS numbers
    ON numbers.n <= length(genres.genre) - length(replace(genres.genre, ',', '')) + 1
) AS parts ON day_rows.genre = parts.genre
WHERE parts.single_genre <> ''
GROUP BY day_rows.released_year, parts.single_genre
""",
    description="Films, mean rating and votes of the day by year and single genre; a film of two genres counts in "
    "both, one without a genre in none.",
)


def movies(ruleset: Path, start_date: date) -> Feed:
    """The feed with a ruleset and a first day."""
    return Feed(
        name="movies",
        contract=CONTRACT,
        ruleset=ruleset,
        table="movies.imdb_movies_rating",
        start_date=start_date,
        title="series_title",
        shown=("series_title", "released_year", "genre", "imdb_rating", "meta_score", "no_of_votes"),
        aggregates=(BY_YEAR_AND_GENRE,),
        description="IMDb's rating of movies.",
        prefix="",
    )
