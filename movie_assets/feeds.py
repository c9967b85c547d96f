"""The list of feeds. Add one here, or in a package of yours under the entry point `movie_assets.feeds`."""

from collections.abc import Iterator
from importlib.metadata import entry_points

from movie_assets.errors import FeedError
from movie_assets.feed import Feed
from movie_assets.lake.base import AREAS
from movie_assets.movies.feed import movies
from movie_assets.settings import Settings

GROUP = "movie_assets.feeds"


def feeds(settings: Settings) -> tuple[Feed, ...]:
    """All feeds: movies first, then those of installed packages by name.

    Raises: FeedError, if one can't be imported, or two share names or tables.
    """
    found = (movies(settings.ruleset, settings.start_date), *_installed())
    for what, values in (
        ("name", [[feed.name] for feed in found]),
        ("prefix", [[feed.folder] for feed in found]),
        ("table", [feed.tables for feed in found]),
    ):
        every = [value for each in values for value in each]
        if doubled := sorted({value for value in every if every.count(value) > 1}):
            raise FeedError(f"Several feeds have the {what} {', '.join(map(repr, doubled))}.", "give each its own")
    if reserved := sorted({feed.folder for feed in found} & AREAS):
        raise FeedError(f"A feed can't have the prefix {', '.join(map(repr, reserved))}: it is an area of the lake.")
    return found


def feed_named(settings: Settings, name: str) -> Feed:
    """The feed with this name; Raises: FeedError, if there is none."""
    found = {feed.name: feed for feed in feeds(settings)}
    if name not in found:
        raise FeedError(f"There is no feed {name!r}.", f"feeds are {', '.join(found)}")
    return found[name]


def _installed() -> Iterator[Feed]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            feed = point.load()
        except Exception as error:  # whatever the package's own code raises
            raise FeedError(f"The feed {point.name} ({point.value}) can't be imported: {error!r}.") from error
        if not isinstance(feed, Feed):
            raise FeedError(f"{point.value} is no Feed.", "name a Feed, as my_package.orders:ORDERS")
        yield feed
