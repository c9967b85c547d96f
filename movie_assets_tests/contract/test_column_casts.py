from pathlib import Path

import duckdb
import pytest

from movie_assets.contract.column_casts import Cast
from movie_assets_tests.support.feeds import CONTRACT

CASTS = {cast.column.stored_name: cast for cast in CONTRACT.casts()}
REFUSED = "refused"


def read(cast: Cast, text: str | None) -> object:
    """The value of the text, or REFUSED."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE texts ({cast.column.stored_name} VARCHAR)")
        connection.execute("INSERT INTO texts VALUES (?)", [text])
        row = connection.execute(f"SELECT {cast.value}, {cast.violation()} FROM texts").fetchone()
    assert row is not None
    return row[0] if row[1] is None else REFUSED


LONGS = [
    ("84", 84),
    ("84.0", 84),
    ("84.000", 84),
    (" 84\t\r", 84),
    ("007", 7),
    ("+5", 5),
    ("-5", -5),
    ("-0", 0),
    ("9223372036854775807", 2**63 - 1),
    ("9223372036854775807.0", 2**63 - 1),
    ("-9223372036854775808", -(2**63)),
    ("", None),
    (" \t", None),
    (None, None),
    ("7.9", REFUSED),
    ("84.01", REFUSED),
    ("84.", REFUSED),
    (".5", REFUSED),
    ("1e3", REFUSED),
    ("1e400", REFUSED),
    ("nan", REFUSED),
    ("inf", REFUSED),
    ("-Infinity", REFUSED),
    ("1_000", REFUSED),
    ("1,000", REFUSED),
    ("0x1F", REFUSED),
    ("0b11", REFUSED),
    ("8 4", REFUSED),
    ("- 5", REFUSED),
    ("-", REFUSED),
    ("٣", REFUSED),
    ("many", REFUSED),
    ("9223372036854775808", REFUSED),
    ("-9223372036854775809.0", REFUSED),
]

DOUBLES = [
    ("9.3", 9.3),
    ("9", 9.0),
    (" 9.30 ", 9.3),
    ("0.5", 0.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("-7.25", -7.25),
    ("+1", 1.0),
    ("1e2", 100.0),
    ("2.5E-1", 0.25),
    ("99999999999999999999", 1e20),
    ("", None),
    ("  ", None),
    (None, None),
    ("nan", REFUSED),
    ("NaN", REFUSED),
    ("inf", REFUSED),
    ("-infinity", REFUSED),
    ("1e400", REFUSED),
    ("9" * 400, REFUSED),
    ("1_0.5", REFUSED),
    ("9,3", REFUSED),
    ("0x1F", REFUSED),
    ("1.2.3", REFUSED),
    (".-5", REFUSED),
    (".", REFUSED),
    ("e5", REFUSED),
    ("1e", REFUSED),
    ("eight", REFUSED),
]


@pytest.mark.parametrize(("text", "value"), LONGS, ids=[repr(text) for text, _ in LONGS])
def test_a_long_is_an_integer_within_64_bits(text: str | None, value: object) -> None:
    assert read(CASTS["meta_score"], text) == value


@pytest.mark.parametrize(("text", "value"), DOUBLES, ids=[repr(text)[:30] for text, _ in DOUBLES])
def test_a_double_is_a_finite_decimal_number(text: str | None, value: object) -> None:
    assert read(CASTS["imdb_rating"], text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("NA", "NA"), ("null", "null"), ("", ""), (None, ""), ("  ", "  "), (" a ", " a ")],
    ids=["NA", "null", "empty", "missing", "spaces", "around"],
)
def test_any_text_is_a_string_and_a_missing_one_is_empty(text: str | None, value: str) -> None:
    assert read(CASTS["series_title"], text) == value


@pytest.mark.parametrize(
    ("column", "text", "value", "violation"),
    [
        ("series_title", "x", "x", None),
        ("meta_score", "x", None, "is not a whole number within 64 bits"),
        ("imdb_rating", "x", None, "is not a finite number"),
        ("imdb_rating", "9.10000", 9.1, None),
        ("imdb_rating", "9.123", 9.123, "has more decimals than DECIMAL(10,2)"),
        ("imdb_rating", "9.999999999999999999", 10.0, "has more decimals than DECIMAL(10,2)"),
        ("imdb_rating", "10.00000000000000001", 10.0, "has more decimals than DECIMAL(10,2)"),
        ("imdb_rating", " -0.001\t", -0.001, "has more decimals than DECIMAL(10,2)"),
        ("imdb_rating", "1e-400", 0.0, "has more decimals than DECIMAL(10,2)"),
        ("imdb_rating", "925e-2", 9.25, None),
    ],
)
def test_a_text_is_wrong_for_one_reason(column: str, text: str, value: object, violation: str | None) -> None:
    """The rules see the nearest double; what the target would round is refused by its text."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE texts AS SELECT ? AS {column}", [text])
        found = connection.execute(f"SELECT {CASTS[column].value}, {CASTS[column].violation()} FROM texts").fetchone()
    assert found == (value, violation)


def test_the_casts_are_in_the_contracts_order() -> None:
    assert [cast.column.stored_name for cast in CONTRACT.casts()][:2] == ["poster_link", "series_title"]
    assert [name for name, cast in CASTS.items() if cast.refuses] == ["imdb_rating", "meta_score", "no_of_votes"]


def test_the_texts_may_come_from_an_alias_and_straight_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("meta_score,imdb_rating\n5,x\n1e400,7.9\nx,8\n")
    casts = {cast.column.stored_name: cast for cast in CONTRACT.casts("texts")}
    assert 'texts."meta_score"' in casts["meta_score"].value
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {casts['meta_score'].value}, {casts['imdb_rating'].value} FROM read_csv(?, header=true,"
            " auto_detect=false, columns={'meta_score': 'VARCHAR', 'imdb_rating': 'VARCHAR'}) texts",
            [str(tmp_path / "t.csv")],
        ).fetchall()
    assert rows == [(5, None), (None, 7.9), (None, 8.0)]
