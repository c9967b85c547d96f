"""PostgreSQL's wire protocol 3.0: messages, their framing, and a session with the database behind the stand-in."""

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
PROTOCOL = 196608

IDLE, IN_TRANSACTION, FAILED = b"I", b"T", b"E"


@dataclass(frozen=True)
class Message:
    kind: bytes
    body: bytes = b""

    def encoded(self) -> bytes:
        return self.kind + struct.pack("!i", len(self.body) + 4) + self.body


class SqlError(Exception):
    """An error as the server words it; `fields` are the protocol's own letters (C code, M message, D detail)."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(f"{fields.get('C')}: {fields.get('M')}")
        self.fields = fields

    @classmethod
    def of(cls, code: str, message: str, detail: str | None = None, hint: str | None = None) -> Self:
        said = {"S": "ERROR", "C": code, "M": message, "D": detail, "H": hint}
        return cls({letter: text for letter, text in said.items() if text is not None})

    @classmethod
    def read(cls, message: Message) -> Self:
        return cls({part[:1].decode(): part[1:].decode() for part in message.body.split(b"\0") if part})

    def message(self) -> Message:
        parts = b"".join(letter.encode() + text.encode() + b"\0" for letter, text in self.fields.items())
        return Message(b"E", parts + b"\0")


class Stream:
    """Messages in both directions over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._buffer = b""
        self._start = 0

    async def receive(self) -> Message:
        """The next message.

        Raises:
            ConnectionResetError: the other side has gone.
        """
        kind, size = struct.unpack("!ci", await self._take(5))
        return Message(kind, await self._take(size - 4))

    async def startup(self) -> tuple[int, bytes]:
        """The code and body of a start-up packet, which has no kind."""
        size, code = struct.unpack("!ii", await self._take(8))
        return code, await self._take(size - 8)

    def send(self, *messages: Message) -> None:
        self.writer.write(b"".join(message.encoded() for message in messages))

    async def flush(self) -> None:
        await self.writer.drain()

    def close(self) -> None:
        self.writer.close()

    async def _take(self, size: int) -> bytes:
        while len(self._buffer) - self._start < size:
            more = await self._reader.read(1 << 18)
            if not more:
                raise ConnectionResetError("the connection has ended")
            self._buffer = self._buffer[self._start :] + more
            self._start = 0
        taken = self._buffer[self._start : self._start + size]
        self._start += size
        return taken


class Backend(Stream):
    """A session with PostgreSQL; `status` is its transaction's: idle, in a transaction, failed."""

    status = IDLE

    @classmethod
    async def open(cls, host: str, port: int, parameters: dict[str, str]) -> Self:
        reader, writer = await asyncio.open_connection(host, port)
        backend = cls(reader, writer)
        body = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
        writer.write(struct.pack("!ii", len(body) + 8, PROTOCOL) + body)
        return backend

    async def log_in(self, password: str) -> None:
        """Answer the request for a password and wait until the session takes statements.

        Raises:
            SqlError: it was refused.
        """
        async for message in self.answers():
            if message.kind == b"R" and struct.unpack_from("!i", message.body)[0] == 3:
                self.send(Message(b"p", password.encode() + b"\0"))
            elif message.kind == b"E":
                raise SqlError.read(message)

    async def answers(self) -> AsyncIterator[Message]:
        """Messages up to and including ReadyForQuery."""
        while True:
            message = await self.receive()
            if message.kind == b"Z":
                self.status = message.body
            yield message
            if message.kind == b"Z":
                return

    async def rows(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run statements in this session; the rows as text.

        Raises:
            SqlError: the first error, after the session is ready again.
        """
        self.send(Message(b"Q", sql.encode() + b"\0"))
        found: list[tuple[str | None, ...]] = []
        error: SqlError | None = None
        async for message in self.answers():
            if message.kind == b"D":
                found.append(_texts(message.body))
            elif message.kind == b"E" and error is None:
                error = SqlError.read(message)
        if error is not None:
            raise error
        return found


def _texts(body: bytes) -> tuple[str | None, ...]:
    (count,) = struct.unpack_from("!h", body)
    texts: list[str | None] = []
    at = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        texts.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return tuple(texts)


def strings(body: bytes, count: int) -> tuple[list[str], bytes]:
    """The first `count` zero-ended strings of a body, and what follows them."""
    found = []
    for _ in range(count):
        text, _, body = body.partition(b"\0")
        found.append(text.decode())
    return found, body


def quoted(text: str | None) -> str:
    """A text as an SQL literal."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
