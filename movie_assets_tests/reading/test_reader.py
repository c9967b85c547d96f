"""A CSV becomes rows with physical line numbers; unreadable records are set aside; nothing is lost."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from movie_assets.errors import HeaderError
from movie_assets.reading.reader import HeaderMatch, ReadReport, read_lines
from movie_assets_tests.support.strict_csv import every_column


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "movies.csv"


def rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * FROM lines ORDER BY rowid").fetchall()


def unreadable(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * FROM unreadable ORDER BY line_number").fetchall()


HEADER = b"a,b,c\n"
FEW, MANY = "too few cells: 2, not 3", "too many cells: 4, not 3"
UNCLOSED, AFTER = "a quote that is never closed", "text after a closing quote"
RETURN, UTF8, NUL = "a carriage return outside quotes", "bytes that are not UTF-8", "a NUL byte"

FILES: dict[str, tuple[bytes, list[tuple[object, ...]], list[tuple[object, ...]]]] = {
    "plain": (HEADER + b"1,2,3\n4,5,6\n", [(2, "1", "2", "3"), (3, "4", "5", "6")], []),
    "header only": (HEADER, [], []),
    "header without newline": (b"a,b,c", [], []),
    "no newline at the end": (HEADER + b"1,2,3\n4,5,6", [(2, "1", "2", "3"), (3, "4", "5", "6")], []),
    "blank cells are empty": (HEADER + b',"",\n', [(2, "", "", "")], []),
    "byte order mark": (b"\xef\xbb\xbf" + HEADER + b"1,2,3\n", [(2, "1", "2", "3")], []),
    "CRLF": (b"a,b,c\r\n1,2,3\r\n4,5,6\r\n", [(2, "1", "2", "3"), (3, "4", "5", "6")], []),
    "CRLF, a line feed within quotes": (
        b'a,b,c\r\n1,"x\ny",3\r\n4,"x\r\ny",6\r\n7,8,9\r\n',
        [(2, "1", "x\ny", "3"), (4, "4", "x\r\ny", "6"), (6, "7", "8", "9")],
        [],
    ),
    "CRLF, few cells": (b"a,b,c\r\n1,2\r\n4,5,6\r\n", [(3, "4", "5", "6")], [(2, "1,2", FEW)]),
    "mixed line ends": (
        b'a,b,c\r\n1,2,3\n4,"x\r\ny",6\r\n7,8,9\r\r\n\r\n1,1,1',
        [(2, "1", "2", "3"), (3, "4", "x\r\ny", "6"), (5, "7", "8", "9"), (7, "1", "1", "1")],
        [],
    ),
    "carriage return in a cell": (
        HEADER + b'1,2\r2,3\n4,"5\r5",6\n',
        [(3, "4", "5\r5", "6")],
        [(2, "1,2\r2,3", RETURN)],
    ),
    "blank lines": (
        HEADER + b"\n\n1,2,3\n\n4,5\n\n7,8,9\n\n\n",
        [(4, "1", "2", "3"), (8, "7", "8", "9")],
        [(6, "4,5", FEW)],
    ),
    "blank lines before the header": (b"\n\n" + HEADER + b"1,2,3\n", [(4, "1", "2", "3")], []),
    "newline in a column's name": (b'a,"b\nb",c\n1,2,3\n4,5\n', [(3, "1", "2", "3")], [(4, "4,5", FEW)]),
    "newlines within quotes": (
        HEADER + b'1,"x\n\n\ny",3\n4,5,6\n"\n","\n",9\n7,8,9\n',
        [(2, "1", "x\n\n\ny", "3"), (6, "4", "5", "6"), (7, "\n", "\n", "9"), (10, "7", "8", "9")],
        [],
    ),
    "too few and too many": (
        HEADER + b'1,2,3\n4,5\n7,8,9,10\n"x\ny",5\n1,1,1\n',
        [(2, "1", "2", "3"), (7, "1", "1", "1")],
        [(3, "4,5", FEW), (4, "7,8,9,10", MANY), (5, '"x\ny",5', FEW)],
    ),
    "commas within quotes are no cells": (
        HEADER + b'"1,1",2\n"1,1",2,"3,3"\n',
        [(3, "1,1", "2", "3,3")],
        [(2, '"1,1",2', FEW)],
    ),
    "not UTF-8": (
        HEADER + b"1,2,3\n4,\xe9,6\n7,\xc3\xa9,9\n",
        [(2, "1", "2", "3"), (4, "7", "é", "9")],
        [(3, "4,\\xe9,6", UTF8)],
    ),
    "NUL": (
        HEADER + b"1,2,3\n4,5\x005,6\n7,8,9\n",
        [(2, "1", "2", "3"), (4, "7", "8", "9")],
        [(3, "4,5\\x005,6", NUL)],
    ),
    "unclosed quote at the end": (HEADER + b'1,2,3\n4,"5,6\n', [(2, "1", "2", "3")], [(3, '4,"5,6', UNCLOSED)]),
    "unclosed quote swallows nothing": (
        HEADER + b'4,"x,6\n7,8,9\n1,2,3\n',
        [(3, "7", "8", "9"), (4, "1", "2", "3")],
        [(2, '4,"x,6', UNCLOSED)],
    ),
    "unclosed quote before quoted cells": (
        HEADER + b'4,"x,6\n7,"8",9\n1,2,3\n',
        [(3, "7", "8", "9"), (4, "1", "2", "3")],
        [(2, '4,"x,6', UNCLOSED)],
    ),
    "unclosed quote on every line": (
        HEADER + b'1,2,"3\n4,5,"6\n7,8,9\n',
        [(4, "7", "8", "9")],
        [(2, '1,2,"3', UNCLOSED), (3, '4,5,"6', UNCLOSED)],
    ),
    "text after a closing quote": (
        HEADER + b'4,"x"y,6\n7,"8",9\n"1"\r,2,3\n',
        [(3, "7", "8", "9")],
        [(2, '4,"x"y,6', AFTER), (4, '"1"\r,2,3', AFTER)],
    ),
    "quotes within a cell": (
        HEADER + b'1,5" x 3",3\n4,"say ""hi""",6\n7, "8,8" ,9\n',
        [(2, "1", '5" x 3"', "3"), (3, "4", 'say "hi"', "6"), (4, "7", "8,8", "9")],
        [],
    ),
    "one column": (b'a\n1\n\n""\n2,2\n3\n', [(2, "1"), (4, ""), (6, "3")], [(5, "2,2", "too many cells: 2, not 1")]),
    "a text like an option": (HEADER + b"NULL,\\N,#3\n", [(2, "NULL", "\\N", "#3")], []),
    "nothing but damage": (HEADER + b'1,2\n"\n', [], [(2, "1,2", FEW), (3, '"', UNCLOSED)]),
}


