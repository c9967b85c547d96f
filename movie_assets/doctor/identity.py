"""Health checks of the AWS identity of this process, and of its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from movie_assets.aws.services import ONCE, Service
from movie_assets.errors import AdapterError
from movie_assets.findings import Finding, Status, attempt

WARN_FROM = timedelta(minutes=5)
REFUSED_FROM = timedelta(minutes=15)
"""The age of a request that AWS accepts; beyond it, AWS reports a wrong signature."""


def examine() -> Iterator[Finding]:
    """Account and role from STS, which needs no permission; the clock from the time of its answer, even of an error."""
    service = Service(
        "sts", AdapterError, resource="these credentials", setting="AWS_PROFILE or AWS_REGION", config=ONCE
    )
    told: list[datetime] = []
    yield attempt("STS", "who am I", lambda: _ask(service, told))
    if told:
        yield clock(datetime.now(UTC) - told[0])


def clock(ahead: timedelta) -> Finding:
    """The finding for a difference to the service's clock; answers have whole seconds."""
    off = abs(ahead)
    if off < WARN_FROM:
        return Finding("clock", "difference to AWS", "ok", f"{off.total_seconds():.0f} s")
    way = "ahead of" if ahead > timedelta(0) else "behind"
    said = f"This machine's clock is {off.total_seconds() / 60:.0f} minutes {way} AWS's; AWS refuses from 15 on."
    status: Status = "failed" if off >= REFUSED_FROM else "warning"
    return Finding("clock", "difference to AWS", status, said, "set the clock, and keep it right by NTP")


def _ask(service: Service, told: list[datetime]) -> str:
    def note(response_dict: dict[str, Any] | None, **_: Any) -> None:
        if date := (response_dict or {}).get("headers", {}).get("date"):
            told.append(parsedate_to_datetime(date))

    doing = "tell who this process is to AWS"
    client = service.get_client(doing, "get_caller_identity")
    client.meta.events.register("response-received.sts.GetCallerIdentity", note)
    answer = service.call(doing, "get_caller_identity")
    return f"{answer['Arn']} in account {answer['Account']}, region {client.meta.region_name}"
