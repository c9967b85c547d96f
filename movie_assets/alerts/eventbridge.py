"""Evaluations as events on an EventBridge bus, in the format of Glue's own events: existing rules keep working."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.aws.services import ClientFactory, Service, code_of, make_client, region_of
from movie_assets.dqdl.evaluation.glue import Identity, event_detail
from movie_assets.errors import NotVerifiedError, PublishError
from movie_assets.findings import Finding, attempt
from movie_assets.program import command

SOURCE = "movie_assets"
"""Sources that begin with `aws.` are reserved for AWS."""

DETAIL_TYPE = "Data Quality Evaluation Results Available"


class EventBus:
    """A `Publisher` for a bus, given by name or ARN. An event delivered twice carries the same `resultId`."""

    name = "eventbridge"
    kind = Evaluation

    def __init__(self, bus: str, *, client_factory: ClientFactory = make_client) -> None:
        self.bus = bus
        self._service = Service(
            "events",
            PublishError,
            resource=bus if bus.startswith("arn:") else f"the event bus {bus}",
            setting="MOVIES_EVENT_BUS",
            region=region_of(bus),
            client_factory=client_factory,
        )

    def __repr__(self) -> str:
        return f"EventBus({self.bus!r})"

    def __str__(self) -> str:
        return f"event bus {self.bus}"

    def publish(self, evaluation: Evaluation) -> None:
        doing = f"tell the event bus of {evaluation.day}"
        self._put(
            doing,
            Source=SOURCE,
            DetailType=DETAIL_TYPE,
            Detail=json.dumps(detail(evaluation)),
            Resources=self._resources(doing, evaluation),
        )

    def examine(self, *, send: bool) -> Iterator[Finding]:
        """Check that the bus accepts events, with a source that no rule matches; with `send`, with a test alert."""
        yield attempt("EventBridge", "put an event", self._send_trial if send else self._send_unheard)

    def _send_trial(self) -> str:
        trial = Evaluation(f"doctor-{uuid4().hex}", date.today(), "doctor", command("doctor"), "a trial", 0.0, 0, 1, "")
        self.publish(trial)
        return f"a trial alert, as of failed rules, is on its way through the rules of {self.bus}"

    def _send_unheard(self) -> str:
        self._put("try the event bus", Source=f"{SOURCE}.doctor", DetailType="Examination", Detail="{}")
        self._look_for_bus()
        return f"{self.bus} took one of the source {SOURCE}.doctor; --send puts a trial alert that rules match"

    def _look_for_bus(self) -> None:
        """EventBridge silently drops events for a bus that does not exist."""
        if self.bus.rpartition("/")[2] == "default":
            return
        try:
            self._service.call("look for the event bus", "describe_event_bus", Name=self.bus)
        except PublishError as error:
            if not code_of(error.__cause__).startswith("AccessDenied"):
                raise
            raise NotVerifiedError(
                f"An event was taken; whether there is a bus {self.bus} is not known.",
                f"{command('doctor --send')} puts an alert that rules match; or allow events:DescribeEventBus, "
                "which only the doctor needs",
            ) from error

    def _put(self, doing: str, **event: Any) -> None:
        entry = {"EventBusName": self.bus, **event}
        answer = self._service.call(doing, "put_events", Entries=[entry])
        # Entries can fail although the answer is HTTP 200.
        if answer["FailedEntryCount"]:
            failed = next(found for found in answer["Entries"] if "ErrorCode" in found)
            raise self._service.refused(doing, "put_events", failed["ErrorCode"], failed.get("ErrorMessage", ""))

    def _resources(self, doing: str, evaluation: Evaluation) -> list[str]:
        if not evaluation.outcomes.startswith("s3://"):
            return []
        partition = self._service.get_client(doing, "put_events").meta.partition
        return [f"arn:{partition}:s3:::{evaluation.outcomes.removeprefix('s3://')}"]


def detail(evaluation: Evaluation) -> dict[str, Any]:
    """The event's detail in Glue's format; the context is the day. Without rules there is no score."""
    identity = Identity(
        result_id=f"dqresult-{evaluation.evaluation_id}",
        ruleset_name=evaluation.ruleset,
        evaluation_context=evaluation.day.isoformat(),
        job_name=evaluation.job,
        job_run_id=evaluation.run_id,
    )
    made = event_detail(
        identity, score=evaluation.score or 0.0, passed=evaluation.rules_passed, failed=evaluation.rules_failed
    )
    if evaluation.score is None:
        del made["score"]
    return made
