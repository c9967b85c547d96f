"""How tables get into the engine: the file that is named, with its own values."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from movie_assets import dqdl

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


def names(result: dqdl.EvaluationResult) -> list[str]:
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


def test_a_folders_value_is_no_column_of_its_files(tmp_path: Path) -> None:
    file = write(tmp_path / "year=2024" / "x.parquet", "1999")
    assert dqdl.evaluate(dqdl.parse("Rules = [ ColumnCount = 1 ]"), file).score == 1.0


def test_a_pattern_that_would_match_names_no_file(tmp_path: Path) -> None:
    write(tmp_path / "g1.csv", "another")
    with pytest.raises(dqdl.EvaluationError, match=r"there is no file '.*/g\[12\]\.csv'"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), tmp_path / "g[12].csv")


def test_a_name_the_engine_has_no_spelling_for_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "back\\slash*.csv", "the one named")
    with pytest.raises(dqdl.EvaluationError, match=r"it has a backslash beside one of \*\?\[; rename the file$"):
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 1 ]"), file)
