"""What comes of examining a service or an adapter: a finding per examination, in the errors' own words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from movie_assets.errors import MoviesError, NotVerifiedError

Status = Literal["ok", "warning", "failed", "not verified", "not configured"]
"""Only `failed` says that the pipeline can't do its work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination of a service found; `hint` is the likely fix, `error` the refusal a failure is made of."""

    service: str
    examination: str
    status: Status
    said: str
    hint: str | None = None
    error: MoviesError | None = field(default=None, repr=False, compare=False)


def attempt(service: str, examination: str, call: Callable[[], str | None]) -> Finding:
    """What the call says, or why it was refused; further exceptions go through."""
    try:
        return Finding(service, examination, "ok", call() or "")
    except NotVerifiedError as error:
        return Finding(service, examination, "not verified", error.message, error.hint)
    except MoviesError as error:
        return Finding(service, examination, "failed", error.message, error.hint, error)
