"""The program `movies` as a person types it: what it prints, what it returns."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from movie_assets.cli import movies
from movie_assets.movies.sample import write_golden, write_sample


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*words: str) -> Result:
    """Run a program in this process; an error that is not foreseen fails the test with its traceback."""
    result = CliRunner().invoke(movies, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(result: Result, code: int = 2) -> str:
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def golden(path: str = "golden.csv") -> str:
    write_golden(path)
    return path


@pytest.mark.slow
def test_from_a_file_to_the_table(tmp_path: Path) -> None:
    landed = call("land", golden(), "--day", "2024-03-24")
    assert landed.output.startswith(f"landed {tmp_path}/.movies/lake/landing/ingest_date=2024-03-24/golden.csv (")

    ran = call("run", "--day", "2024-03-24")
    assert ran.exit_code == 0, ran.output
    assert (
        "1,000 lines in = 20 accepted + 980 quarantined + 0 unreadable; 39 of 43 rules passed, score 0.9070"
        in ran.output
    )
    failed = [line for line in ran.output.splitlines() if "does not meet" in line or "Value:" in line]
    assert [line.split()[0] for line in failed][:4] == ["ColumnValues", "ColumnValues", "ColumnValues", "Uniqueness"]
    assert [count for line in failed for count in line.split() if count in ("967", "249", "157", "191")] == [
        "967",
        "249",
        "157",
        "191",
    ]
    assert f"files   {tmp_path}/.movies/lake" in ran.output
    assert f"table   {tmp_path}/.movies/warehouse.duckdb: movies.imdb_movies_rating, 20 rows of 1 day" in ran.output
    assert f"alerts  {tmp_path}/.movies/alerts (1 new)" in ran.output
    assert "make ui" in ran.output
    assert "DEBUG" not in ran.output
    assert len(list(Path(".movies/alerts").glob("*.txt"))) == 1

    status = call("status").output.splitlines()
    assert status[0].split() == ["day", "lines", "accepted", "quarantined", "unreadable", "score", "state"]
    assert status[1].split() == ["2024-03-24", "1,000", "20", "980", "0", "0.9070", "loaded"]

    counted = call("query", "SELECT ingest_date, count(*) AS films FROM movies.imdb_movies_rating GROUP BY ALL")
    assert [line.split() for line in counted.output.splitlines()] == [["ingest_date", "films"], ["2024-03-24", "20"]]
    assert "DROP" in refused(call("query", "DROP TABLE movies.imdb_movies_rating"))

    shown = call("show", "bad_data", "--day", "2024-03-24", "--limit", "3").output
    assert [line.split()[0] for line in shown.splitlines() if line[:4].strip().isdigit()] == ["5", "6", "8"]
    assert 'ColumnValues "released_year" in [63 values] with threshold >= 0.88  1920' in shown
    assert "3 of 980 quarantined rows; all of them: " in shown
    assert len(call("show", "rules", "--day", "2024-03-24").output.splitlines()) >= 44
    assert "20 of 20 accepted rows" in call("show", "validated", "--day", "2024-03-24").output
    assert "no unreadable lines" in call("show", "unreadable", "--day", "2024-03-24").output


@pytest.mark.slow
def test_a_range_of_days_and_one_that_has_no_file() -> None:
    write_sample("small.csv", rows=3, dirt={})
    call("land", "small.csv", "--day", "2024-03-24")
    ran = call("run", "--days", "2024-03-24..2024-03-25")
    assert ran.exit_code == 1
    assert "3 lines in = " in ran.output
    assert "the run failed: No file has landed for 2024-03-25: looked for " in ran.output
    assert "movies land FILE --day 2024-03-25" in ran.output
    assert "Traceback" not in ran.output


def test_sample_lands_its_days_or_writes_a_file() -> None:
    landed = call("sample", "--days", "2024-03-24..2024-03-25", "--rows", "5").output.splitlines()
    assert [line.split("ingest_date=")[1][:10] for line in landed] == ["2024-03-24", "2024-03-25"]
    assert call("sample", "--day", "2024-03-24", "--rows", "5", "--dirt", "0", "--out", "a.csv").exit_code == 0
    assert len(Path("a.csv").read_bytes().splitlines()) == 6
    call("sample", "--day", "2024-03-24", "--rows", "5", "--dirt", "blank_title=1", "--out", "b.csv")
    with Path("b.csv").open(newline="") as file:
        assert {row["Series_Title"].strip() for row in csv.DictReader(file)} == {""}


@pytest.mark.slow
def test_unreadable_lines_are_shown_with_number_reason_and_text() -> None:
    write_sample("movies.csv", rows=2, dirt={})
    with Path("movies.csv").open("a") as file:
        file.write("just,three,cells\n")
    call("land", "movies.csv", "--day", "2024-03-24")
    assert "3 lines in = " in call("run", "--day", "2024-03-24").output
    shown = call("show", "unreadable", "--day", "2024-03-24").output
    assert "just,three,cells" in shown
    assert shown.splitlines()[1].split()[0] == "4"
    assert "1 of 1 unreadable lines" in shown


@pytest.mark.slow
def test_a_column_nobody_knows_is_reported() -> None:
    write_sample("movies.csv", rows=1, dirt={})
    header, row = Path("movies.csv").read_text().splitlines()
    Path("movies.csv").write_text(f"{header},Awards\n{row},3\n")
    call("land", "movies.csv", "--day", "2024-03-24")
    assert "kept out: Awards" in call("run", "--day", "2024-03-24").output


def test_status_before_anything() -> None:
    assert call("status").output.startswith("No day yet.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["land", "none.csv", "--day", "2024-03-24"], "none.csv"),
        (["land", "empty.csv", "--day", "2024-03-24"], "empty"),
        (["land", "empty.csv", "--day", "24.3.2024"], "'24.3.2024' is not a day; write it as 2024-03-24"),
        (["run"], "Give --day D or --days A..B."),
        (["run", "--days", "2024-03-24"], "write it as 2024-03-24..2024-03-26"),
        (["run", "--days", "2024-03-26..2024-03-24"], "ends before it starts"),
        (["run", "--day", "2020-01-01"], "There is no partition for 2020-01-01: the days go from 2024-03-01"),
        (["show", "rules", "--day", "2024-03-24"], "run it with: movies run --day 2024-03-24"),
        (["sample", "--day", "2024-03-24", "--dirt", "much"], "--dirt 'much' is not understood."),
        (["sample", "--day", "2024-03-24", "--dirt", "blank_titel=1"], "blank_title"),
    ],
    ids=[
        "no file",
        "empty file",
        "day",
        "no day",
        "no range",
        "backwards",
        "before the start",
        "not judged",
        "dirt",
        "kind",
    ],
)
def test_what_is_refused(words: Sequence[str], said: str) -> None:
    Path("empty.csv").touch()
    assert said in refused(call(*words))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MOVIES_GATE", "halt", "MOVIES_GATE is 'halt', which can't be used"),
        ("MOVIES_GAET", "stop", "did you mean MOVIES_GATE?"),
        ("MOVIES_RULESET", "none.dqdl", "none.dqdl"),
    ],
    ids=["value", "name", "ruleset"],
)
def test_wrong_settings(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str) -> None:
    monkeypatch.setenv(variable, value)
    assert said in refused(call("run", "--day", "2024-03-24"))


def test_a_lake_that_is_a_file_is_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lake").touch()
    monkeypatch.setenv("MOVIES_LAKE", str(tmp_path / "lake"))
    for words in (["status"], ["run", "--day", "2024-03-24"]):
        assert "lake is not a folder" in refused(call(*words))
    assert not (tmp_path / ".movies").exists()


def test_a_file_that_no_run_could_take_is_not_landed() -> None:
    said = refused(call("land", golden(), "--day", "2020-01-01"))
    assert "There is no partition for 2020-01-01" in said
    assert "MOVIES_START_DATE" in said
    assert not list(Path().rglob("ingest_date=*"))


def test_a_start_that_is_still_to_come_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_START_DATE", "2999-01-01")
    assert "the first day, 2999-01-01, is still to come" in refused(call("run", "--day", "2024-03-24"))


def test_a_ruleset_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_RULESET", "/dev/zero")
    said = "The ruleset '/dev/zero' can't be read: it is a device, not a regular file."
    assert said in refused(call("run", "--day", "2024-03-24"))


@pytest.mark.slow
def test_a_wrong_ruleset_stops_every_command_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.dqdl").write_text('Rules = [\n  IsComplet "genre"\n]\n')
    monkeypatch.setenv("MOVIES_RULESET", "mine.dqdl")
    for words in (["run", "--day", "2024-03-24"], ["ui"]):
        said = refused(call(*words))
        assert "line 2, column 3" in said
        assert "did you mean 'IsComplete'?" in said
