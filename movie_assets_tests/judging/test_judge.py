"""A day judged: what is accepted, what is quarantined and why, and that nothing is lost."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from movie_assets.dqdl import DQDLError
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.errors import HeaderError, PipelineError
from movie_assets.lake import open_lake
from movie_assets.reading.reader import EmptyFileError
from movie_assets.settings import Settings
from movie_assets_tests.support.judging import csv_of, judge_text, rows_of
from movie_assets_tests.support.pipeline import settings_in

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("cell", "column", "value", "reason"),
    [
        ({"Meta_score": "eighty"}, "meta_score", "eighty", "is not a whole number within 64 bits"),
        ({"No_of_Votes": "7.9"}, "no_of_votes", "7.9", "is not a whole number within 64 bits"),
        ({"No_of_Votes": "9" * 30}, "no_of_votes", "9" * 30, "is not a whole number within 64 bits"),
        ({"No_of_Votes": "3000000000"}, "no_of_votes", "3000000000", "is not between 0 and 2147483647"),
        ({"No_of_Votes": ""}, "no_of_votes", None, "is empty or not a number, and may not be"),
        ({"IMDB_Rating": "nan"}, "imdb_rating", "nan", "is not a finite number"),
        ({"IMDB_Rating": "99"}, "imdb_rating", "99.0", "is not between 0 and 10"),
        ({"IMDB_Rating": "9.123"}, "imdb_rating", "9.123", "has more decimals than DECIMAL(10,2)"),
        (
            {"IMDB_Rating": "9.999999999999999999"},
            "imdb_rating",
            "9.999999999999999999",
            "has more decimals than DECIMAL(10,2)",
        ),
        ({"Released_Year": "é" * 6}, "released_year", "é" * 6, "is longer than the 10 bytes of VARCHAR(10)"),
    ],
    ids=["text", "fraction", "beyond-long", "beyond-int", "blank", "nan", "range", "decimals", "rounded", "bytes"],
)
def test_a_cell_that_breaks_the_contract_quarantines_its_row(
    own_settings: Settings, cell: dict[str, str], column: str, value: str | None, reason: str
) -> None:
    report = judge_text(own_settings, csv_of([{}, cell, {}]))
    assert (report.lines, report.accepted, report.quarantined, report.unreadable) == (3, 2, 1, 0)
    [(line, result, violations)] = rows_of(
        own_settings, report, "bad_data", "line_number, DataQualityEvaluationResult, violations"
    )
    assert (line, result) == (3, "Failed")
    assert {"column": column, "value": value, "reason": reason} in violations
    assert [number for (number,) in rows_of(own_settings, report, "validated", "line_number")] == [2, 4]


def test_accepted_rows_are_stored_as_redshifts_copy_reads_them(own_settings: Settings) -> None:
    report = judge_text(own_settings, csv_of([{}]))
    with open_lake(own_settings.lake).local_files(report, "validated") as [path]:
        footer = pq.read_metadata(path)
    columns = [footer.row_group(0).column(number) for number in range(footer.num_columns)]
    assert {column.compression for column in columns} == {"SNAPPY"}
    [rating] = [column.physical_type for column in columns if column.path_in_schema == "imdb_rating"]
    assert rating == "FIXED_LEN_BYTE_ARRAY"


def test_a_quarantined_row_keeps_its_text_line_rules_and_origin(own_settings: Settings) -> None:
    text = csv_of([{"IMDB_Rating": " 9.30"}, {"IMDB_Rating": " 1.10 ", "Series_Title": 'Quo"te,\nline'}, {}])
    report = judge_text(own_settings, text, 'ColumnValues "imdb_rating" > 5, IsComplete "genre", RowCount = 3')
    [row] = rows_of(
        own_settings,
        report,
        "bad_data",
        "line_number, imdb_rating, series_title, DataQualityRulesPass, DataQualityRulesFail, DataQualityRulesSkip, "
        "violations, evaluation_id, ruleset_hash",
    )
    failed = 'ColumnValues "imdb_rating" > 5'
    assert row[:3] == (3, " 1.10 ", 'Quo"te,\nline')
    assert row[3:6] == (['IsComplete "genre"'], [failed], ["RowCount = 3"])
    assert row[6:] == (None, report.evaluation_id, report.ruleset_hash)
    assert [rule.rows_failed for rule in report.rules] == [1, 0, None]
    assert report.rules[0].failing_rows == (
        {"line_number": 3, "series_title": 'Quo"te,\nline', "imdb_rating": " 1.10 "},
    )
    assert rows_of(own_settings, report, "validated", "line_number, imdb_rating::VARCHAR") == [(2, "9.30"), (5, "9.30")]


def test_unreadable_lines_are_kept_aside_with_number_text_and_reason(own_settings: Settings) -> None:
    lines = csv_of([{}, {}]).splitlines()
    text = "\r\n".join([lines[0], "too,few", lines[1], 'x,"never closed', lines[2]]).encode() + b"\r\n"
    report = judge_text(own_settings, text)
    assert (report.lines, report.accepted, report.unreadable) == (4, 2, 2)
    assert rows_of(own_settings, report, "unreadable", "line_number, text, reason") == [
        (2, "too,few", "too few cells: 2, not 16"),
        (4, 'x,"never closed', "a quote that is never closed"),
    ]


def test_extra_columns_are_kept_out_and_recorded(own_settings: Settings) -> None:
    header = ["GROSS", "Notes", "poster_link", *[name for name in _names() if name not in ("Gross", "Poster_Link")]]
    cells = {"GROSS": "1", "Notes": "x", "poster_link": "https://posters.example/b.jpg"}
    report = judge_text(own_settings, csv_of([cells], header), "ColumnCount = 16")
    assert report.extra_columns == ("Notes",)
    assert report.rules[0].outcome == "Passed"
    assert rows_of(own_settings, report, "validated", "gross, poster_link") == [("1", "https://posters.example/b.jpg")]


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", PipelineError, "empty"),
        ("\n\r\n", EmptyFileError, "is empty: it has no header"),
        (csv_of([{}]).replace("Series_Title", "Serie_Title", 1), HeaderError, "did you mean Series_Title"),
        (csv_of([{}]).replace("Star2", "Star1", 1), HeaderError, "lacks Star2 and has Star1 more than once"),
    ],
    ids=["no-byte", "blank-lines", "renamed", "doubled"],
)
def test_a_file_that_is_refused_leaves_what_was_there(
    own_settings: Settings, text: str, error: type[PipelineError], said: str
) -> None:
    before = judge_text(own_settings, csv_of([{}]))
    with pytest.raises(error, match=said):
        judge_text(own_settings, text)
    assert open_lake(own_settings.lake).report(before.day) == before
    assert rows_of(own_settings, before, "validated", "count(*)") == [(1,)]


def test_a_header_alone_is_a_day_of_no_rows(own_settings: Settings) -> None:
    report = judge_text(own_settings, csv_of([]), 'RowCount = 0, IsComplete "genre", ColumnCount = 16')
    assert (report.lines, report.accepted, report.quarantined, report.unreadable) == (0, 0, 0, 0)
    assert [rule.outcome for rule in report.rules] == ["Passed", "Failed", "Passed"]
    assert rows_of(own_settings, report, "validated", "count(*)") == [(0,)]


def test_rules_read_references_and_the_landed_file(tmp_path: Path) -> None:
    (tmp_path / "genres[1].csv").write_text('genre\n"Crime, Drama"\n')
    (tmp_path / "genres1.csv").write_text("genre\nWar\n")
    settings = settings_in(tmp_path, references=f"known={tmp_path / 'genres[1].csv'}")
    rules = 'ReferentialIntegrity "genre" "known.genre" = 1.0, FileSize < 1 KB, FileUniqueness > 0.9'
    report = judge_text(settings, csv_of([{}, {"Genre": "War"}]), rules)
    assert [rule.outcome for rule in report.rules] == ["Failed", "Passed", "Passed"]
    assert report.rules[0].metrics == {"Column.known.ReferentialIntegrity": 0.5}
    with pytest.raises(PipelineError, match=r"the reference 'known' can't be loaded.*nowhere"):
        judge_text(settings_in(tmp_path, references="known=/nowhere.csv"), csv_of([{}]))


def test_file_rules_look_into_the_folders_a_setting_names(tmp_path: Path) -> None:
    (tmp_path / "deliveries").mkdir()
    (tmp_path / "deliveries" / "a.csv").write_text("x")
    rule = f'FileSize "{tmp_path}/deliveries" = 1, FileSize "{tmp_path}" > 0'
    one, other = judge_text(settings_in(tmp_path), csv_of([{}]), rule).rules
    refusal = f"{tmp_path}/deliveries is not in a folder that file rules may look into (none); MOVIES_FILE_ROOTS names"
    assert (one.failure_reason or "").startswith(refusal)
    settings = settings_in(tmp_path, file_roots=f"/nowhere, {tmp_path}/deliveries")
    one, other = judge_text(settings, csv_of([{}]), rule).rules
    assert (one.outcome, other.outcome) == ("Passed", "Failed")
    assert f"(/nowhere, {tmp_path}/deliveries)" in (other.failure_reason or "")


def test_a_ruleset_can_reach_no_file(own_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    rule = f"CustomSql \"select count(*) from '{tmp_path / 'secret.csv'}'\" > 0"
    report = judge_text(own_settings, csv_of([{}]), rule)
    assert report.rules[0].outcome == "Failed"
    assert "secret" in (report.rules[0].failure_reason or "")


def test_what_the_engine_says_of_a_day_it_cant_judge_is_plain(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(engine: DuckDBEngine, *_: object) -> None:
        with engine.readable():
            raise duckdb.OutOfMemoryException(
                "Out of Memory Error: failed to allocate data of size 32.0 MiB (61.1 MiB/61.0 MiB used)\n\n"
                "Possible solutions:\n* Reducing the number of threads (SET threads=X)"
            )

    monkeypatch.setattr("movie_assets.judging.judge.judge", full)
    with pytest.raises(DQDLError, match=r"^the engine can't judge 2024-03-24: it needs more memory than 61\.0 MiB$"):
        judge_text(own_settings, csv_of([{}]))


CELL = st.sampled_from([{}, {"Meta_score": "x"}, {"IMDB_Rating": "1"}, {"IMDB_Rating": "11"}, {"Genre": "a\nb"}, None])


@given(st.lists(CELL, max_size=12), st.integers(1, 5))
@hypothesis(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_goes_somewhere(own_settings: Settings, cells: list[dict[str, str] | None], batch: int) -> None:
    header = csv_of([])
    text = header + "".join("ragged\r\n" if cell is None else csv_of([cell])[len(header) :] for cell in cells)
    settings = own_settings.model_copy(update={"batch_rows": batch})
    report = judge_text(settings, text, 'ColumnValues "imdb_rating" > 5')
    bad = sum(cell is not None and bool(set(cell) & {"Meta_score", "IMDB_Rating"}) for cell in cells)
    assert report.conserved
    assert (report.lines, report.quarantined, report.unreadable) == (len(cells), bad, cells.count(None))
    kept = [line for (line,) in rows_of(settings, report, "validated", "line_number")]
    assert kept == sorted(kept)
    assert len(kept) == report.accepted


def _names() -> list[str]:
    return csv_of([]).strip().split(",")


def test_the_day_before_is_not_touched(own_settings: Settings) -> None:
    first = judge_text(own_settings, csv_of([{}]), day=date(2024, 3, 24))
    judge_text(own_settings, csv_of([{}, {}]), day=date(2024, 3, 25))
    assert open_lake(own_settings.lake).report(date(2024, 3, 24)) == first
