"""A COPY carried out in the caller's own session and transaction."""

import asyncio

from movie_assets_tests.support.redshift.copy_parquet import Column, parquet_chunks
from movie_assets_tests.support.redshift.copy_source import S3Client, sources
from movie_assets_tests.support.redshift.copy_syntax import Copy
from movie_assets_tests.support.redshift.wire import Backend, Message, SqlError, quoted


async def load(copy: Copy, backend: Backend, s3: S3Client) -> None:
    """Load all rows, or none.

    Raises:
        SqlError: a file doesn't fit the table, or S3 or the database refuses.
    """
    columns = await _target(copy, backend)

    def read() -> list[bytes]:
        return [chunk for source in sources(copy.source, s3) for chunk in parquet_chunks(columns, source)]

    chunks = await asyncio.to_thread(read)
    backend.send(Message(b"Q", f"COPY {copy.table} FROM STDIN (FORMAT csv)".encode() + b"\0"))
    error = None
    async for message in backend.answers():
        if message.kind == b"G":
            for chunk in chunks:
                backend.send(Message(b"d", chunk))
                await backend.flush()
            backend.send(Message(b"c"))
        elif message.kind == b"E":
            error = SqlError.read(message)
    if error is not None:
        raise error


async def _target(copy: Copy, backend: Backend) -> list[Column]:
    """The columns to fill, in the order of the file."""
    found = await backend.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        f"WHERE attrelid = {quoted(copy.table)}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [Column(str(name), str(kind), not_null == "t") for name, kind, not_null in found]
