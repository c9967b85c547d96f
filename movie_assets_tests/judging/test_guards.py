"""What stands guard over the rows: each guard meets a fault planted in a real part."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.judging import judge
from movie_assets.judging.judge import ConservationError
from movie_assets.lake import open_lake
from movie_assets.reading import reader
from movie_assets.reading.header import Header
from movie_assets.reading.reader import LostLinesError, ReadReport, read_lines
from movie_assets.reading.scan import Scan, scan
from movie_assets.settings import Settings
from movie_assets_tests.support.judging import csv_of, judge_text, rows_of


@pytest.mark.slow
def test_a_day_that_loses_a_line_is_not_published(own_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = judge_text(own_settings, csv_of([{}]))

    def losing(connection: duckdb.DuckDBPyConnection, *place: Path, **options: object) -> ReadReport:
        report = read_lines(connection, *place, **options)  # type: ignore[arg-type]
        connection.execute("DELETE FROM lines WHERE rowid = 1")
        return report

    monkeypatch.setattr(judge, "read_lines", losing)
    with pytest.raises(ConservationError, match=r"3 lines went in, but 2 accepted \+ 0 quarantined \+ 0 unreadable"):
        judge_text(own_settings, csv_of([{}, {}, {}]))
    assert open_lake(own_settings.lake).report(before.day) == before


@pytest.mark.parametrize("more", [1, -1])
def test_a_file_whose_two_looks_disagree_is_not_published(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    before = judge_text(own_settings, csv_of([{}]))

    def miscounting(path: Path, header: Header, *, limit: int, copy: Path, rewrite: bool = False) -> Scan:
        found = scan(path, header, limit=limit, copy=copy, rewrite=rewrite)
        found.rows += more
        return found

    monkeypatch.setattr(reader, "scan", miscounting)
    with pytest.raises(LostLinesError, match=rf"The file holds {3 + more} rows, but 3 could be read of it\."):
        judge_text(own_settings, csv_of([{}, {}, {}]))
    assert open_lake(own_settings.lake).report(before.day) == before


def test_accepted_rows_keep_the_files_order_in_whatever_order_the_engine_gives_them(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrow = DuckDBEngine.arrow

    def backwards(self: DuckDBEngine, sql: str) -> pa.Table:
        rows = arrow(self, sql)
        return rows.take(list(reversed(range(rows.num_rows))))

    monkeypatch.setattr(DuckDBEngine, "arrow", backwards)
    text = csv_of([{"Series_Title": f"Film {number}"} for number in range(9)])
    report = judge_text(own_settings.model_copy(update={"batch_rows": 4}), text)
    titles = rows_of(own_settings, report, "validated", "line_number, series_title")
    assert titles == [(2 + number, f"Film {number}") for number in range(9)]
