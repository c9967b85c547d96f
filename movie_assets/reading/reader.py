"""Loads a landed CSV as a table of texts with line numbers, and sets unreadable records aside.

Two independent implementations read every record: the scan finds records and decides which are rows, DuckDB reads the
rows. They must agree on the number of rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from movie_assets.errors import PipelineError
from movie_assets.quoting import identifier, literal
from movie_assets.reading.header import EmptyFileError, Header, UnreadableFileError, read_header
from movie_assets.reading.scan import Scan, Unreadable, scan
from movie_assets.scratch import Scratch

__all__ = ["EmptyFileError", "HeaderMatch", "LostLinesError", "ReadReport", "UnreadableFileError", "read_lines"]

MAX_TEXT = 10_000
"""The number of characters kept of an unreadable line."""

_BATCH = 1_000


class LostLinesError(PipelineError):
    """Scan and DuckDB disagree on the number of rows: neither can be trusted."""


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """The positions of the requested columns, name to 0-based cell, and the extra names of the file."""

    mapping: Mapping[str, int]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadReport:
    """The counts of a file. `lines` are its records after the header: `rows + unreadable`. `size` is in bytes."""

    lines: int
    rows: int
    unreadable: int
    extra_columns: tuple[str, ...]
    size: int


def read_lines(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    match_header: Callable[[Sequence[str]], HeaderMatch],
    table: str = "lines",
    unreadable_table: str = "unreadable",
    computed: Callable[[], Mapping[str, str]] = dict,
    texts: bool = True,
    unreadable_limit: int = 100_000,
    scratch: Path | None = None,
) -> ReadReport:
    """Fill `table` with the rows of a CSV and `unreadable_table` with its unreadable records.

    `table` has `line_number` BIGINT, the physical line where the row starts (the file's first line is 1), and the
    columns of the match as VARCHAR, in its order; its rows are in the file's order, by `rowid` too. A blank cell is
    `''`, never null. The `computed` columns follow, each SQL over the others; without `texts` the table has only them.
    `unreadable_table` has `line_number`, `text` (at most 10,000 characters; bytes that are not UTF-8 and NULs as
    `\\x..`) and `reason`. Blank lines are not records, but count as lines. Existing tables are replaced. A file with
    lines to leave out is copied without them to `scratch` (default: the system's temporary folder) meanwhile.

    Raises: EmptyFileError; UnreadableFileError, if the file is missing, is not a CSV, or has more than
    `unreadable_limit` unreadable records; LostLinesError; whatever `match_header` raises.
    """
    header = read_header(path)
    match = match_header(header.names)
    try:
        size = path.stat().st_size
        with Scratch(scratch) as folder:
            clean = folder / "rows.csv"
            try:
                found = scan(path, header, limit=unreadable_limit, copy=clean, rewrite=not header.plain)
            finally:
                match = match_header(header.names)
            if not found.plain:
                found = scan(path, header, limit=unreadable_limit, copy=clean, rewrite=True)
            source = clean
            if not found.copied:  # a plain name, because DuckDB would expand patterns in the file's own
                source = folder / "landed.csv"
                source.symlink_to(path.resolve())
            _load(connection, source, header, match.mapping, _selected(computed(), texts=texts), table, found)
        _keep_unreadable(connection, path, unreadable_table, found.unreadable)
    except OSError as error:
        raise UnreadableFileError(
            f"Can't read {path}: {error.strerror or error}.", "Is the disk full, or a folder closed?"
        ) from error
    if texts:
        _number(connection, table, found)
    kept_aside = len(found.unreadable)
    return ReadReport(found.rows + kept_aside, found.rows, kept_aside, match.extra, size)


def _selected(computed: Mapping[str, str], *, texts: bool) -> str:
    """The SELECT list of the table, over the texts."""
    added = [f"{sql} AS {identifier(name)}" for name, sql in computed.items()]
    return ", ".join(["0::BIGINT AS line_number", "*", *added] if texts else added)


def _load(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    header: Header,
    mapping: Mapping[str, int],
    selected: str,
    table: str,
    found: Scan,
) -> None:
    """Read the rows; again on one thread if their number differs from the scan's."""
    cells = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header.names)))
    columns = ", ".join(f"c{i} AS {identifier(name)}" for name, i in mapping.items())
    count, failure = 0, None
    for parallel in ("true", "false"):
        options = (
            f"columns = {{{cells}}}, auto_detect = false, header = true, "
            "delim = ',', quote = '\"', escape = '\"', strict_mode = true, nullstr = '\0', allow_quoted_nulls = false, "
            f"compression = 'none', hive_partitioning = false, parallel = {parallel}"
        )
        rows = f"read_csv({literal(str(source))}, {options})" + ("" if found.rows else " LIMIT 0")
        try:
            connection.execute(
                f"CREATE OR REPLACE TABLE {identifier(table)} AS SELECT {selected} FROM (SELECT {columns} FROM {rows})"
            )
        except duckdb.InvalidInputException as error:
            failure = error
            continue
        count = _count(connection, table)
        if count == found.rows:
            return
    raise LostLinesError(
        f"The file holds {found.rows:,} rows, but {count:,} could be read of it.",
        "This is a fault of the program: please report it with the file.",
    ) from failure


def _number(connection: duckdb.DuckDBPyConnection, table: str, found: Scan) -> None:
    shifts = found.all_shifts()
    name = identifier(table)
    if shifts.shape[1] <= 1:
        shift = int(shifts[1, 0]) if found.rows else 0
        connection.execute(f"UPDATE {name} SET line_number = rowid + {shift}")
        return
    connection.register("__shifts", pa.table({"first": shifts[0], "shift": shifts[1]}))
    try:
        connection.execute(
            f"UPDATE {name} SET line_number = n.line FROM (SELECT r.rowid AS place, r.rowid + s.shift AS line"
            f" FROM {name} AS r ASOF JOIN __shifts AS s ON r.rowid >= s.first) AS n WHERE {name}.rowid = n.place"
        )
    finally:
        connection.unregister("__shifts")


def _keep_unreadable(
    connection: duckdb.DuckDBPyConnection, path: Path, table: str, unreadable: Sequence[Unreadable]
) -> None:
    name = identifier(table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} (line_number BIGINT, text VARCHAR, reason VARCHAR)")
    for batch in _texts(path, unreadable):
        connection.register("__unreadable", batch)
        try:
            connection.execute(f"INSERT INTO {name} SELECT * FROM __unreadable")
        finally:
            connection.unregister("__unreadable")


def _texts(path: Path, unreadable: Sequence[Unreadable]) -> Iterator[pa.Table]:
    with path.open("rb") as file:
        for first in range(0, len(unreadable), _BATCH):
            batch = unreadable[first : first + _BATCH]
            texts = []
            for one in batch:
                file.seek(one.offset)
                texts.append(_shown(file.read(min(one.size, 4 * MAX_TEXT)), one.size))
            lines, reasons = [one.line for one in batch], [one.reason for one in batch]
            yield pa.table({"line_number": pa.array(lines, pa.int64()), "text": texts, "reason": reasons})


def _shown(data: bytes, size: int) -> str:
    text = data.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    if len(data) == size and len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]} … ({size:,} bytes in all)"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {identifier(table)}").fetchone()
    assert row is not None
    return int(row[0])