@pytest.mark.parametrize("case", FILES.values(), ids=FILES.keys())
def test_every_record_is_a_row_or_kept_aside(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    case: tuple[bytes, list[tuple[object, ...]], list[tuple[object, ...]]],
) -> None:
    data, expected_rows, expected_unreadable = case
    path.write_bytes(data)
    report = read_lines(connection, path, match_header=every_column)
    assert rows(connection) == expected_rows
    assert unreadable(connection) == expected_unreadable
    good, bad = len(expected_rows), len(expected_unreadable)
    assert report == ReadReport(good + bad, good, bad, (), len(data))


def test_the_columns_asked_for_come_in_the_order_asked_for(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    path.write_bytes(b"Extra,B,a\nx,2,1\n\xff,4,3\n")
    report = read_lines(connection, path, match_header=lambda header: HeaderMatch({"a": 2, "b": 1}, ("Extra",)))
    assert connection.execute("DESCRIBE lines").fetchall()[0][:2] == ("line_number", "BIGINT")
    assert rows(connection) == [(2, "1", "2")]
    assert unreadable(connection) == [(3, "\\xff,4,3", UTF8)]
    assert report.extra_columns == ("Extra",)


def test_a_header_that_is_refused_leaves_no_table(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    def refuse(header: Sequence[str]) -> HeaderMatch:
        raise HeaderError(f"The header lacks d: {list(header)}.")

    path.write_bytes(HEADER + b"1,2,3\n")
    with pytest.raises(HeaderError, match=r"lacks d: \['a', 'b', 'c'\]"):
        read_lines(connection, path, match_header=refuse)
    assert connection.execute("SHOW TABLES").fetchall() == []


@pytest.mark.parametrize("name", ["movies[1].csv", "movies*.csv", "o'clock.csv", "plain.csv.gz", "day=3/é .csv"])
def test_a_files_name_means_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(HEADER + b"1,2,3\n")
    read_lines(connection, path, match_header=every_column)
    assert rows(connection) == [(2, "1", "2", "3")]


def test_a_long_text_is_cut_with_a_note(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    path.write_bytes(HEADER + b"1," + b"x" * 20_000 + b"\n" + b"y" * 1_500_000 + b"\n4,5,6\n")
    read_lines(connection, path, match_header=every_column)
    assert rows(connection) == [(4, "4", "5", "6")]
    assert unreadable(connection) == [
        (2, "1," + "x" * 9_998 + " … (20,002 bytes in all)", FEW),
        (3, "y" * 10_000 + " … (1,500,000 bytes in all)", "longer than 1,000,000 bytes"),
    ]


@pytest.mark.slow
def test_an_unclosed_quote_is_looked_for_no_further_than_a_record_may_go(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> None:
    path.write_bytes(HEADER + b'1,"2,3\n' + b"4,5,6\n" * 400_000)
    report = read_lines(connection, path, match_header=every_column)
    assert (report.rows, report.unreadable) == (400_000, 1)
    assert unreadable(connection) == [(2, '1,"2,3', UNCLOSED)]
    assert connection.execute("SELECT min(line_number), max(line_number) FROM lines").fetchall() == [(3, 400_002)]


LONG: dict[str, tuple[bytes, list[tuple[object, ...]], list[tuple[object, ...]]]] = {
    "a long record with rows in its cell": (
        b'1,"' + b"in,jec,ted\n" * 200_000 + b'",3\n4,5,6\n',
        [(200_003, "4", "5", "6")],
        [(2, "longer than 1,000,000 bytes")],
    ),
    "it ends within what is held": (
        b'1,"' + b"in,jec,ted\n" * 91_000 + b'",3\n4,5,6\n',
        [(91_003, "4", "5", "6")],
        [(2, "longer than 1,000,000 bytes")],
    ),
    "it ends with the file": (b'1,2,3\n4,"' + b"in,jec,ted\n" * 200_000 + b'"', [(2, "1", "2", "3")], [(3, "longer")]),
    "its first line is longer": (
        b'1,"' + b"x" * 1_500_000 + b'\nin,jec,ted\n",3\n4,5,6\n',
        [(5, "4", "5", "6")],
        [(2, "longer")],
    ),
    "many of its cells are quoted": (
        b'1,"' + b'x\nin,jec,ted\n"," ""\n\n' * 60_000 + b'"\n4,5,6\n',
        [(240_003, "4", "5", "6")],
        [(2, "longer")],
    ),
    "two of them": (
        (b'1,"' + b"in,jec,ted\n" * 200_000 + b'",3\n4,5,6\n') * 2,
        [(200_003, "4", "5", "6"), (400_005, "4", "5", "6")],
        [(2, "longer"), (200_004, "longer")],
    ),
    "its quotes go wrong far behind": (
        b'1,"' + b"x\n" * 50_000 + b"1,2,3\n" * 200_000 + b'"wrong\n4,5,6\n',
        [*((50_002 + i, "1", "2", "3") for i in range(200_000)), (250_003, "4", "5", "6")],
        [(2, UNCLOSED), *((3 + i, "too few cells: 1") for i in range(49_999)), (250_002, UNCLOSED)],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LONG.values(), ids=LONG.keys())
def test_a_record_too_long_is_kept_aside_whole(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    case: tuple[bytes, list[tuple[object, ...]], list[tuple[object, ...]]],
) -> None:
    data, expected_rows, expected_unreadable = case
    path.write_bytes(HEADER + data)
    read_lines(connection, path, match_header=every_column)
    assert rows(connection) == expected_rows
    found = [(line, reason) for line, _, reason in unreadable(connection)]
    assert [line for line, _ in found] == [line for line, _ in expected_unreadable]
    for (_, reason), (_, expected) in zip(found, expected_unreadable, strict=True):
        assert str(reason).startswith(str(expected))


@pytest.mark.slow
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("damage", [b"", b"4,5"], ids=["whole", "ragged"])
def test_millions_of_blank_lines_are_read_over(
    connection: duckdb.DuckDBPyConnection, path: Path, ending: bytes, damage: bytes
) -> None:
    """The engine alone takes a run of them for one line that is too long."""
    path.write_bytes(ending.join([b"a,b,c", b"1,2,3", *[b""] * 2_500_000, b"4,5,6", damage]))
    report = read_lines(connection, path, match_header=every_column)
    assert rows(connection) == [(2, "1", "2", "3"), (2_500_003, "4", "5", "6")]
    assert (report.rows, report.unreadable) == (2, bool(damage))


def test_the_scratch_folder_is_left_empty(connection: duckdb.DuckDBPyConnection, path: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path.write_bytes(HEADER + b"1,2\n4,5,6\n")
    read_lines(connection, path, match_header=every_column, scratch=scratch)
    assert list(scratch.iterdir()) == []
