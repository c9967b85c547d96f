import pytest

from movie_assets.movies.sample.films import HEADER
from movie_assets_tests.support.feeds import CONTRACT

FIELDS = """
Poster_Link    poster_link    string VARCHAR(MAX)  65535 False
Series_Title   series_title   string VARCHAR(MAX)  65535 False
Released_Year  released_year  string VARCHAR(10)      10 False
Certificate    certificate    string VARCHAR(50)      50 False
Runtime        runtime        string VARCHAR(50)      50 False
Genre          genre          string VARCHAR(200)    200 False
IMDB_Rating    imdb_rating    double DECIMAL(10,2)  None False
Overview       overview       string VARCHAR(MAX)  65535 False
Meta_score     meta_score     long   INT            None True
Director       director       string VARCHAR(200)    200 False
Star1          star1          string VARCHAR(200)    200 False
Star2          star2          string VARCHAR(200)    200 False
Star3          star3          string VARCHAR(200)    200 False
Star4          star4          string VARCHAR(200)    200 False
No_of_Votes    no_of_votes    long   INT            None False
Gross          gross          string VARCHAR(20)      20 False
"""


def test_the_contract_is_the_sixteen_columns_of_the_file() -> None:
    found = [
        [c.name, c.stored_name, c.kind, c.target_type, str(c.max_bytes), str(c.nullable)] for c in CONTRACT.columns
    ]
    assert found == [line.split() for line in FIELDS.strip().splitlines()]


def test_every_column_says_what_it_holds() -> None:
    assert all(len(column.description) > 10 for column in CONTRACT.columns)


def test_the_sample_writes_the_columns_of_the_contract() -> None:
    assert [column.name for column in CONTRACT.columns] == list(HEADER)


def test_a_column_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        CONTRACT.columns[0].nullable = True  # type: ignore[misc]
