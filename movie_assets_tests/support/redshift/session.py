"""One client's session: its messages translated on the way in, its errors on the way out."""

import asyncio
import contextlib
import re
import struct
from collections.abc import Callable, Sequence

from movie_assets_tests.support.redshift import copy_load
from movie_assets_tests.support.redshift.copy_source import S3Client
from movie_assets_tests.support.redshift.copy_syntax import Copy
from movie_assets_tests.support.redshift.sql import statements
from movie_assets_tests.support.redshift.translate import Plain, translate
from movie_assets_tests.support.redshift.wire import IN_TRANSACTION, Backend, Message, SqlError, Stream, strings

_READY_ENOUGH = 1 << 16
_BYTES = re.compile(r"bytes_(\d+)_")


class Session:
    """Serves a client that has logged in, statement by statement, until either side goes.

    `s3` is what COPY reads from.
    """

    def __init__(self, client: Stream, backend: Backend, s3: Callable[[], S3Client]) -> None:
        self._client = client
        self._backend = backend
        self._s3 = s3
        self._statements: dict[str, Copy] = {}
        self._portals: dict[str, Copy] = {}
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()

    async def serve(self) -> None:
        """Return when the client has gone or said goodbye; the database's session ends with it."""
        reading = asyncio.create_task(self._read())
        try:
            while batch := await self._batch():
                if batch[0].kind == b"Q":
                    await self._simple(batch[0].body[:-1].decode())
                else:
                    await self._extended(batch)
                await self._client.flush()
        finally:
            reading.cancel()

    async def _read(self) -> None:
        """Read ahead, so that a client that leaves in the middle of a statement is noticed."""
        with contextlib.suppress(OSError):
            while True:
                await self._inbox.put(await self._client.receive())
        self._backend.close()
        await self._inbox.put(None)

    async def _batch(self) -> list[Message]:
        """A query, or messages up to Sync; empty at the end."""
        batch: list[Message] = []
        while True:
            message = await self._inbox.get()
            if message is None or message.kind == b"X":
                return []
            if message.kind != b"H":
                batch.append(message)
            if message.kind in (b"Q", b"S"):
                return batch

    async def _simple(self, text: str) -> None:
        found = statements(text)
        if not found:
            self._client.send(Message(b"I"))
        for statement in found:
            try:
                task = translate(statement)
            except SqlError as error:
                await self._fail(error)
                break
            if isinstance(task, Plain):
                self._backend.send(Message(b"Q", task.sql.encode() + b"\0"))
                if await self._relay():
                    break
            elif not await self._do(task):
                break
        self._client.send(Message(b"Z", self._backend.status))

    async def _extended(self, batch: Sequence[Message]) -> None:
        try:
            ready = [self._prepared(message) for message in batch]
        except SqlError as error:
            await self._fail(error)
        else:
            own = [task for message in batch if (task := self._executed(message)) is not None]
            if own:
                await self._answer(batch, own)
            else:
                self._backend.send(*ready)
                await self._relay()
        self._client.send(Message(b"Z", self._backend.status))

    def _prepared(self, message: Message) -> Message:
        """A message as PostgreSQL is to get it; Parse is translated, and what it means is remembered."""
        if message.kind == b"P":
            (name, text), rest = strings(message.body, 2)
            found = statements(text)
            if len(found) > 1:
                raise SqlError.of("42601", "cannot insert multiple commands into a prepared statement")
            task = translate(found[0]) if found else Plain("")
            self._statements.pop(name, None)
            if not isinstance(task, Plain):
                self._statements[name] = task
            # A COPY is prepared as an empty statement: PostgreSQL then describes it as one without rows.
            sql = task.sql if isinstance(task, Plain) else ""
            return Message(b"P", f"{name}\0{sql}\0".encode() + rest)
        if message.kind == b"B":
            (portal, name), _ = strings(message.body, 2)
            self._portals.pop(portal, None)
            if name in self._statements:
                self._portals[portal] = self._statements[name]
        return message

    def _executed(self, message: Message) -> Copy | None:
        return self._portals.get(strings(message.body, 1)[0][0]) if message.kind == b"E" else None

    async def _answer(self, batch: Sequence[Message], own: Sequence[Copy]) -> None:
        """Carry out a COPY and answer as PostgreSQL would have."""
        executes = sum(message.kind == b"E" for message in batch)
        if executes != 1:
            await self._fail(SqlError.of("0A000", "this stand-in takes COPY only alone in a batch"))
            return
        for message in batch:
            if message.kind == b"E":
                if not await self._do(own[0]):
                    return
            elif message.kind == b"D":
                parameters = [Message(b"t", struct.pack("!h", 0))] if message.body[:1] == b"S" else []
                self._client.send(*parameters, Message(b"n"))
            elif message.kind in (b"P", b"B", b"C"):
                self._client.send(Message({b"P": b"1", b"B": b"2", b"C": b"3"}[message.kind]))

    async def _do(self, copy: Copy) -> bool:
        """Carry out a COPY and answer it; whether it went well."""
        try:
            await copy_load.load(copy, self._backend, self._s3())
        except SqlError as error:
            await self._fail(error)
            return False
        self._client.send(Message(b"C", b"COPY\0"))
        return True

    async def _fail(self, error: SqlError) -> None:
        """Tell the client; a transaction that is open can then only be rolled back."""
        if self._backend.status == IN_TRANSACTION:
            with contextlib.suppress(SqlError):
                await self._backend.rows("refused")
        self._client.send(_redshift_error(error).message())

    async def _relay(self) -> bool:
        """Pass the answers on, but for ReadyForQuery; whether one of them was an error."""
        failed = False
        waiting = 0
        async for message in self._backend.answers():
            if message.kind == b"E":
                failed = True
                message = _redshift_error(SqlError.read(message)).message()
            if message.kind != b"Z":
                self._client.send(message)
                waiting += len(message.body)
            if waiting > _READY_ENOUGH:
                await self._client.flush()
                waiting = 0
        return failed


def _redshift_error(error: SqlError) -> SqlError:
    """PostgreSQL's error in Redshift's words, where they differ."""
    code, constraint = error.fields.get("C"), error.fields.get("n", "")
    if code == "40001":
        table = error.fields.get("t", "0")
        detail = (
            f"Serializable isolation violation on table - {table}, transactions forming the cycle are: 1, 2 (pid:0)"
        )
        return SqlError.of("XX000", "1023", detail=detail)
    width = _BYTES.match(constraint)
    if code == "23514" and width:
        return SqlError.of("22001", f"value too long for type character varying({width[1]})")
    return error
