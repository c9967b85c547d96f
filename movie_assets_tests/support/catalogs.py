"""A lake on ministack with a Glue database and an Athena workgroup, and days judged in it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from movie_assets.catalog import Athena, Catalog, configured_athena, configured_catalog, wanted_tables
from movie_assets.judging.judge import judge_day
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.lake import Lake, configured_lake
from movie_assets.model import DayReport
from movie_assets.settings import Settings
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED, feed_of
from movie_assets_tests.support.judging import NOW
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.pipeline import settings_in

_numbers = count(1)


@dataclass(frozen=True)
class OnAws:
    """Settings of a lake, a database and a workgroup that are nobody else's."""

    server: Ministack
    settings: Settings
    folder: Path

    @property
    def lake(self) -> Lake:
        return configured_lake(self.settings, FEED)

    @cached_property
    def glue(self) -> Any:
        return self.server.client("glue")

    @cached_property
    def catalog(self) -> Catalog:
        return configured_catalog(self.settings)

    @cached_property
    def athena(self) -> Athena:
        return configured_athena(self.settings)

    def sync(self) -> dict[str, str]:
        """What a sync did, by table."""
        return {
            change.table: change.did
            for change in self.catalog.sync(wanted_tables(self.settings, feed_of(self.settings)))
        }

    def table(self, name: str) -> dict[str, Any]:
        """A table as Glue has it."""
        found: dict[str, Any] = self.glue.get_table(DatabaseName=self.settings.glue_database, Name=name)["Table"]
        return found

    def rows(self, sql: str) -> list[tuple[str | None, ...]]:
        return list(self.athena.query(sql, wait_seconds=600).rows)

    def judge(self, text: str, rules: str, day: date = DAY) -> DayReport:
        return judge(self.settings, self.folder, text, rules, day)


def judge(settings: Settings, folder: Path, text: str, rules: str, day: date = DAY) -> DayReport:
    """The report of a day whose file holds this text, by these rules, on whatever the lake lies."""
    (folder / "movies.csv").write_text(text, newline="")
    (folder / "rules.dqdl").write_text(f"Rules = [ {rules} ]")
    lake = configured_lake(settings, FEED)
    lake.land(folder / "movies.csv", day)
    loaded = load_ruleset(folder / "rules.dqdl")
    return judge_day(lake, FEED, day, loaded=loaded, settings=settings, run_id="run", now=NOW)


def on_aws(server: Ministack, bucket: str, folder: Path, prefix: str = "movies") -> OnAws:
    """Needs the environment in which boto3 finds the server."""
    name = f"movies_{next(_numbers)}"
    server.client("glue").create_database(DatabaseInput={"Name": name})
    location = {"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/answers/"}}
    server.client("athena").create_work_group(Name=name, Configuration=location)
    lake = f"s3://{bucket}/{prefix}" if prefix else f"s3://{bucket}"
    return OnAws(server, settings_in(folder, lake=lake, glue_database=name, athena_workgroup=name), folder)
