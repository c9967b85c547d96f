"""A feed with its configured services, for its assets, checks, schedule and sensors."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import dagster as dg

from movie_assets.errors import PipelineError
from movie_assets.feed import Feed
from movie_assets.judging.ruleset import LoadedRuleset, load_ruleset
from movie_assets.lake import Lake, configured_lake
from movie_assets.pipeline.keys import Keys
from movie_assets.settings import Settings
from movie_assets.warehouse import Warehouse, configured_warehouse


class Progress:
    """Receives the progress of long steps; this one ignores it."""

    def __call__(self, doing: str) -> None:
        """`doing` is a word or two: reading, judging, writing."""


@dataclass(frozen=True)
class Ingestion:
    """A feed with its ruleset, lake and warehouse; `progress` receives the progress of long steps."""

    feed: Feed
    settings: Settings
    ruleset: LoadedRuleset
    lake: Lake
    warehouse: Warehouse
    progress: Progress = field(default_factory=Progress)

    @cached_property
    def keys(self) -> Keys:
        return Keys(self.feed)

    @property
    def days(self) -> dg.DailyPartitionsDefinition:
        """Every day from the start date to today, so that today's file can be run as soon as it lands."""
        start = self.feed.start_date.isoformat()
        return dg.DailyPartitionsDefinition(start, timezone=self.settings.timezone, end_offset=1)

    def require_partition(self, day: date) -> None:
        """Raises: PipelineError, if the day is not a partition of the feed."""
        days, hint = self.days, f"{self.feed.set_by('start_date')} sets it"
        if days.get_first_partition_key() is None:
            raise PipelineError(
                f"There is no partition for {day}: the first day, {self.feed.start_date}, is still to come.", hint
            )
        if not days.has_partition_key(day.isoformat()):
            raise PipelineError(
                f"There is no partition for {day}: the days go from {days.get_first_partition_key()} "
                f"to {days.get_last_partition_key()}.",
                hint,
            )


def configured_ingestion(settings: Settings, feed: Feed, progress: Progress | None = None) -> Ingestion:
    """The configured feed; nothing is connected before it is used.

    Raises:
        RulesetError: the ruleset is invalid, with line, caret and hint.
    """
    return Ingestion(
        feed,
        settings,
        load_ruleset(feed.ruleset, feed.set_by("ruleset")),
        configured_lake(settings, feed),
        configured_warehouse(settings, feed),
        progress or Progress(),
    )
