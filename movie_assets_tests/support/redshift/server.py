"""The Redshift stand-in: a front, in PostgreSQL's wire protocol, of a PostgreSQL that answers like Redshift."""

import asyncio
import contextlib
import secrets
import ssl
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from movie_assets_tests.support.postgres import ADMIN, Postgres
from movie_assets_tests.support.redshift.copy_source import S3Client
from movie_assets_tests.support.redshift.session import Session
from movie_assets_tests.support.redshift.tls import Tls
from movie_assets_tests.support.redshift.wire import (
    CANCEL_REQUEST,
    GSS_REQUEST,
    PROTOCOL,
    SSL_REQUEST,
    Backend,
    Message,
    SqlError,
    Stream,
    quoted,
)

VERSION = "8.0.2"
# Start-up parameters that PostgreSQL knows; the rest are Redshift's own.
_KNOWN = ("user", "database", "application_name", "client_encoding", "DateStyle", "TimeZone", "extra_float_digits")


@dataclass(frozen=True)
class S3Access:
    """Where COPY reads from, and as whom, by the names that boto3 gives credentials."""

    endpoint: str
    region: str = "us-east-1"
    credentials: Mapping[str, str] = field(
        default_factory=lambda: {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    )
    authority: Path | None = None
    """Whom to trust, where it speaks TLS."""


class RedshiftStandIn:
    """Serves one database on loopback from a thread; `user` owns the database; without a `password` it
    has a new one every time.

    With `tls` it answers SSLRequest with that certificate, else with a no. Conflicts are error 1023, as with Redshift's
    snapshot isolation.
    """

    def __init__(
        self,
        postgres: Postgres,
        s3: S3Access,
        *,
        database: str = "movies",
        user: str = "movies",
        password: str | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.postgres = postgres
        self.s3_access = s3
        self.database = database
        self.user = user
        self.password = password or secrets.token_hex(12)
        self.host = "127.0.0.1"
        self.port = 0
        self.tls = tls
        self._tls_context = None if tls is None else tls.server_context()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="redshift", daemon=True)
        self._clients: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def start(self) -> Self:
        """Make the database and its owner, and serve."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def stop(self) -> None:
        """End every session and stop serving; the database stays in PostgreSQL."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    @cache  # noqa: B019  # one client for the life of the stand-in
    def s3(self) -> S3Client:
        import boto3

        access = self.s3_access
        return boto3.client(  # type: ignore[call-overload]
            "s3",
            endpoint_url=access.endpoint,
            region_name=access.region,
            verify=str(access.authority) if access.authority else None,
            **access.credentials,
        )

    async def administrate(self, sql: str, database: str | None = None) -> None:
        """Run statements in a session of the administrator's own, committed whatever happens to the caller's."""
        parameters = {"user": ADMIN, "database": database or self.database}
        backend = await Backend.open(self.postgres.host, self.postgres.port, parameters)
        try:
            await backend.log_in(self.postgres.password)
            await backend.rows(sql)
        finally:
            backend.close()

    async def _start(self) -> None:
        owner = f'CREATE ROLE "{self.user}" LOGIN PASSWORD {quoted(self.password)}'
        await self.administrate(owner, ADMIN)
        await self.administrate(f'CREATE DATABASE "{self.database}" OWNER "{self.user}"', ADMIN)
        await self.administrate(Path(__file__).with_name("catalog.sql").read_text())
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._drop_sessions()

    async def _drop_sessions(self) -> None:
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        client = Stream(reader, writer)
        backend: Backend | None = None
        try:
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                backend = await self._connect(client)
                if backend is not None and await _log_in(client, backend):
                    await Session(client, backend, self.s3).serve()
        finally:
            self._clients.discard(task)
            client.writer.transport.abort() if task.cancelling() else client.close()
            if backend is not None:
                backend.close()

    async def _connect(self, client: Stream) -> Backend | None:
        """Answer the start-up packets and open the database's session; None where the client wanted none."""
        while True:
            code, body = await client.startup()
            if code == SSL_REQUEST and self._tls_context is not None:
                client.writer.write(b"S")
                await client.writer.start_tls(self._tls_context)
            elif code in (SSL_REQUEST, GSS_REQUEST):
                client.writer.write(b"N")
            elif code == CANCEL_REQUEST:
                _, cancel = await asyncio.open_connection(self.postgres.host, self.postgres.port)
                cancel.write(struct.pack("!ii", 16, CANCEL_REQUEST) + body)
                cancel.close()
                return None
            elif code == PROTOCOL:
                words = [word.decode() for word in body.split(b"\0")]
                asked = dict(zip(words[::2], words[1::2], strict=False))
                parameters = {name: asked[name] for name in _KNOWN if asked.get(name)}
                parameters["options"] = r"-c default_transaction_isolation=repeatable\ read"
                return await Backend.open(self.postgres.host, self.postgres.port, parameters)
            else:
                client.send(SqlError.of("08P01", f"unsupported frontend protocol {code}").message())
                return None


async def _log_in(client: Stream, backend: Backend) -> bool:
    """Let PostgreSQL ask the client for its password; whether the session is ready."""
    async for message in backend.answers():
        if message.kind == b"S" and message.body.startswith(b"server_version\0"):
            message = Message(b"S", f"server_version\0{VERSION}\0".encode())
        client.send(message)
        if message.kind == b"R" and struct.unpack_from("!i", message.body)[0] != 0:
            await client.flush()
            backend.send(await client.receive())
        elif message.kind == b"E":
            await client.flush()
            return False
    await client.flush()
    return True
