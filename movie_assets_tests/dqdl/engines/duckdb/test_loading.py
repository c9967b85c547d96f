"""How tables get into the engine: the file that is named, with its own values."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from movie_assets import dqdl
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.loading import load, unreadable_table
from movie_assets.reading.reader import HeaderMatch, read_lines

NAMES = ["g[12]", "*", "a?b", "{a,b}", "**", "[!a]", "~x", "back\\slash", "qu'ote", "with space", "$HOME", "%41"]
"""What a shell, a URL or the engine's readers would take for something else."""


def write(path: Path, text: str) -> Path:
    """A file of one row whose cell is the text."""
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".csv":
        path.write_text(f"name\n{text}\n")
    else:
        pq.write_table(pa.table({"name": [text]}), path)
    return path


def names(result: dqdl.EvaluationResult) -> list[str | None]:
    return result.rows.column("name").to_pylist()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, suffix: str) -> None:
    for other in ("g1", "g2", "axb", "a", "b", "bc", "backslash"):
        write(tmp_path / "folder" / f"{other}{suffix}", "another")
        write(tmp_path / f"{other}{suffix}", "another")
    folder = "folder" if "\\" in name else "fol[d]er"
    file = write(tmp_path / folder / f"{name}{suffix}", "the one named")
    ruleset = dqdl.parse('Rules = [ RowCount = 1, ReferentialIntegrity "name" "other.name" = 1.0 ]')
    monkeypatch.chdir(file.parent)
    result = dqdl.evaluate(ruleset, file, references={"other": file.name})
    assert [outcome.outcome for outcome in result.rule_outcomes] == ["Passed", "Passed"]
    assert names(result) == ["the one named"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_column_keeps_its_own_values_in_a_folder_of_its_name(tmp_path: Path, suffix: str) -> None:
    file = write(tmp_path / "name=2024" / f"x{suffix}", "1999")
    result = dqdl.evaluate(dqdl.parse("Rules = [ ColumnCount = 1 ]"), file)
    assert names(result) == ["1999"]
    assert result.score == 1.0


def test_a_folders_value_is_not_a_column_of_its_file(tmp_path: Path) -> None:
    file = write(tmp_path / "year=2024" / "x.parquet", "1999")
    assert dqdl.evaluate(dqdl.parse("Rules = [ ColumnCount = 1 ]"), file).score == 1.0


def test_a_pattern_that_would_match_names_no_file(tmp_path: Path) -> None:
    write(tmp_path / "g1.csv", "another")
    with pytest.raises(dqdl.EvaluationError, match=r"there is no file '.*/g\[12\]\.csv'"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), tmp_path / "g[12].csv")


def test_a_name_the_engine_has_no_spelling_for_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "back\\slash*.parquet", "the one named")
    with pytest.raises(dqdl.EvaluationError, match=r"it has a backslash beside one of \*\?\[; rename the file$"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), file)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    rules = dqdl.parse("Rules = [ RowCount = 1 ]")
    csv, parquet = (write(tmp_path / f"x{suffix}", "1") for suffix in (".csv", ".parquet"))
    assert dqdl.evaluate(rules, csv.rename(tmp_path / os.fsdecode(b"\xff.csv"))).score == 1.0
    with pytest.raises(dqdl.EvaluationError, match=r"udcff\.parquet' can't be opened: it is not UTF-8; rename"):
        dqdl.evaluate(rules, parquet.rename(tmp_path / os.fsdecode(b"\xff.parquet")))


def folder_of(path: Path, **files: pa.Table) -> Path:
    """A folder of Parquet files, by name without the suffix; ``__`` stands for a folder below."""
    for name, table in files.items():
        file = path / f"{name.replace('__', '/')}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file)
    return path


