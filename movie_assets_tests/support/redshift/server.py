"""The Redshift stand-in: a front, in PostgreSQL's wire protocol, of a PostgreSQL that answers like Redshift."""

import asyncio
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

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
from movie_assets_tests.support.serving import LoopServer

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


class RedshiftStandIn(LoopServer):
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
        super().__init__()
        self.postgres = postgres
        self.s3_access = s3
        self.database = database
        self.user = user
        self.password = password or secrets.token_hex(12)
        self.tls = tls
        self._tls_context = None if tls is None else tls.server_context()

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
        await super()._start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        client = Stream(reader, writer)
        backend: Backend | None = None
        try:
            backend = await self._connect(client)
            if backend is not None and await _log_in(client, backend):
                await Session(client, backend, self.s3).serve()
        finally:
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
