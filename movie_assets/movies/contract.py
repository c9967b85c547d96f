"""The model of a movie: the only definition of its 16 columns."""

from typing import Any

import pandera.polars as pa

from movie_assets.contract import MAX_BYTES


def _text(title: str, max_bytes: int, description: str) -> Any:
    return pa.Field(title=title, description=description, metadata={"max_bytes": max_bytes})


def _number(title: str, target: str, low: int, high: int, description: str, nullable: bool = False) -> Any:
    return pa.Field(
        title=title,
        description=description,
        metadata={"target_type": target},
        in_range=(low, high),
        nullable=nullable,
    )


class Movie(pa.DataFrameModel):
    """A film on one day. A blank cell is the empty string in a text column and null in a number column."""

    poster_link: str = _text("Poster_Link", MAX_BYTES, "Address of the poster's picture")
    series_title: str = _text("Series_Title", MAX_BYTES, "Title of the film")
    released_year: str = _text("Released_Year", 10, "Year of release, as four digits")
    certificate: str = _text("Certificate", 50, "Age rating; blank where there is none")
    runtime: str = _text("Runtime", 50, 'Length in minutes: "142 min"')
    genre: str = _text("Genre", 200, 'Genres in alphabetical order: "Crime, Drama"')
    imdb_rating: float = _number("IMDB_Rating", "DECIMAL(10,2)", 0, 10, "Mean rating of the voters, 0 to 10")
    overview: str = _text("Overview", MAX_BYTES, "The story in one or two sentences")
    meta_score: int = _number("Meta_score", "INT", 0, 100, "Mean rating of the critics, 0 to 100", nullable=True)
    director: str = _text("Director", 200, "Name of the director")
    star1: str = _text("Star1", 200, "Name of the first actor")
    star2: str = _text("Star2", 200, "Name of the second actor")
    star3: str = _text("Star3", 200, "Name of the third actor")
    star4: str = _text("Star4", 200, "Name of the fourth actor")
    no_of_votes: int = _number("No_of_Votes", "INT", 0, 2**31 - 1, "How many people rated the film")
    gross: str = _text("Gross", 20, 'Earnings in US dollars: "28,341,469"; blank where unknown')
