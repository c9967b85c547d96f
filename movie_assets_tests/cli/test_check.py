"""`dqdl check` as a person types it: what it prints, what it returns."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from movie_assets.cli import dqdl
from movie_assets.movies.sample import write_golden, write_sample
from movie_assets.settings import PACKAGED_RULESET


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*words: str) -> Result:
    """Run `dqdl check` in this process; an error that is not foreseen fails the test with its traceback."""
    result = CliRunner().invoke(dqdl, ["check", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.output


def golden(path: str = "golden.csv") -> str:
    write_golden(path)
    return path


def test_check_as_json_has_the_promised_shape() -> None:
    result = check(str(PACKAGED_RULESET), golden(), "--json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert list(told) == ["score", "rules", "rows", "unreadable"]
    assert round(told["score"], 4) == 0.9070
    assert told["rows"] == {"total": 1000, "accepted": 20, "quarantined": 980}
    assert len(told["rules"]) == 43
    rating = next(rule for rule in told["rules"] if rule["rule"] == 'ColumnValues "imdb_rating" between 8.5 and 10.3')
    assert list(rating) == ["rule", "outcome", "failure_reason", "metrics", "evaluated_rule", "rows_failed"]
    assert (rating["outcome"], rating["rows_failed"]) == ("Failed", 967)
    assert rating["metrics"] == {"Column.imdb_rating.Minimum": 7.6, "Column.imdb_rating.Maximum": 9.3}


def test_check_with_nulls_ignored() -> None:
    result = check(str(PACKAGED_RULESET), golden(), "--nulls", "ignore")
    assert result.output.startswith("41 of 43 rules passed, score 0.9535; 1,000 rows: 20 accepted, 980 quarantined\n")
    assert 'Uniqueness "star3" > 0.95' in result.output


@pytest.mark.parametrize(
    ("types", "code"),
    [(None, 1), ("n:long", 0), ("n:string", 1), ("n:decimal(4,2),t:string", 0)],
    ids=["strings", "a number", "named a string", "a type with a comma"],
)
def test_types_of_a_csv(types: str | None, code: int) -> None:
    Path("numbers.csv").write_text("n,t\n1,a\n20,b\n")
    Path("rules.dqdl").write_text('Rules = [ ColumnValues "n" > 0 ]')
    given = ["--types", types] if types else []
    assert check("rules.dqdl", "numbers.csv", *given).exit_code == code


def test_the_movies_header_brings_the_contracts_types_in_any_case() -> None:
    write_sample("movies.csv", rows=2, dirt={})
    header, *rows = Path("movies.csv").read_text().splitlines()
    Path("movies.csv").write_text("\n".join([header.upper(), *rows]) + "\n")
    Path("rules.dqdl").write_text('Rules = [ ColumnValues "imdb_rating" > 0, StandardDeviation "no_of_votes" > 0 ]')
    assert check("rules.dqdl", "movies.csv").exit_code == 0
    lines = Path("movies.csv").read_text().splitlines()
    Path("movies.csv").write_text("\n".join(f"{line},{number}" for number, line in enumerate(lines)) + "\n")
    assert check("rules.dqdl", "movies.csv").exit_code == 0  # the pipeline leaves further columns out


def test_a_parquet_file_keeps_its_types() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"n": [1, 2]}), "numbers.parquet")
    Path("rules.dqdl").write_text('Rules = [ ColumnValues "n" > 0 ]')
    assert check("rules.dqdl", "numbers.parquet").exit_code == 0


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ('ReferentialIntegrity "n" "known.n" = 1.0', ["--reference", "known=g[12].csv"]),
        (
            'ReferentialIntegrity "n" "b.n" = 1.0, RowCountMatch "a" = 0.5',
            ["--reference", "a=o.csv", "--reference=b=o.csv"],
        ),
        ("RowCount > last() + 1", ["--history", "history.json"]),
        ('DataFreshness "d" <= 24 hours', ["--now", "2024-01-02"]),
        ('DataFreshness "d" <= 24 hours', ["--now", "2024-01-02T02:00+02:00"]),
        ('ColumnValues "n" > 0', ["--types", "n:long", "--nulls", "IGNORE"]),
        ('(ColumnValues "n" in ["1"]) or (ColumnValues "d" matches ".*")', ["--composite", "Row"]),
        ('IsComplete "n" where "d > \'2030\'"', ["--filtered-rows", "SKIPPED"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_options_of_an_evaluation(rules: str, words: Sequence[str]) -> None:
    Path("rules.dqdl").write_text(f"Rules = [ {rules} ]")
    Path("g[12].csv").write_text("n,d\n1,2024-01-01\n,2024-01-01\n")
    Path("g1.csv").write_text("n\n9\n")
    Path("o.csv").write_text('n\n1\n""\n2\n3\n')
    Path("history.json").write_text('{"Dataset.*.RowCount": [0, 9]}')
    result = check("rules.dqdl", "g[12].csv", *words)
    assert result.exit_code == 0, result.output


def test_a_folder_of_parquet_files_is_checked() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    Path("films/year=2024").mkdir(parents=True)
    pq.write_table(pa.table({"year": [1999]}), "films/year=2024/a.parquet")
    pq.write_table(pa.table({"year": [2000]}), "films/b.parquet")
    Path("rules.dqdl").write_text('Rules = [ RowCount = 2, ColumnValues "year" < 2001 ]')
    assert check("rules.dqdl", "films").exit_code == 0


def test_a_number_rule_that_meets_text_gets_a_hint() -> None:
    Path("data.csv").write_text("n,my column,t\n1,2,a\n")
    Path("rules.dqdl").write_text('Rules = [ ColumnValues "n" > 0, Mean "my column" > 0, Sum "N" > 0, IsComplete "t" ]')
    hint = "Hint: a CSV's columns are text; for numbers, add --types 'n:double,my column:double'"
    assert check("rules.dqdl", "data.csv").stderr.splitlines() == [hint]
    assert check("rules.dqdl", "data.csv", "--types", "n:double,my column:double").exit_code == 0


@pytest.mark.parametrize("rules", ['ColumnValues "t" = "b"', 'ColumnValues "zz" > 1', 'ColumnValues "n" > 1'])
def test_no_hint_for_another_failure(rules: str) -> None:
    Path("data.csv").write_text("n,t\n1,a\n")
    Path("rules.dqdl").write_text(f"Rules = [ {rules} ]")
    types = ["--types", "n:long"] if '"n"' in rules else []
    result = check("rules.dqdl", "data.csv", *types)
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("Rules = [ IsComplete ", ["data.csv"], "line 1, column"),
        ('Rules = [ IsComplet "a" ]', ["data.csv"], "did you mean 'IsComplete'?"),
        ("Rules = [ RowCount > 0 ]", ["none.csv"], "there is no file 'none.csv'"),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--types", "a"],
            "it takes name:type, not 'a'; as in --types",
        ),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--types", "a:strnig"], "strnig"),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--types", "b:long"],
            "types are given for columns that are not there",
        ),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--types", "a:int, A:double"],
            "it takes name:type with each name once; 'A' stands twice, whatever its case; as in --types",
        ),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--reference", "x"],
            "it takes alias=path, not 'x'; as in",
        ),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--reference=x=1", "--reference=X=2"],
            "it takes alias=path with each name once; 'X' stands twice, whatever its case",
        ),
        ("Rules = [ RowCount > 0 ]", [""], "Invalid value for 'DATA': the path is empty"),
        ("Rules = [ RowCount > 0 ]", ["pipe"], "can't read the table 'pipe': it is a pipe, not a regular file"),
        ("Rules = [ RowCount > 0 ]", ["/dev/zero"], "'/dev/zero': it is a device, not a regular file"),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--history", "pipe"], "'pipe' can't be read: it is a pipe, not a"),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--history", "/dev/zero"], "can't be read: it is a device, not a"),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--files-root", "nowhere"],
            "there is no folder 'nowhere', which",
        ),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--now", "9999-12-31"], "a datetime of the years 2 to 9998"),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--reference", "x=none.csv"], "there is no file 'none.csv'"),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--history", "none.json"], "history 'none.json' can't be read"),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--history", "data.csv"], "The history 'data.csv' is not JSON"),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--history", "list.json"],
            "history maps a metric's name to the list",
        ),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--history", "deep.json"], "The history 'deep.json' is not JSON"),
        (
            "Rules = [ RowCount > 0 ]",
            ["data.csv", "--now", "noon"],
            "'noon' is not a time; write it as 2024-03-24T08:00",
        ),
        ("Rules = [ RowCount > 0 ]", ["data.csv", "--composite", "rows"], "'rows' is not one of 'column', 'row'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_check_could_not_run(text: str, words: Sequence[str], said: str) -> None:
    Path("rules.dqdl").write_text(text)
    Path("data.csv").write_text("a\n1\n")
    Path("list.json").write_text("[1]")
    Path("deep.json").write_text("[" * 200_000)
    os.mkfifo("pipe")
    assert said in refused(check("rules.dqdl", *words))


@pytest.mark.parametrize(
    ("ruleset", "said"),
    [
        ("none.dqdl", "The ruleset 'none.dqdl' can't be read: No such file or directory."),
        (".", "The ruleset '.' can't be read: Is a directory."),
        ("pipe", "The ruleset 'pipe' can't be read: it is a pipe, not a regular file."),
        ("/dev/zero", "The ruleset '/dev/zero' can't be read: it is a device, not a regular file."),
        ("latin-1", "The ruleset 'latin-1' is not UTF-8 text."),
        ("large", "The ruleset 'large' is larger than 10,000,000 bytes."),
        ("", "Invalid value for 'RULESET': the path is empty"),
    ],
)
def test_a_ruleset_that_can_not_be_read(ruleset: str, said: str) -> None:
    os.mkfifo("pipe")
    Path("latin-1").write_bytes(b"\xe9")
    Path("large").write_bytes(b" " * 10_000_001)
    assert said in refused(check(ruleset, "data.csv"))


def test_one_row_is_one_row() -> None:
    Path("data.csv").write_text("a,b\n1,2\n3\n")
    Path("rules.dqdl").write_text("Rules = [ RowCount = 1 ]")
    said = "1 row: 1 accepted, 0 quarantined; 1 line that can't be read left out\n"
    assert check("rules.dqdl", "data.csv").output.endswith(said)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "data.csv is empty: it has no header."),
        (b"a,A\n1,2\n", "columns of 'data.csv' occur twice: 'A', 'a'"),
        (b"a," + b"b" * 140_000 + b"\n1,2\n", "data.csv has a name of 140,000 characters in cell 2 of its header."),
        ("a\n1\n".encode("utf-16"), "data.csv seems to be UTF-16 text."),
    ],
    ids=["empty", "a column twice", "a long name", "UTF-16"],
)
def test_a_csv_that_check_refuses_is_named_with_its_fault(data: bytes, said: str) -> None:
    Path("rules.dqdl").write_text("Rules = [ RowCount > 0 ]")
    Path("data.csv").write_bytes(data)
    message = refused(check("rules.dqdl", "data.csv"))
    assert said in message
    assert message.count("\n") <= 2  # what happened, and perhaps a hint


def test_lines_that_are_not_rows_are_left_out_and_counted() -> None:
    Path("data.csv").write_bytes(b'a,b\n1,2\n3,4,5\n"6",7\n8\n9,\0\n\xff,1\n10,"1\n1,1\r1\n')
    Path("rules.dqdl").write_text("Rules = [ RowCount = 2 ]")
    result = check("rules.dqdl", "data.csv")
    assert result.exit_code == 0
    assert result.output == (
        "1 of 1 rules passed, score 1.0000; 2 rows: 2 accepted, 0 quarantined; 6 lines that can't be read left out\n"
    )
    assert "'data.csv' has 6 lines that can't be read." in refused(check("rules.dqdl", "data.csv", "--strict"))


def test_file_rules_look_into_the_folders_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.csv").write_text("n\n1\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.csv").write_text("x")
    Path("rules.dqdl").write_text('Rules = [ FileSize "other" = 1, FileSize "data/t.csv" = 4 ]')
    assert "1 of 2 rules passed" in check("rules.dqdl", "data/t.csv").output
    both = check("rules.dqdl", "data/t.csv", "--files-root", "other", "--files-root", "data")
    assert "2 of 2 rules passed" in both.output
