"""Who can be told."""

from typing import Protocol

from movie_assets.alerts.message import Alert


class Publisher(Protocol):
    """Someone who is told about failed days."""

    def publish(self, alert: Alert) -> None:
        """Deliver the alert; told again with the same key, nobody should be told twice.

        Raises:
            PublishError: it was not delivered, or may not have been; try again.
        """
        ...
