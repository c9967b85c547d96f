"""ColumnDataType: Spark's lenient casts."""

import pytest

from movie_assets_tests.support.judged import Case, check, judge, table

TABLE = table(
    {"c": "string", "n": "long", "x": "double", "b": "boolean", "d": "date", "t": "timestamp"},
    c=["1.5", " 2 ", "abc", None],
    n=[1, 3_000_000_000, 2020, None],
    x=[1.5, float("nan"), 1e300, None],
    b=[True, False, None, None],
    d=["2024-01-01", "2024-02-29", None, None],
    t=["2024-01-01 10:00:00", None, None, None],
)
EMPTY = table({"c": "string"}, c=[])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "complying", "others"),
    [
        ("INTEGER", ["1", "-7.9", "+3", " 2 ", ".5", "5."], ["", "1e3", "abc", "3000000000", "1_000", "0x1", None]),
        ("Long", ["3000000000", "1.5"], ["99999999999999999999", "1,0", None]),
        ("double", ["1", "1e3", "-.5", "NaN", "Infinity", "-inf"], ["", "1.2.3", "one", None]),
        ("Float", ["1.5"], ["x"]),
        ("Boolean", ["t", "TRUE", "y", "Yes", "1", "f", "false", "N", "no", "0"], ["2", "on", "", None]),
        (
            "Date",
            ["2020", "2020-1", "2020-1-5", "2020-02-29", "2020-01-01 x", "2020-01-01T"],
            ["2021-02-29", "1/2/2020", "20200101", "", None],
        ),
        (
            "Timestamp",
            ["2020", "2020-01-01 10:11", "2020-01-01T10:11:12.5Z", "10:30:00"],
            ["2020-01-01 25:00:00", "x", None],
        ),
        ("DECIMAL(4,2)", ["12.34", "1e1", "99.99", "1.005"], ["123.4", "abc", "", None]),
        ("decimal(38, 0)", ["1"], ["x"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text(kind: str, complying: list[str], others: list[str | None]) -> None:
    for cell in complying + others:
        data = table({"c": "string"}, c=[cell])
        assert judge(f'ColumnDataType "c" = "{kind}"', data)[0].passed is (cell in complying), cell
        assert judge(f'ColumnDataType "c" != "{kind}"', data)[0].passed is (cell not in complying), cell


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "complying", "others"),
    [
        ("dd/MM/yyyy", ["31/12/2024"], ["31-12-2024", "12/31/2024", "1/2/2024", "29/02/2023", None]),
        ("yyyy-MM-dd", ["2024-02-29"], ["2024/02/29", "2024-2-9"]),
        ("MM-yyyy", ["12-2024"], ["13-2024", "2024-12"]),
        ("dd/MM", ["29/02"], ["30/02", "2/2"]),
    ],
)
def test_formats(pattern: str, complying: list[str], others: list[str | None]) -> None:
    for cell in complying + others:
        outcome, _ = judge(f'ColumnDataType "c" = "Date" with format = "{pattern}"', table({"c": "string"}, c=[cell]))
        assert outcome.passed is (cell in complying), cell


@pytest.mark.parametrize(
    "case",
    [
        Case(
            'ColumnDataType "c" = "INTEGER"',
            False,
            reason="Value: 0.5 does not meet the constraint requirement.",
            metrics={"Column.c.ColumnDataType.Compliance": 0.5},
        ),
        Case('ColumnDataType "c" = "INTEGER" with threshold >= 0.5', True),
        Case('ColumnDataType "c" != "INTEGER" with threshold > 0.5', False),
        Case('ColumnDataType "c" in ["Date","Integer"]', False, metrics={"Column.c.ColumnDataType.Compliance": 0.5}),
        Case('ColumnDataType "c" in ["Integer"] with threshold >= 0.5', True),
        Case('ColumnDataType "c" not in ["Date","Boolean"]', True),
        Case('ColumnDataType "c" not in ["Date","Double"] with threshold = 0.5', True),
        Case('ColumnDataType "t" in ["Integer","Date"] where "t is not null"', True),
        Case('ColumnDataType "c" in ["Integer","STRING"]', False),
        Case('ColumnDataType "c" = "INTEGER" where "n < 2000 or n > 3000"', True),
        Case('ColumnDataType "c" = "DATE" where "n > 3000000001"', True),
        Case('ColumnDataType "n" = "INTEGER" where "n is not null"', True),
        Case('ColumnDataType "n" = "DATE"', False),
        Case('ColumnDataType "x" = "LONG" where "x is not null"', True),
        Case('ColumnDataType "x" = "DECIMAL(5,2)" with threshold = 0.25', True),
        Case('ColumnDataType "b" = "INTEGER" with threshold = 0.5', True),
        Case('ColumnDataType "d" = "Timestamp" where "d is not null"', True),
        Case('ColumnDataType "d" = "Integer"', False),
        Case('ColumnDataType "t" = "Date" with threshold = 0.25', True),
        Case(
            'ColumnDataType "c" = "STRING"',
            False,
            reason="Unrecognized data type: STRING; "
            "known are BOOLEAN, DATE, TIMESTAMP, INTEGER, DOUBLE, FLOAT, LONG, DECIMAL(p,s)",
        ),
        Case('ColumnDataType "c" = "DECIMAL(50,2)"', False),
        Case('ColumnDataType "c" = "Date" with format = "dd.MM.yyyy"', False),
        Case('ColumnDataType "zz" = "Date"', False, reason="Input data does not include column zz!"),
    ],
    ids=str,
)
def test_types(case: Case) -> None:
    check(case, TABLE)


def test_an_empty_table_passes() -> None:
    check(Case('ColumnDataType "c" = "INTEGER"', True), EMPTY)
