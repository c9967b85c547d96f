"""A COPY carried out in the caller's own session and transaction."""

import asyncio
from collections.abc import Iterator, Sequence

from movie_assets_tests.support.redshift.copy_parquet import parquet_chunks
from movie_assets_tests.support.redshift.copy_source import S3Client, sources
from movie_assets_tests.support.redshift.copy_syntax import Copy
from movie_assets_tests.support.redshift.copy_values import Column, LoadError, csv_rows, encoded, json_rows
from movie_assets_tests.support.redshift.wire import Backend, Message, SqlError, quoted


async def load(copy: Copy, backend: Backend, s3: S3Client) -> None:
    """Load all rows, or none.

    Raises:
        LoadError: a value can't be loaded.
        SqlError: the table, S3 or the database refuses.
    """
    columns = await _target(copy, backend)
    chunks = await asyncio.to_thread(lambda: list(_chunks(copy, columns, s3)))
    names = ", ".join('"' + column.name + '"' for column in columns)
    statement = f"COPY {copy.table} ({names}) FROM STDIN (FORMAT csv)"
    backend.send(Message(b"Q", statement.encode() + b"\0"))
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
    relation = quoted(copy.table)
    found = await backend.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        f"WHERE attrelid = {relation}::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' "
        "ORDER BY attnum"
    )
    columns = [Column(str(name), str(kind), not_null == "t") for name, kind, not_null in found]
    if not copy.columns:
        return columns
    by_name = {column.name: column for column in columns}
    unknown = [name for name in copy.columns if name not in by_name]
    if unknown:
        raise SqlError.of("42703", f'column "{unknown[0]}" of relation "{copy.table}" does not exist')
    return [by_name[name] for name in copy.columns]


def _chunks(copy: Copy, columns: Sequence[Column], s3: S3Client) -> Iterator[bytes]:
    rows = csv_rows if copy.format == "CSV" else json_rows
    for source in sources(copy, s3):
        try:
            if copy.format == "PARQUET":
                yield from parquet_chunks(columns, source)
            else:
                yield from encoded(rows(copy, columns, source))
        except UnicodeDecodeError as error:
            raise LoadError(source.url, 1220, "String contains invalid or unsupported UTF8 codepoints") from error


def answer(copy: Copy, error: LoadError) -> SqlError:
    """The client's error for a failed load."""
    if error.parquet:
        detail = f"\n  error:  Spectrum Scan Error\n  code:      {error.code}\n  context:   {error.reason}\n"
        return SqlError.of("XX000", "Spectrum Scan Error", detail=detail)
    table = copy.table.rpartition(".")[2]
    message = f"Load into table '{table}' failed.  Check 'stl_load_errors' system table for details."
    return SqlError.of("XX000", message)


def record(copy: Copy, error: LoadError, session: str) -> str:
    """The statement that keeps a failed load in `stl_load_errors`."""
    column = error.column
    kind, _, sizes = (column.type if column else "").partition("(")
    values = [error.file, str(error.line), column.name if column else "", kind, sizes.rstrip(")")]
    values += [error.raw_line, error.raw_value, str(error.code), error.reason[:512], session, copy.table]
    fields = (
        "filename, line_number, colname, type, col_length, raw_line, raw_field_value, err_code, err_reason, session"
    )
    return f"INSERT INTO redshift.load_errors ({fields}, table_name) VALUES ({', '.join(map(quoted, values))})"
