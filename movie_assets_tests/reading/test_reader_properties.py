"""The reader against a naive one on any bytes, on damage among sound rows, and on files of many buffers."""

import csv
import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movie_assets.reading import plain_records, record, scan
from movie_assets.reading.header import UnreadableFileError
from movie_assets.reading.reader import ReadReport, read_lines
from movie_assets_tests.support import strict_csv
from movie_assets_tests.support.strict_csv import every_column

pytestmark = pytest.mark.slow

Rows = list[tuple[Any, ...]]

HEADER = b"a,b,c\n"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection


def read(connection: duckdb.DuckDBPyConnection, data: bytes) -> tuple[ReadReport, Rows, Rows]:
    """The report, the rows and the unreadable records of a file with these bytes."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        report = read_lines(connection, Path(file.name), match_header=every_column)
        rows = connection.execute("SELECT * FROM lines ORDER BY rowid").fetchall()
        return report, rows, connection.execute("SELECT line_number, text FROM unreadable").fetchall()


PIECES = [
    *(b"a", b"b ", b",", b",", b",", b'"', b'""', b"\n", b"\n", b"\r\n", b"\r", b" ", b"\0", b"\xff", "é".encode()),
    *(b"1,2,3\n", b'"x",y,"z"\n', b'"q\nq",1,2\n', b'"\r\n",2,3\r\n', b'5,"6,6",""\n', b'1,2,3 "4\n', b"1,2\n"),
]


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40), ending=st.sampled_from([b"\n", b"\r\n"]))
def test_any_bytes_are_read_as_the_naive_reader_reads_them(
    connection: duckdb.DuckDBPyConnection, pieces: list[bytes], ending: bytes
) -> None:
    body = b"".join(pieces)
    expected = strict_csv.read(body, 3)
    report, rows, unreadable = read(connection, b"a,b,c" + ending + body)
    assert rows == [(line, *cells) for line, cells in expected.rows]
    shown = [
        (line, text.decode("utf-8", "backslashreplace").replace("\0", "\\x00")) for line, text in expected.unreadable
    ]
    assert unreadable == shown
    assert (report.rows, report.unreadable) == (len(rows), len(shown))
    assert report.lines == report.rows + report.unreadable


@settings(max_examples=200, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=60),
    ending=st.sampled_from([b"\n", b"\r\n"]),
    limit=st.sampled_from([12, 40]),
    block=st.sampled_from([1, 5, 64]),
)
def test_records_longer_than_many_blocks_are_read_as_the_naive_reader_reads_them(
    connection: duckdb.DuckDBPyConnection, pieces: list[bytes], ending: bytes, limit: int, block: int
) -> None:
    """The limit of a record and the size of a block are made small, so that small files hold many of both."""
    body = b"".join(pieces)
    expected = strict_csv.read(body, 3, limit=limit)
    with pytest.MonkeyPatch.context() as patch:
        for module in (plain_records, record, scan):
            patch.setattr(module, "MAX_RECORD", limit)
        patch.setattr(scan, "BLOCK", block)
        _, rows, unreadable = read(connection, b"a,b,c" + ending + body)
    assert rows == [(line, *cells) for line, cells in expected.rows]
    shown = [(line, text.rstrip("\r")) for line, text in unreadable]
    assert shown == [
        (line, text.decode("utf-8", "backslashreplace").replace("\0", "\\x00")) for line, text in expected.unreadable
    ]


LOOKED_AT = [
    pytest.param(b'x","\n' * 20_000, 20_000, id="each line opens a quote that is open to the end"),
    pytest.param(b'x","\n' * 250_000 + b'"1"2\n', None, id="so many that a record is passed"),
    pytest.param(b'1,"' + b'x,y""z\n' * 300_000 + b'",3\n', 1, id="one record"),
]


@pytest.mark.parametrize(("body", "unreadable"), LOOKED_AT)
def test_quotes_are_followed_over_a_file_a_few_times_at_most(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: bytes, unreadable: int | None
) -> None:
    followed = 0
    follow = record.Quotes.follow

    def counting(self: record.Quotes, buffer: bytes, at: int, stop: int, *, final: bool) -> tuple[bool | None, int]:
        nonlocal followed
        right, end = follow(self, buffer, at, stop, final=final)
        followed += end - at
        return right, end

    monkeypatch.setattr(record.Quotes, "follow", counting)
    path = tmp_path / "movies.csv"
    path.write_bytes(HEADER + body)
    with duckdb.connect() as connection:
        if unreadable is None:
            with pytest.raises(UnreadableFileError, match="line 2: a quote that is never closed; line 3"):
                read_lines(connection, path, match_header=every_column)
        else:
            assert read_lines(connection, path, match_header=every_column).unreadable == unreadable
    assert followed < 6 * len(body)


DAMAGE = [b"1,2", b"1,2,3,4", b"1,\xe9,3", b"1,\x00,3", b'1,"2,3', b'1,"2"2,3', b'"1,2,3', b"\r1,2,3"]
CELL = st.builds(str.__add__, st.sampled_from("xyé1"), st.text(st.sampled_from('ab é,"\n'), max_size=8)) | st.just("")
ROW = st.tuples(st.sampled_from("klm"), CELL, CELL)


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(ROW | st.sampled_from(DAMAGE) | st.just(b""), max_size=30))
def test_sound_rows_survive_the_damage_around_them(
    connection: duckdb.DuckDBPyConnection, lines: list[tuple[str, ...] | bytes]
) -> None:
    data, line = io.BytesIO(), 2
    rows: Rows = []
    damaged = []
    for content in lines:
        if isinstance(content, bytes):
            written = content + b"\n"
            if content:
                damaged.append(line)
        else:
            written = _written(content)
            rows.append((line, *content))
        data.write(written)
        line += written.count(b"\n")
    report, found, unreadable = read(connection, HEADER + data.getvalue())
    assert found == rows
    assert [number for number, _ in unreadable] == damaged
    assert report.lines == len(rows) + len(damaged)


def _written(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("ragged", [True, False], ids=["ragged", "whole"])
def test_line_numbers_hold_over_many_buffers(tmp_path: Path, ending: bytes, ragged: bool) -> None:
    """More than 40 MB, which DuckDB reads in parallel from guessed starts."""
    path, line, sizes = tmp_path / "movies.csv", 2, [0, 0]
    text = b"word, " * 120
    with path.open("wb") as file:
        file.write(b"line,overview,last" + ending)
        for i in range(60_000):
            if ragged and i % 41 == 0:
                record = b"%d,few" % line
            elif i % 7 == 0:
                record = b'%d,"%b\n\n%b",x' % (line, text, text[: i % 600])
            else:
                record = b'%d,"%b",x' % (line, text[: 600 + i % 100])
            sizes[ragged and i % 41 == 0] += 1
            blank = ending if i % 1000 == 0 else b""
            file.write(record + ending + blank)
            line += 1 + record.count(b"\n") + bool(blank)
    assert path.stat().st_size > 40_000_000
    with duckdb.connect(config={"threads": 2}) as connection:
        report = read_lines(connection, path, match_header=every_column)
        assert (report.rows, report.unreadable) == tuple(sizes)
        wrong = "SELECT count(*) FROM lines WHERE line_number <> line::BIGINT OR last <> 'x'"
        assert connection.execute(wrong).fetchall() == [(0,)]
        wrong = "SELECT count(*) FROM unreadable WHERE text <> line_number || ',few'"
        assert connection.execute(wrong).fetchall() == [(0,)]
        numbers = [
            number for (number,) in connection.execute("SELECT line_number FROM lines ORDER BY rowid").fetchall()
        ]
    assert all(one < next_one for one, next_one in pairwise(numbers))


def test_more_unreadable_lines_than_the_limit_are_refused_with_the_first_of_them(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv"
    path.write_bytes(HEADER + b"1,2,3\n" + b"1;2;3\n" * 100)
    with duckdb.connect() as connection, pytest.raises(UnreadableFileError) as refusal:
        read_lines(connection, path, match_header=every_column, unreadable_limit=99)
    few = "too few cells: 1, not 3"
    assert refusal.value.message == (
        f"More than 99 lines of {path} are not rows of this table (line 3: {few}; line 4: {few}; line 5: {few})."
    )
    with duckdb.connect() as connection:
        assert read_lines(connection, path, match_header=every_column, unreadable_limit=100).unreadable == 100


MEMORY = """
import duckdb, resource, sys
from pathlib import Path
from typing import Any
from movie_assets.reading.reader import UnreadableFileError, read_lines
from movie_assets_tests.support.strict_csv import every_column
connection = duckdb.connect()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_lines(connection, Path(sys.argv[1]), match_header=every_column)
except UnreadableFileError as refusal:
    pass
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("start", "line", "end"),
    [
        (b"", b"1,2," + b"x" * 990 + b",4\n", b""),
        (b"", b'1,"2,' + b"x" * 990 + b",4\n", b""),
        (b'1,"', b"injected,row,x\n" * 60, b'",3\n'),
        (b'1,"', b"x," * 500 + b"\n", b""),
        (b'1,"",', b"x" * 1000, b"\n"),
    ],
    ids=["ragged", "unclosed quote", "one record", "unclosed to the end", "one line"],
)
def test_a_file_of_nothing_but_damage_costs_little_memory(
    tmp_path: Path, start: bytes, line: bytes, end: bytes
) -> None:
    path = tmp_path / "movies.csv"
    path.write_bytes(HEADER + start + line * 110_000 + end)
    done = subprocess.run([sys.executable, "-c", MEMORY, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 80_000  # KiB, for a file of 110,000
