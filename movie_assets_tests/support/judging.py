"""Days judged without Dagster: a file of a few films, a ruleset's text, a report."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from movie_assets.judging.judge import judge_day
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.lake import open_lake
from movie_assets.model import DayReport
from movie_assets.settings import Settings
from movie_assets_tests.support.feeds import CONTRACT, FEED

NOW = datetime(2024, 3, 27, 6, tzinfo=UTC)

FILM: Mapping[str, str] = {
    "Poster_Link": "https://posters.example/a.jpg",
    "Series_Title": "The Quiet Harbour",
    "Released_Year": "1994",
    "Certificate": "A",
    "Runtime": "142 min",
    "Genre": "Crime, Drama",
    "IMDB_Rating": "9.3",
    "Overview": "A lighthouse keeper counts ships that never come.",
    "Meta_score": "80",
    "Director": "Ana Lind",
    "Star1": "A",
    "Star2": "B",
    "Star3": "C",
    "Star4": "D",
    "No_of_Votes": "2343110",
    "Gross": "28,341,469",
}
"""A film that breaks nothing."""


def csv_of(films: Sequence[Mapping[str, str]], header: Sequence[str] | None = None) -> str:
    """A file of films: each FILM with some cells of its own."""
    names = list(header or [column.name for column in CONTRACT.columns])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([({**FILM, **film}).get(name, "") for name in names] for film in films)
    return text.getvalue()


def judge_text(
    settings: Settings, text: str | bytes, rules: str = "RowCount >= 0", day: date = date(2024, 3, 24)
) -> DayReport:
    """The report of a day whose file holds this text, by these rules; both are put beside the lake."""
    folder = Path(settings.lake).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "movies.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    (folder / "rules.dqdl").write_text(f"Rules = [ {rules} ]")
    lake = open_lake(settings.lake)
    lake.land(folder / "movies.csv", day)
    loaded = load_ruleset(folder / "rules.dqdl")
    return judge_day(lake, FEED, day, loaded=loaded, settings=settings, run_id="run", now=NOW)


def rows_of(settings: Settings, report: DayReport, dataset: str, sql: str = "*") -> list[tuple[Any, ...]]:
    """What SQL says of the files of a dataset that the report names; by line number where there is one."""
    with open_lake(settings.lake).local_files(report, dataset) as paths, duckdb.connect() as connection:  # type: ignore[arg-type]
        names = ", ".join(f"'{path}'" for path in paths)
        return connection.execute(f"SELECT {sql} FROM read_parquet([{names}])").fetchall()
