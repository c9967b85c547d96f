"""What a file's first record says, and the files that are refused by it."""

import gzip
from pathlib import Path

import pytest

from movie_assets.reading.header import EmptyFileError, Header, UnreadableFileError, read_header

LF, CRLF = frozenset({0}), frozenset({1})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a,b\n1,2\n", Header(("a", "b"), 4, 2, LF, True), id="plain"),
        pytest.param(b"a,b\r\n1,2\r\n", Header(("a", "b"), 5, 2, CRLF, True), id="CRLF"),
        pytest.param(b"a,b", Header(("a", "b"), 3, 1, frozenset(), True), id="nothing behind it"),
        pytest.param(b'\xef\xbb\xbf"a",b\n', Header(("a", "b"), 9, 2, LF, True), id="byte order mark"),
        pytest.param(b'a,"b\nc"\n', Header(("a", "b\nc"), 8, 3, LF, False), id="newline in a name"),
        pytest.param(b"\n\r\na,b\n", Header(("a", "b"), 7, 4, frozenset({0, 1}), False), id="blank lines first"),
        pytest.param("é,ü\n".encode(), Header(("é", "ü"), 6, 2, LF, True), id="not ASCII"),
        pytest.param(b'a, "b,c",\n', Header(("a", "b,c", ""), 10, 2, LF, True), id="space before a quote"),
    ],
)
def test_the_header_is_read(tmp_path: Path, data: bytes, expected: Header) -> None:
    path = tmp_path / "movies.csv"
    path.write_bytes(data)
    assert read_header(path) == expected


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"], ids=repr)
def test_a_file_without_a_header_is_empty(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "movies.csv"
    path.write_bytes(data)
    with pytest.raises(EmptyFileError, match=r"movies\.csv is empty: it has no header"):
        read_header(path)


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        pytest.param(gzip.compress(b"a,b\n"), "seems to be a gzip archive", id="gzip"),
        pytest.param(b"PK\x03\x04\x14\0", "seems to be a zip archive or a spreadsheet", id="zip"),
        pytest.param(b"PAR1\x15\x04", "seems to be a Parquet file", id="Parquet"),
        pytest.param("a,b\n1,2\n".encode("utf-16"), "seems to be UTF-16 text", id="UTF-16"),
        pytest.param("a,b\n1,2\n".encode("utf-32"), "seems to be UTF-32 text", id="UTF-32"),
        pytest.param(b"a," * 3_000 + b"a\n", "has 3,001 columns, more than 3,000", id="too many columns"),
        pytest.param("a,b\n1,2\n".encode("utf-16-le"), "seems to be UTF-16 text", id="UTF-16 without mark"),
        pytest.param(b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0", "seems to be a binary file", id="binary"),
        pytest.param("Réalisateur,b\n".encode("latin-1"), "has bytes that are not UTF-8 in its header", id="latin-1"),
        pytest.param(b'a,"b\n1,2\n', "has a quote that is never closed in its header", id="unclosed quote"),
        pytest.param(b"a,b\r1,2\r", "ends its lines in carriage returns alone", id="old Mac"),
        pytest.param(b"x" * 1_100_000, "has a header that can't be read: it is longer than 1,000,000", id="endless"),
        pytest.param(b'a,"' + b"x\n" * 600_000, "has a quote in its header that is not closed within 1,000", id="open"),
        pytest.param(
            b"a," + b"x" * 131_073 + b"\n", "has a name of 131,073 characters in cell 2 of its header", id="long name"
        ),
        pytest.param(b"\n" * 1_100_000, "has no header within its first 1,000,000 bytes", id="endless blank lines"),
    ],
)
def test_what_is_no_csv_is_refused_by_what_it_seems_to_be(tmp_path: Path, data: bytes, seems: str) -> None:
    path = tmp_path / "movies.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError) as refusal:
        read_header(path)
    assert refusal.value.message.startswith(f"{path} {seems}")
    assert refusal.value.hint == "Save it as a CSV: UTF-8 text, commas between cells, a newline after each record."


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"Can't read .*nowhere\.csv: No such file or directory") as refusal:
        read_header(tmp_path / "nowhere.csv")
    assert isinstance(refusal.value.__cause__, FileNotFoundError)
