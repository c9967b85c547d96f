"""The protocols of subscribers: publishers of alerts, recorders of evaluations."""

from dataclasses import dataclass
from typing import Protocol

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.alerts.message import Alert


class Publisher(Protocol):
    """A target for alerts of failed days; `name` is unique among a pipeline's publishers and recorders."""

    name: str

    def publish(self, alert: Alert) -> None:
        """Deliver the alert. A second delivery with the same key should reach nobody twice.

        Raises:
            PublishError: it was not delivered, or may not have been; try again.
        """
        ...


class Recorder(Protocol):
    """A service that gets every evaluation, with or without failed rules."""

    name: str

    def record(self, evaluation: Evaluation) -> None:
        """Deliver the evaluation.

        Raises:
            PublishError: it was not delivered, or may not have been; try again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Audience:
    """All subscribers. Each has its own pace: one that can't be reached delays no other."""

    publishers: tuple[Publisher, ...]
    recorders: tuple[Recorder, ...] = ()
