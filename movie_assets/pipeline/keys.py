"""The names of a feed in Dagster."""

from dataclasses import dataclass
from functools import cached_property

import dagster as dg

from movie_assets.errors import FeedError
from movie_assets.feed import Aggregate, Feed


@dataclass(frozen=True)
class Keys:
    """The keys of a feed's assets, and the name of its job."""

    feed: Feed

    @cached_property
    def raw(self) -> dg.AssetKey:
        return self._key(f"raw_{self.feed.name}")

    @cached_property
    def validated(self) -> dg.AssetKey:
        return self._key(f"validated_{self.feed.name}")

    @cached_property
    def bad(self) -> dg.AssetKey:
        return self._key(f"bad_{self.feed.name}")

    @cached_property
    def outcomes(self) -> dg.AssetKey:
        return self._key("rule_outcomes")

    @cached_property
    def table(self) -> dg.AssetKey:
        return self._key(self.feed.table.partition(".")[2])

    def aggregate(self, aggregate: Aggregate) -> dg.AssetKey:
        return self._key(aggregate.name)

    @property
    def job(self) -> str:
        return f"{self.feed.name}_day"

    @cached_property
    def assets(self) -> frozenset[dg.AssetKey]:
        """Raises: FeedError, if two of the feed's assets would have one name."""
        aggregates = map(self.aggregate, self.feed.aggregates)
        every = (self.raw, self.validated, self.bad, self.outcomes, self.table, *aggregates)
        if doubled := sorted({key.path[-1] for key in every if every.count(key) > 1}):
            raise FeedError(
                f"Several assets of the feed {self.feed.name} are called {', '.join(doubled)}.",
                "give its table and its aggregates other names",
            )
        return frozenset(every)

    def owns(self, run: dg.DagsterRun) -> bool:
        """Whether a run works on this feed: a run of its job, or of some of its assets."""
        chosen = {*(run.asset_selection or ()), *(key.asset_key for key in run.asset_check_selection or ())}
        return run.job_name == self.job or bool(chosen & self.assets)

    def _key(self, name: str) -> dg.AssetKey:
        return dg.AssetKey([self.feed.folder, name] if self.feed.folder else [name])
