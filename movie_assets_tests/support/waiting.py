"""Waiting for what another thread, process or server does, on a machine of any load."""

from collections.abc import Callable
from time import monotonic, sleep

PATIENCE = 600.0
"""Seconds after which what has not happened has hung; no test passes or fails by it otherwise."""


def until(happened: Callable[[], object], what: str = "what is waited for") -> None:
    """Return once it has happened.

    Raises:
        AssertionError: it hangs.
    """
    deadline = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < deadline, f"{what} has not happened within {PATIENCE:g} s"
        sleep(0.02)