def test_a_folder_is_its_parquet_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    one, two = pa.table({"n": [1, 2]}), pa.table({"n": [3], "more": ["x"]})
    films = folder_of(tmp_path / "films[1].parquet", b=two, a=one)
    folder_of(films, _temporary__c=two)
    (films / "_SUCCESS").touch()
    rows = dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 3, ColumnCount = 2 ]"), films)
    assert rows.score == 1.0
    assert (rows.rows["n"].to_pylist(), rows.rows["more"].to_pylist()) == ([1, 2, 3], [None, None, "x"])


def test_a_folders_values_are_not_columns_of_its_files(tmp_path: Path) -> None:
    films = folder_of(tmp_path, **{"year=2024__a": pa.table({"year": [1999]}), "year=2025__a": pa.table({"n": [1]})})
    rows = dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 2 ]"), films).rows
    assert rows["year"].to_pylist() == [1999, None]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "there is no Parquet file in the folder '{}'; name a CSV file itself"),
        (
            {"a": pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "A"])},
            "columns of '{}/a.parquet' occur twice: 'A', 'a'",
        ),
    ],
    ids=["no files", "a column twice"],
)
def test_a_folder_that_is_not_a_table(tmp_path: Path, files: dict[str, pa.Table], said: str) -> None:
    with pytest.raises(dqdl.EvaluationError) as refused:
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), folder_of(tmp_path, **files))
    assert str(refused.value) == said.format(tmp_path)


@pytest.mark.parametrize("length", [0, 3, 100])
def test_a_parquet_file_that_is_not_whole_is_refused_by_name(tmp_path: Path, length: int) -> None:
    file = write(tmp_path / "x.parquet", "1999")
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(dqdl.EvaluationError, match=rf"^'{file}' is not a whole Parquet file: [^\n]*$"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), file)


@pytest.mark.parametrize("at", [4, -8_000, -100])
@pytest.mark.parametrize("compression", ["snappy", "none"])
def test_a_damaged_parquet_file_is_said_to_be_so_in_plain_words(
    tmp_path: Path, at: int, compression: Literal["snappy", "none"]
) -> None:
    file = tmp_path / "x.parquet"
    table = pa.table({"n": range(5_000), "s": [str(n**7) for n in range(5_000)]})
    pq.write_table(table, file, compression=compression)
    whole = file.read_bytes()
    at %= len(whole)
    file.write_bytes(whole[:at] + b"\xff" * 60 + whole[at + 60 :])
    words = "is damaged: its pages can't be (read|unpacked)|is not a whole Parquet file: its footer is damaged"
    with pytest.raises(dqdl.EvaluationError, match=rf"'{file}'.*({words})$"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), file)


def test_files_of_a_folder_that_do_not_fit_together(tmp_path: Path) -> None:
    films = folder_of(tmp_path, a=pa.table({"n": [1]}), b=pa.table({"n": [[1]]}))
    with pytest.raises(dqdl.EvaluationError, match=r"column 'n' has another type in '.*/a\.parquet' than in the other"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), films)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 5000, "File name too long"),
        ("x" * 5000 + ".csv", "File name too long"),
        ("", "the path of the table is empty"),
        ("\0", "no file can have this name"),
        ("\ud800.csv", "no file can have this name"),
        ("/dev/zero", "can't read the table '/dev/zero': it is a device, not a regular file"),
    ],
)
def test_a_name_no_file_has_is_refused(name: str, said: str) -> None:
    with pytest.raises(dqdl.EvaluationError, match=said):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), name)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"x{suffix}"
    os.mkfifo(file)
    with pytest.raises(dqdl.EvaluationError, match="it is a pipe, not a regular file"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), file)


@pytest.mark.parametrize("more", [0, 1_200])
def test_a_reference_is_read_to_its_last_line_or_refused(tmp_path: Path, more: int) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n3\n" + "4\n" * more)
    with pytest.raises(dqdl.EvaluationError) as refused:
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), pa.table({"a": [1]}), references={"x": file})
    fault = f"line 3 of '{file}' is no row of it (too few cells: 1, not 2)" + ", nor are 1,200 more" * bool(more)
    assert str(refused.value) == f"the reference 'x' can't be loaded: {fault}"


