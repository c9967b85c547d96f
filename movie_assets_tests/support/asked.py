"""What a client asks on a connection, read off the bytes that it sends: HTTP requests, statements of PostgreSQL."""

import re
import struct
from collections.abc import Iterator
from typing import Literal

from movie_assets_tests.support.redshift.wire import GSS_REQUEST, PROTOCOL, SSL_REQUEST, strings

_HTTP = re.compile(rb"((?:GET|PUT|POST|HEAD|DELETE) [^ ]+) HTTP/")
_TARGET = re.compile(rb"\r\nx-amz-target: *(\S+)", re.IGNORECASE)


class Asked:
    """Follows a client's half of one connection, in plaintext."""

    def __init__(self) -> None:
        self._buffer = b""
        self._state: Literal["start", "messages", "other"] = "start"
        self._prepared: dict[str, str] = {}
        self._portals: dict[str, str] = {}

    def by(self, data: bytes) -> list[str]:
        """What is asked for by these bytes: `PUT /bucket/key`, `POST / Service.Action`, or the statements that are run.

        An HTTP request is expected at the beginning of what was sent at once, as boto3 sends it.
        """
        if found := _HTTP.match(data):
            target = _TARGET.search(data)
            return [b" ".join((found[1], *(target.groups() if target else ()))).decode()]
        if self._state == "other":
            return []
        self._buffer += data
        run = (self._run(kind, body) for kind, body in self._messages())
        return [text for text in run if text is not None]

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        """The whole messages in the buffer; the first packets of a connection have no kind and yield nothing."""
        while len(self._buffer) >= 8 or (self._state == "messages" and len(self._buffer) >= 5):
            head = 1 if self._state == "messages" else 0
            (size,) = struct.unpack_from("!i", self._buffer, head)
            code = PROTOCOL if head else struct.unpack_from("!i", self._buffer, 4)[0]
            if code not in (PROTOCOL, SSL_REQUEST, GSS_REQUEST):
                self._state, self._buffer = "other", b""
                return
            if len(self._buffer) < head + size:
                return
            message, self._buffer = self._buffer[: head + size], self._buffer[head + size :]
            if head:
                yield message[:1], message[5:]
            elif code == PROTOCOL:
                self._state = "messages"

    def _run(self, kind: bytes, body: bytes) -> str | None:
        if kind == b"Q":
            return body[:-1].decode()
        if kind == b"P":
            (name, text), _ = strings(body, 2)
            self._prepared[name] = text
        elif kind == b"B":
            (portal, name), _ = strings(body, 2)
            self._portals[portal] = self._prepared.get(name, "")
        elif kind == b"E":
            return self._portals.get(strings(body, 1)[0][0])
        return None
