"""A server as a child process that can't outlive this one, whatever ends it."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

from movie_assets_tests.support.waiting import PATIENCE

# The shell in between notices the end of our standard-input pipe, which even kill -9 of this process closes.
_WATCHED = """
exec 3>&1 4<&0 >>"$1" 2>&1 </dev/null; shift
"$@" 3>&- 4<&- & child=$!
{ exec 3>&-; cat <&4; kill -KILL $child; } & watch=$!
exec 4<&-; echo $child >&3; exec 3>&-
wait $child; code=$?
kill -KILL $watch; exit $code
"""


class ServerError(Exception):
    """A server of the local AWS did not start or has gone; the message ends with what it last said."""


class Child:
    """A running program, its output in a log file; killed with this process."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.log = log
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHED, "watched", str(log), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env=None if env is None else dict(env),
            cwd=cwd,
            user=user,
            extra_groups=None if user is None else [],
        )
        assert self._shell.stdout is not None
        with self._shell.stdout as said:
            self.pid = int(said.readline())

    def running(self) -> bool:
        return self._shell.poll() is None

    def end(self, how: int = signal.SIGKILL, seconds: float = 10) -> None:
        """Send a signal and wait for the end; kill where the signal has not been enough. Nothing where it has ended."""
        for attempt in (how, signal.SIGKILL):
            if self.running():
                os.kill(self.pid, attempt)
            try:
                self._shell.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        if self._shell.stdin is not None:
            self._shell.stdin.close()

    def kill_all(self) -> None:
        """kill -9 of it and of the processes it has started, which might go on for a moment without it."""
        started = _children(self.pid)
        self.end(signal.SIGKILL)
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Return once `ready` says so.

        Raises:
            ServerError: the program ended, or it is not ready after `seconds`.
        """
        deadline = monotonic() + seconds
        while not ready():
            if not self.running() or monotonic() > deadline:
                state = "is not ready" if self.running() else "ended"
                self.end()
                raise ServerError(f"{what} {state}; its log ends with:\n{self.tail()}")
            sleep(0.02)

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _children(parent: int) -> list[int]:
    """The processes a process has started; where there is no /proc, none."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            pid, _, rest = entry.read_text().partition(" ")
            if int(rest.rpartition(")")[2].split()[1]) == parent:
                found.append(int(pid))
    return found


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
