"""Texts of every type, and that a day's contract and a CSV's `types` read them alike."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from movie_assets import dqdl
from movie_assets.reading.cell_casts import decimal_of, fits_scale_sql, sql_type, value_sql
from movie_assets_tests.support.feeds import CONTRACT


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def values(connection: duckdb.DuckDBPyConnection, kind: str, *texts: str | None) -> list[object]:
    given = connection.execute(f"SELECT {value_sql(kind, 'text')} FROM unnest(?::VARCHAR[]) AS t(text)", [list(texts)])
    return [value for (value,) in given.fetchall()]


NOON = datetime(2024, 3, 24, 12, 0)
CASTS: list[tuple[str, dict[str | None, object]]] = [
    ("string", {None: "", "": "", " a ": " a ", "NULL": "NULL"}),
    ("byte", {"127": 127, "-128": -128, "128": None, "1.0": 1, "1.5": None}),
    ("short", {"32767": 32767, "32768": None}),
    ("int", {"2147483647": 2**31 - 1, "2147483648": None, "1_0": None, "0x1F": None}),
    ("Integer", {"7.9": None, "1e1": None, " 7\t": 7}),
    ("bigint", {"9223372036854775807": 2**63 - 1, "9223372036854775808": None, "": None, None: None}),
    ("double", {"1e1": 10.0, "1_0": None, "inf": None, "nan": None, " .5 ": 0.5, "1e400": None, "": None}),
    ("float", {"1.5": 1.5, "1e39": None, "infinity": None}),
    ("boolean", {"TRUE": True, " yes\n": True, "1": True, "f": False, "0": False, "on": None, "": None, None: None}),
    ("date", {"2024-03-24": date(2024, 3, 24), " 2024-3-4 ": date(2024, 3, 4), "2024-02-30": None, "infinity": None}),
    ("date", {"2024-03-24 10:00:00": None, "2024/03/24": None, "24-03-2024": None, "": None}),
    ("timestamp", {"2024-03-24": datetime(2024, 3, 24), "2024-03-24 12:00": NOON, "2024-03-24T12:00:00.000": NOON}),
    ("timestamp", {"2024-03-24T12:00:00Z": NOON, "2024-03-24 14:00:00+02": NOON, "\n2024-03-24 09:30 -0230": NOON}),
    ("timestamp", {"2024-03-24 25:00": None, "12:00": None, "epoch": None, "": None}),
    (
        "decimal(4,2)",
        {"9.3": Decimal("9.30"), "1e1": Decimal(10), " 9.300000\r": Decimal("9.30"), "-.5": Decimal("-.5")},
    ),
    ("DECIMAL( 4 , 2 )", {"9.999": None, "9.999999999999999999": None, "100": None, "1e-3": None, "": None}),
    ("decimal(3,0)", {"7": Decimal(7), "7.": Decimal(7), "7.0": Decimal(7), "7.1": None, "7e-1": None}),
]


@pytest.mark.parametrize(("kind", "table"), CASTS, ids=[kind for kind, _ in CASTS])
def test_a_text_of_each_type(connection: duckdb.DuckDBPyConnection, kind: str, table: dict[str | None, object]) -> None:
    assert values(connection, kind, *table) == list(table.values())


@pytest.mark.parametrize("kind", ["strnig", "", "decimal", "decimal(39,2)", "decimal(2,3)", "decimal(0,0)", "varchar"])
def test_a_type_that_is_not_known(kind: str) -> None:
    assert sql_type(kind) is None


def test_precision_and_scale_are_those_of_a_decimal() -> None:
    assert [decimal_of(kind) for kind in ("DECIMAL(10,2)", "INT", "VARCHAR(10)")] == [(10, 2), None, None]


NUMBER = st.builds(
    str.__add__,
    st.from_regex(r"[+-]?([0-9]{1,4}(\.[0-9]{0,30})?|\.[0-9]{1,30})", fullmatch=True),
    st.just("") | st.from_regex(r"[eE][+-]?[0-9]{1,2}", fullmatch=True),
)


@pytest.mark.slow
@given(texts=st.lists(NUMBER, min_size=1), scale=st.integers(0, 5))
@example(texts=["0e-99", "0.000", "100e-2", ".000", "1e-9"], scale=2)
@settings(max_examples=50, deadline=None)
def test_decimals_are_counted_on_the_text_however_many(
    connection: duckdb.DuckDBPyConnection, texts: list[str], scale: int
) -> None:
    sql = f"SELECT {fits_scale_sql('text', scale)} FROM unnest(?) AS t(text)"
    found = [fits for (fits,) in connection.execute(sql, [texts]).fetchall()]
    assert found == [_fits(text, scale) for text in texts]


def _fits(text: str, scale: int) -> bool:
    _, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    while digits and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    return not digits or -exponent <= scale


CELL = st.text(st.sampled_from("01579.-+eE_xn \t"), min_size=1, max_size=6)


@pytest.mark.slow
@given(cells=st.lists(CELL, min_size=1, max_size=30))
@example(cells=["1e1", "1_0", "7.9", "84.0", "0x1F", "inf", "nan", " 5 ", "9.999999999999999999", "1e400"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_days_contract_and_the_types_of_a_csv_read_a_cell_alike(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, cells: list[str]
) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("meta_score,imdb_rating\n" + "".join(f'"{cell}","{cell}"\n' for cell in cells))
    rows = dqdl.evaluate(
        dqdl.parse("Rules = [ RowCount > 0 ]"), path, types={"meta_score": "long", "imdb_rating": "double"}
    ).rows
    for cast in CONTRACT.casts():
        name = cast.column.stored_name
        if name in ("meta_score", "imdb_rating"):
            sql = f"SELECT {cast.value} FROM unnest(?) AS t({name})"
            assert rows[name].to_pylist() == [value for (value,) in connection.execute(sql, [cells]).fetchall()]
