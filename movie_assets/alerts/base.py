"""Publishers of failed runs and rules, recorders of every evaluation."""

from dataclasses import dataclass
from typing import Protocol

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.alerts.message import Alert


class Publisher(Protocol):
    """Someone who is told about failed days; `name` tells the publishers and recorders of a pipeline apart."""

    name: str

    def publish(self, alert: Alert) -> None:
        """Deliver the alert; told again with the same key, nobody should be told twice.

        Raises:
            PublishError: it was not delivered, or may not have been; try again.
        """
        ...


class Recorder(Protocol):
    """A service that is told of every evaluation, with failed rules or without."""

    name: str

    def record(self, evaluation: Evaluation) -> None:
        """Deliver the evaluation.

        Raises:
            PublishError: it was not delivered, or may not have been; try again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Audience:
    """All who are told. Each at its own pace: one who can't be reached keeps none of the others waiting."""

    publishers: tuple[Publisher, ...]
    recorders: tuple[Recorder, ...] = ()
