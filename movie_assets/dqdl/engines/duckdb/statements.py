"""Runs statements on their own threads, so that time limits, Ctrl-C and the end of a run can interrupt them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import duckdb

from movie_assets.dqdl.errors import EvaluationError

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

GRACE_SECONDS = 5.0
"""How long a stopped caller waits for its statement to end: milliseconds, except in slow functions."""

LAST_SECONDS = 60.0
"""How long a statement over its time limit may take to end: the engine checks between vectors of 2,048 rows."""


class Runner(Protocol):
    """The interface by which the engine's parts run statements."""

    def execute(self, sql: str) -> None: ...

    def row(self, query: str) -> tuple[Any, ...]: ...

    def aggregates(self, expressions: Sequence[str], relation: str) -> list[Any]: ...


class TimeLimitError(duckdb.Error):
    """A statement was stopped because it took too long."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A deadline for statements; ``seconds`` is their total time."""

    seconds: float
    end: float

    @classmethod
    def of(cls, seconds: float) -> "Limit":
        return cls(seconds, monotonic() + seconds)

    @property
    def left(self) -> float:
        return max(self.end - monotonic(), 0.0)


class Statements:
    """A connection's statements, one at a time.

    A caller inside the engine's native code gets no signal before the statement ends. Here it waits in Python, where
    exceptions of signals reach it, and interrupts the statement.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._running: Future[Any] | None = None

    @property
    def stuck(self) -> bool:
        """Whether an interrupted statement is still running; closing the connection would wait for it."""
        return self._running is not None

    def run(self, work: Callable[[], T], limit: Limit | None = None) -> T:
        """Run ``work``, which uses the connection, and return its result.

        Raises: TimeLimitError, over the limit; EvaluationError, if it doesn't stop even then; what ``work`` raises.
        """
        done: Future[T] = Future()
        self._running = done
        try:
            self._wait(work, done, limit)
            if limit is not None and not done.done():
                raise EvaluationError(f"the engine can't stop a rule that took longer than {limit.seconds:g} s")
            return done.result()
        except duckdb.InterruptException as error:
            if limit is None:
                raise
            raise TimeLimitError(f"it took longer than {limit.seconds:g} s and was stopped") from error
        finally:
            if done.done():
                self._running = None
            del done  # its traceback would keep the exception, and the connection with it, alive

    def arrow(self, sql: str, limit: Limit | None = None) -> "pa.Table":
        """The rows of one query; raises as ``run`` does."""

        def fetched() -> "pa.Table":
            table: pa.Table = self.connection.sql(sql).to_arrow_table()
            return table

        return self.run(fetched, limit)

    def _wait(self, work: Callable[[], T], done: Future[T], limit: Limit | None) -> None:
        """Start the work and wait until it ends, or does not end although interrupted."""
        try:
            Thread(target=_attempt, args=(work, done), daemon=True).start()
            wait([done], None if limit is None else limit.left)
        except BaseException:  # the caller is stopped
            self._interrupt(done, GRACE_SECONDS)
            raise
        self._interrupt(done, LAST_SECONDS)

    def _interrupt(self, done: Future[T], seconds: float) -> None:
        """Interrupt repeatedly: a statement that is about to begin ignores it."""
        limit = Limit.of(seconds)
        while not done.done() and limit.left:
            self.connection.interrupt()
            wait([done], 0.02)


def _attempt(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
    finally:
        del done
