"""Results of health checks: one finding per check, with the message of its error."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from movie_assets.errors import NotVerifiedError, PipelineError

Status = Literal["ok", "warning", "failed", "not verified", "not configured"]
"""Only `failed` says that the pipeline can't do its work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one health check; `hint` is the likely fix, `error` the error of a failure."""

    service: str
    examination: str
    status: Status
    said: str
    hint: str | None = None
    error: PipelineError | None = field(default=None, repr=False, compare=False)


def attempt(service: str, examination: str, call: Callable[[], str | None]) -> Finding:
    """The finding of a call that returns a message or raises a `PipelineError`; other exceptions propagate."""
    try:
        return Finding(service, examination, "ok", call() or "")
    except NotVerifiedError as error:
        return Finding(service, examination, "not verified", error.message, error.hint)
    except PipelineError as error:
        return Finding(service, examination, "failed", error.message, error.hint, error)
