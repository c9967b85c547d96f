"""A lock on a store without locks: a lease, an object that names the holder and is renewed while the holder lives.

Every write is conditional on the object as it was read, so one of many takers wins. The store's clock gives its age, so
the clocks of the machines don't matter. A killed holder stops renewing, and its lease expires.
"""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Self
from uuid import uuid4

from botocore.config import Config

from movie_assets.errors import DayLockedError, LakeError
from movie_assets.lake.s3.objects import STREAMING, Objects, StoredContent
from movie_assets.visible import visible_logger

logger = visible_logger(__name__)

LOCKING = STREAMING.merge(
    Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
)
"""Well below the lease, so that a hanging renewal fails in time for another try."""
LEASE_SECONDS = 45.0
_RENEWALS_PER_LEASE = 4
_ROUNDING = timedelta(seconds=1)
"""The store reports times in whole seconds."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The object's content; a free one has no holder."""

    holder: str = ""
    token: str = ""
    lease_seconds: float = 0.0
    renewals: int = 0

    @classmethod
    def read(cls, found: StoredContent | None) -> Self:
        try:
            return cls(**json.loads(found.content)) if found else cls()
        except (ValueError, TypeError):
            return cls()  # not written by us, and worthless as a lock

    def write(self) -> bytes:
        return json.dumps(
            {
                "holder": self.holder,
                "token": self.token,
                "lease_seconds": self.lease_seconds,
                "renewals": self.renewals,  # gives every renewal another ETag
            }
        ).encode()

    def lapsed(self, age: timedelta) -> bool:
        return not self.holder or age > timedelta(seconds=self.lease_seconds) + _ROUNDING


class Lease:
    """One holder's lease. It is lost if the holder hangs for longer than the lease and another takes it."""

    def __init__(self, objects: Objects, key: str, what: str, lease_seconds: float) -> None:
        self._objects = objects
        self._key = key
        self._what = what
        holder = f"process {os.getpid()} on {socket.gethostname()}"
        self._held = _Held(holder, uuid4().hex, lease_seconds)
        self._etag: str | None = None
        self._writing = threading.Lock()
        self._over = threading.Event()

    def take(self, timeout_seconds: float) -> None:
        """Take the lease; wait up to the timeout.

        Raises:
            DayLockedError: another process still holds it; names the holder.
        """
        deadline = monotonic() + timeout_seconds
        pause = 0.1
        while True:
            found = self._objects.get(self._key)
            now = _Held.read(found)
            if now.lapsed(found.age if found else timedelta(0)) and self._write(found.etag if found else None):
                return
            left = deadline - monotonic()
            if left <= 0:
                raise DayLockedError(
                    f"{self._what} is being worked on by {now.holder or 'another process'}; "
                    f"gave up after {timeout_seconds:g} s.",
                    f"wait until it has ended, or end it, then run again; a killed one frees it within "
                    f"{now.lease_seconds:g} s; MOVIES_LOCK_TIMEOUT_SECONDS sets how long to wait",
                )
            threading.Event().wait(min(pause, left))
            pause = min(pause * 2, 2.0)

    def renew(self) -> None:
        """Extend the lease.

        Raises:
            DayLockedError: another has taken it.
            LakeError: the store does not answer.
        """
        with self._writing:
            renewed = _Held(self._held.holder, self._held.token, self._held.lease_seconds, self._held.renewals + 1)
            self._held = renewed
            if not self._write(self._etag):
                by = _Held.read(self._objects.get(self._key)).holder or "another process"
                raise DayLockedError(
                    f"{self._what} was taken over by {by}: "
                    f"this process did not answer for {self._held.lease_seconds:g} s.",
                    "nothing of this evaluation was published; run the day again",
                )

    def keep(self) -> None:
        """Renew until it is freed; runs in its own thread."""
        while not self._over.wait(self._held.lease_seconds / _RENEWALS_PER_LEASE):
            try:
                self.renew()
            except DayLockedError as error:
                logger.error("%s", error)
                return
            except LakeError as error:
                logger.warning("The lock is not renewed yet, trying again: %s", error)

    def free(self) -> None:
        """Free the lease: at once if the store can be reached, otherwise it expires."""
        self._over.set()
        with self._writing:
            self._held = _Held(token=self._held.token)
            try:
                self._write(self._etag)
            except LakeError as error:
                logger.warning("The lock is free only when its lease has run out: %s", error)

    def _write(self, etag: str | None) -> bool:
        """Write the object; whether it is ours now."""
        content = self._held.write()
        written = self._objects.put_if(self._key, content, etag)
        if written is None:  # another process was first, or an earlier write of ours whose answer was lost
            found = self._objects.get(self._key)
            if found and _Held.read(found).token == self._held.token:
                same = found.content == content
                written = found.etag if same else self._objects.put_if(self._key, content, found.etag)
        self._etag = written or self._etag
        return written is not None


@contextmanager
def hold(lease: Lease, timeout_seconds: float) -> Iterator[None]:
    """Hold the lease while the block runs.

    Raises:
        DayLockedError: another process still holds it after the timeout.
    """
    lease.take(timeout_seconds)
    keeper = threading.Thread(target=lease.keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        lease.free()
        keeper.join()
