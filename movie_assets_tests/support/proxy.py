"""A TCP proxy that does on purpose what networks do by chance, in front of any server on loopback."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from movie_assets_tests.support.asked import Asked
from movie_assets_tests.support.serving import LoopServer

_CHUNK = 1 << 14
_HTTP_REQUEST = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) ")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SLOW_DOWN = (
    b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
)


@dataclass(frozen=True)
class Faults:
    """What the proxy does now. The default does nothing but pass on."""

    latency: float = 0.0
    """Seconds before each chunk, in both directions."""
    bytes_per_second: int | None = None
    """The rate of each direction."""
    blackhole: bool = False
    """Connections are taken and bytes are read, and nothing ever comes back."""
    reset_after: int | None = None
    """Reset a connection once so many bytes of answers have passed, counted from its beginning."""
    reset_after_sent: int | None = None
    """The same for the bytes that the client sends."""
    http_503: int = 0
    """So many HTTP requests are answered `503 Slow Down`, by the proxy itself."""
    statement: str | None = None
    """A regular expression: what is run on PostgreSQL's protocol and matches it meets its `fate`, once."""
    fate: Literal["lose_answer", "lose_statement"] = "lose_answer"
    """`lose_answer`: the server carries it out, and the connection is reset in place of the answer.
    `lose_statement`: the connection is reset before the server sees it."""


class FaultProxy(LoopServer):
    """Forwards a loopback port to a server. `faults` may be set at any time, from any thread."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.target = (host, port)
        self.faults = Faults()
        self.holds: Callable[[str], bool] | None = None
        """Asked for every request (`PUT /bucket/key`, or a statement) before the server sees it. One that is held never
        gets there: its connection hangs until the client ends it, as its process does when it is killed."""
        self.connections = 0
        """Connections taken so far."""

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    @contextmanager
    def fault(self, faults: Faults) -> Iterator[None]:
        """These faults for a while, then the ones from before."""
        before, self.faults = self.faults, faults
        try:
            yield
        finally:
            self.faults = before

    @contextmanager
    def down(self) -> Iterator[None]:
        """As if the server were not there: open connections are reset, new ones are refused. Then it is back."""
        self._in_loop(self._stop())
        try:
            yield
        finally:
            self._in_loop(self._start())

    def reset_connections(self) -> None:
        """Reset every open connection, both sides."""
        self._in_loop(self._reset())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = _Connection(self, reader, writer)
        try:
            await connection.run()
        finally:
            connection.reset()


class _Connection:
    """One client's connection and the server's side of it."""

    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = reader, writer
        self._writers = [writer]
        self._asked = Asked()
        self._losing = False

    async def run(self) -> None:
        """Until one side ends, or a fault does."""
        reader, writer = await asyncio.open_connection(*self._proxy.target)
        self._writers.append(writer)
        both = (
            asyncio.create_task(self._up(self._client[0], writer)),
            asyncio.create_task(self._down(reader, self._client[1])),
        )
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if all(task.exception() is None for task in done):
                for one in self._writers:
                    one.close()
                    await one.wait_closed()
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def reset(self) -> None:
        """End both sides; with RST where they have not ended in order."""
        for writer in self._writers:
            if not writer.is_closing():
                linger = struct.pack("ii", 1, 0)
                if (sock := writer.get_extra_info("socket")) is not None:
                    with contextlib.suppress(OSError):
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        while data := await reader.read(_CHUNK):
            faults = self._proxy.faults
            await self._delay(faults, len(data))
            if faults.http_503 and _HTTP_REQUEST.match(data):
                await self._refuse_request(faults, data)
                continue
            passed += len(data)
            if faults.reset_after_sent is not None and passed > faults.reset_after_sent:
                raise ConnectionResetError
            asked = self._asked.by(data)
            if self._proxy.holds is not None and any(map(self._proxy.holds, asked)):
                while await reader.read(_CHUNK):
                    pass
                break
            if faults.statement and any(re.search(faults.statement, text, re.IGNORECASE) for text in asked):
                self._proxy.faults = replace(faults, statement=None)
                if faults.fate == "lose_statement":
                    raise ConnectionResetError
                self._losing = True
            if not faults.blackhole:
                writer.write(data)
                await writer.drain()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        while data := await reader.read(_CHUNK):
            faults = self._proxy.faults
            await self._delay(faults, len(data))
            if self._losing:
                raise ConnectionResetError
            limit = faults.reset_after
            if limit is not None and passed + len(data) > limit:
                writer.write(data[: max(limit - passed, 0)])
                await writer.drain()
                raise ConnectionResetError
            passed += len(data)
            if not faults.blackhole:
                writer.write(data)
                await writer.drain()

    async def _delay(self, faults: Faults, size: int) -> None:
        wait = faults.latency + (size / faults.bytes_per_second if faults.bytes_per_second else 0)
        if wait:
            await asyncio.sleep(wait)

    async def _refuse_request(self, faults: Faults, head: bytes) -> None:
        """Answer a request with 503 once its body has been read, unless the client waits to be asked for the body."""
        self._proxy.faults = replace(faults, http_503=faults.http_503 - 1)
        reader, writer = self._client
        while b"\r\n\r\n" not in head:
            head += await reader.read(_CHUNK)
        headers, _, body = head.partition(b"\r\n\r\n")
        length = _LENGTH.search(headers)
        missing = int(length[1]) - len(body) if length else 0
        waits = b"100-continue" in headers.lower()
        while missing > 0 and not waits:
            missing -= len(await reader.read(min(missing, _CHUNK)))
        answer = b"" if head.startswith(b"HEAD") else _SLOW_DOWN
        writer.write(b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n")
        writer.write(f"Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
        await writer.drain()
        writer.close()
