"""Who is told when rules of a day failed."""

from pathlib import Path

from movie_assets.alerts.base import Publisher
from movie_assets.alerts.message import Alert, FailedRule, alert_of
from movie_assets.alerts.outbox import Outbox
from movie_assets.errors import PublishError

__all__ = ["Alert", "FailedRule", "Outbox", "Publisher", "alert_of", "open_publisher"]


def open_publisher(target: str | Path) -> Publisher:
    """The publisher of a folder; nothing is made or looked at until it is used.

    Raises:
        PublishError: no adapter knows this kind of target.
    """
    if "://" in str(target):
        raise PublishError(f"No publisher for {str(target)!r}.", "set MOVIES_OUTBOX to the path of a folder")
    return Outbox(Path(target))
