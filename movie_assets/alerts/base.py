"""The protocol of publishers, and what they publish."""

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, TypeVar

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.alerts.message import Alert
from movie_assets.findings import Finding

News = TypeVar("News", Alert, Evaluation)


class Publisher(Protocol[News]):
    """A subscriber of a pipeline: alerts go to people, every evaluation to services."""

    name: str
    """Unique among a pipeline's publishers."""

    kind: type[News]
    """What it subscribes to."""

    def publish(self, news: News, /) -> None:
        """Deliver the news. A second delivery with the same key should reach nobody twice.

        Raises:
            PublishError: it was not delivered, or may not have been; try again.
        """
        ...

    def examine(self, *, send: bool) -> Iterator[Finding]:
        """Check that news can be delivered, and change nothing; `send` really sends a test alert to people."""
        ...


Publishers: TypeAlias = tuple[Publisher[Any], ...]
"""All subscribers. Each has its own pace: one that can't be reached delays no other."""