def test_references_that_differ_in_case_alone_would_replace_each_other(tmp_path: Path) -> None:
    other = {alias: write(tmp_path / f"{n}.csv", alias) for n, alias in enumerate(("x", "X"))}
    with pytest.raises(dqdl.EvaluationError, match="'x' and 'X': case does not tell them apart"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), other["x"], references=other)


DAMAGED = {
    "ragged": b"a,line_number\n1,2\n3\n4,5,6\n7,8\n",
    "a lone carriage return": b"a,line_number\n1,2\n3\r,4\n7,8\n",
    "NUL": b"a,line_number\n1,2\n3,\0\n7,8\n",
    "mixed line ends": b"a,line_number\r\n1,2\n\n\xff,3\r\n7,8\r\r\n",
    "an injecting cell": b'a,line_number\n1,2\n3,"' + b"x,y\n" * 300_000 + b'"\n7,8\n',
    "nothing but damage": b'a,line_number\n1\n"',
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_csv_is_read_as_the_pipeline_reads_it(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    with duckdb.connect() as connection:
        report = read_lines(
            connection, path, match_header=lambda names: HeaderMatch({f"c{i}": i for i in range(len(names))})
        )
        expected = connection.execute("SELECT c0, c1 FROM lines ORDER BY rowid").fetchall()
        kept_aside = connection.execute("SELECT * FROM unreadable").fetchall()
    engine = DuckDBEngine.open()
    loaded = load(engine, "t", path)
    assert loaded.schema.names == ("a", "line_number")
    assert engine.rows("SELECT * FROM t ORDER BY rowid") == expected
    assert (loaded.unreadable, loaded.unreadable) == (report.unreadable, len(kept_aside))
    assert engine.rows(f'SELECT * FROM "{unreadable_table("t")}"') == kept_aside
    assert loaded.unreadable > 0


def test_the_types_of_a_csv_go_by_name_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('Rating,"a ""b""",t\n9.999999999999999999,7.0, x\n9.30,7.9,\n')
    engine = DuckDBEngine.open()
    schema = load(engine, "t", path, {"rating": "Decimal(10,2)", 'A "B"': "INT"}).schema
    assert [(column.name, column.type) for column in schema.columns] == [
        ("Rating", "DECIMAL(10,2)"),
        ('a "b"', "INTEGER"),
        ("t", "VARCHAR"),
    ]
    assert engine.rows("SELECT * FROM t ORDER BY rowid") == [(None, 7, " x"), (Decimal("9.30"), None, "")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "types", "said"),
    [
        ("a,,b\n1,2,3\n", {}, "column 2 of '{}' has no name"),
        ("a\n1\n", {"a": "strnig"}, "unknown type 'strnig' for column 'a'; known are string, boolean, byte, "),
        (
            "a\n1\n",
            {"a": "decimal(39,2)"},
            "unknown type 'decimal(39,2)' for column 'a'; known are string, boolean, byte, short, int, integer, long, "
            "bigint, float, double, date, timestamp, decimal(p,s) with p from 1 to 38 and s from 0 to p",
        ),
        ("a\n1\n", {"a": "int", "A": "double"}, "types name a column twice, whatever the case: a, A"),
        ("a\n1\n", {"b": "long"}, "types are given for columns that are not there: b"),
        ("\n\n", {}, "{} is empty: it has no header."),
        ("a\n" + '1,"2\n' * 100_001, {}, "More than 100,000 lines of {} are not rows of this table"),
    ],
    ids=["no name", "type", "range", "twice", "types", "empty", "too much damage"],
)
def test_a_csv_that_is_no_table(tmp_path: Path, text: str, types: dict[str, str], said: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(dqdl.EvaluationError) as refused:
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), path, types=types)
    assert str(refused.value).startswith(said.format(path))
