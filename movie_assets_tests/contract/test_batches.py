from collections.abc import Sequence

import polars as pl
import pytest

from movie_assets.contract.batches import REFUSED_SCHEMA
from movie_assets.errors import PipelineError
from movie_assets_tests.support.feeds import CONTRACT

TYPES = {"string": pl.String(), "double": pl.Float64(), "long": pl.Int64()}
CELLS = {"string": "text", "double": 8.7, "long": 80}


def batch(rows: int, **cells: Sequence[object]) -> pl.DataFrame:
    """Rows that keep the contract but for the given columns; the first comes from line 2 of its file."""
    data = {
        column.stored_name: pl.Series(
            cells.get(column.stored_name, [CELLS[column.kind]] * rows), dtype=TYPES[column.kind]
        )
        for column in CONTRACT.columns
    }
    return pl.DataFrame(data).with_columns(line_number=pl.int_range(2, rows + 2, dtype=pl.Int64))


def test_rows_that_keep_the_contract_pass_as_they_are() -> None:
    rows = batch(3, meta_score=[None, 0, 100], imdb_rating=[0, 10, 9.99], no_of_votes=[0, 1, 2**31 - 1])
    accepted, refused = CONTRACT.validate(rows)
    assert accepted.equals(rows)
    assert refused.height == 0
    assert refused.schema == pl.Schema(REFUSED_SCHEMA)


REFUSALS = [
    ("imdb_rating", 10.01, "10.01", "is not between 0 and 10"),
    ("imdb_rating", -0.01, "-0.01", "is not between 0 and 10"),
    ("imdb_rating", 8.999, "8.999", "has more decimals than DECIMAL(10,2)"),
    ("imdb_rating", None, None, "is empty or not a number, and may not be"),
    ("meta_score", 101, "101", "is not between 0 and 100"),
    ("meta_score", -1, "-1", "is not between 0 and 100"),
    ("no_of_votes", 2**31, "2147483648", "is not between 0 and 2147483647"),
    ("no_of_votes", -1, "-1", "is not between 0 and 2147483647"),
    ("no_of_votes", None, None, "is empty or not a number, and may not be"),
    ("series_title", None, None, "is empty or not a number, and may not be"),
    ("series_title", "x" * 65_536, "x" * 65_536, "is longer than the 65535 bytes of VARCHAR(MAX)"),
    ("released_year", "é" * 6, "é" * 6, "is longer than the 10 bytes of VARCHAR(10)"),
    ("certificate", "x" * 51, "x" * 51, "is longer than the 50 bytes of VARCHAR(50)"),
    ("genre", "x" * 201, "x" * 201, "is longer than the 200 bytes of VARCHAR(200)"),
    ("star4", "漢" * 67, "漢" * 67, "is longer than the 200 bytes of VARCHAR(200)"),
    ("gross", "1" * 21, "1" * 21, "is longer than the 20 bytes of VARCHAR(20)"),
]


@pytest.mark.parametrize(
    ("column", "cell", "value", "reason"), REFUSALS, ids=[f"{row[0]} {str(row[1])[:12]}" for row in REFUSALS]
)
def test_a_cell_is_refused_with_its_reason(column: str, cell: object, value: str | None, reason: str) -> None:
    cells = [CELLS["long"], cell, CELLS["long"]] if column in ("meta_score", "no_of_votes") else ["9", cell, "9"]
    if column == "imdb_rating":
        cells = [9.0, cell, 9.0]
    accepted, refused = CONTRACT.validate(batch(3, **{column: cells}))
    assert accepted["line_number"].to_list() == [2, 4]
    assert refused.rows() == [(3, column, value, reason)]


def test_cells_at_the_width_of_the_target_pass() -> None:
    accepted, _ = CONTRACT.validate(batch(1, released_year=["é" * 5], genre=["x" * 200], overview=["x" * 65_535]))
    assert accepted.height == 1


def test_every_rating_with_two_decimals_passes() -> None:
    accepted, _ = CONTRACT.validate(batch(1001, imdb_rating=[hundredths / 100 for hundredths in range(1001)]))
    assert accepted.height == 1001


def test_a_row_is_refused_once_for_every_cell_in_the_order_of_the_batch() -> None:
    rows = batch(3, no_of_votes=[-1, 5, -2], genre=["x" * 201, "Drama", "x" * 202]).reverse()
    accepted, refused = CONTRACT.validate(rows)
    assert accepted["line_number"].to_list() == [3]
    assert refused.select("line_number", "column").rows() == [
        (4, "genre"),
        (4, "no_of_votes"),
        (2, "genre"),
        (2, "no_of_votes"),
    ]


def test_a_batch_of_arrow_is_a_batch() -> None:
    arrow = batch(2, meta_score=[1, 101]).to_arrow()
    accepted, refused = CONTRACT.validate(arrow.to_batches()[0])
    assert accepted["meta_score"].to_list() == [1]
    assert refused["value"].to_list() == ["101"]
    assert CONTRACT.validate(arrow)[1].equals(refused)


def test_a_batch_where_every_row_is_refused_has_no_accepted_row() -> None:
    accepted, refused = CONTRACT.validate(batch(50_000, imdb_rating=[11.001] * 50_000, no_of_votes=[-1] * 50_000))
    assert accepted.height == 0
    assert refused.height == 150_000
    assert refused["line_number"].n_unique() == 50_000


def test_an_empty_batch_is_accepted() -> None:
    accepted, refused = CONTRACT.validate(batch(0))
    assert (accepted.height, refused.height) == (0, 0)


def test_the_environment_can_not_switch_the_check_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from pandera import config

    monkeypatch.setattr(config.CONFIG, "validation_enabled", False)
    monkeypatch.setattr(config.CONFIG, "validation_depth", config.ValidationDepth.SCHEMA_ONLY)
    _, refused = CONTRACT.validate(batch(1, meta_score=[101]))
    assert refused.height == 1


def test_a_batch_without_a_column_or_of_other_types_is_an_error() -> None:
    with pytest.raises(PipelineError, match="lacks genre, line_number"):
        CONTRACT.validate(batch(1).drop("genre", "line_number"))
    with pytest.raises(PipelineError, match="'meta_score' to have type Int64, got String"):
        CONTRACT.validate(batch(1).with_columns(meta_score=pl.lit("80")))
