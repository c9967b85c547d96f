"""ColumnValues: every kind of condition over every kind of column."""

import pytest

from movie_assets import dqdl
from movie_assets_tests.support.judged import Case, check, table

NULL_LINE = "Value: NULL does not meet the constraint requirement!"
TABLE = table(
    {"n": "long", "x": "double", "s": "string", "b": "boolean", "d": "date", "t": "timestamp", "m": "decimal(6,2)"},
    n=[1, 2, 5, None],
    x=[8.5, 8.6, 9.3, float("nan")],
    s=["1", "", " \t", None],
    b=[True, False, None, True],
    d=["2024-01-19", "2024-01-20", "2023-06-01", None],
    t=["2024-01-19 10:30:00", "2024-01-20 00:00:00", None, "2023-06-01 23:59:59"],
    m=["1.10", "2.00", None, "5.55"],
)
TEXT = table({"s": "string"}, s=["ax", "b", "abc def", None, "", "it's", 'a"b', "2024-01-19"])
EMPTY = table({"n": "long", "s": "string"}, n=[], s=[])


@pytest.mark.parametrize(
    "literal", ["NULL", "WHITESPACES_ONLY", '["1",NULL]', "[WHITESPACES_ONLY,NULL]", '[EMPTY,"9"]']
)
@pytest.mark.parametrize("column", ["n", "s"])
def test_a_constant_means_what_it_is_made_of(column: str, literal: str) -> None:
    operators = ("in {}", "not in {}") if literal.startswith("[") else ("= {}", "!= {}")
    for operator in operators:
        rules = [
            f'{name} Rules = [ ColumnValues "{column}" {operator.format(use)} ]'
            for name, use in ((f"c = {literal}", "$c"), ("", literal))
        ]
        named, written = (dqdl.evaluate(dqdl.parse(rule), TABLE) for rule in rules)
        assert named.rule_outcomes[0].failure_reason == written.rule_outcomes[0].failure_reason
        assert named.quarantined["n"].equals(written.quarantined["n"])


@pytest.mark.parametrize(
    "case",
    [
        Case('ColumnValues "n" between 1 and 5', False, [0, 2, 3]),
        Case('ColumnValues "n" between 0 and 6', False, [3], NULL_LINE),
        Case('ColumnValues "n" not between 2 and 4', False, [3]),
        Case('ColumnValues "n" > 0', False, [3], NULL_LINE, {"Column.n.Minimum": 1.0, "Column.n.Maximum": 5.0}),
        Case(
            'ColumnValues "n" >= 2', False, [0, 3], f"Value: 1.0 does not meet the constraint requirement!\n{NULL_LINE}"
        ),
        Case('ColumnValues "n" < 5', False, [2, 3]),
        Case('ColumnValues "n" <= 5 where "n is not null"', True, []),
        Case(f'ColumnValues "n" < {"9" * 99} where "n is not null"', True, []),
        Case(f'ColumnValues "n" between -{"9" * 99} and {"9" * 99} where "n > 0"', True, []),
        Case(f'ColumnValues "n" not in [{"9" * 99}]', True, []),
        Case('ColumnValues "n" = 5 where "n > 4"', True, []),
        Case('ColumnValues "n" = 5', False, [0, 1, 3]),
        Case('ColumnValues "n" != 5', False, [2]),
        Case('ColumnValues "n" != 9', True, []),
        Case('ColumnValues "n" in [1,2,5]', False, [3]),
        Case('ColumnValues "n" in [1,2,5,NULL]', True, []),
        Case('ColumnValues "n" not in [7]', True, []),
        Case('ColumnValues "n" not in [7,NULL]', False, [3]),
        Case('ColumnValues "n" = NULL', False, [0, 1, 2], metrics={"Column.n.ColumnValues.Compliance": 0.25}),
        Case('ColumnValues "n" > NULL', False, [0, 1, 2, 3]),
        Case('ColumnValues "n" between NULL and 3', False, [0, 1, 2, 3]),
        Case('ColumnValues "s" <= NULL', False, [0, 1, 2, 3]),
        Case('ColumnValues "d" > NULL', False, [0, 1, 2, 3]),
        Case('ColumnValues "n" != NULL', False, [3]),
        Case('ColumnValues "n" != NULL with threshold >= 0.75', True, [3]),
        Case('ColumnValues "n" in ["1","2","5"]', False, [3]),
        Case('ColumnValues "n" in ["1","x"] with threshold >= 0.25', True, [1, 2, 3]),
        Case('ColumnValues "n" > 100 where "n > 1000"', True, []),
        Case('ColumnValues "n" in [1,2,5]', True, [], options={"nulls": "ignore"}),
        Case('ColumnValues "n" > 0', True, [], options={"nulls": "ignore"}),
        Case('ColumnValues "n" = NULL', False, [0, 1, 2], options={"nulls": "ignore"}),
        Case('ColumnValues "n" in [1,2] with threshold > 0.66', True, [2], options={"nulls": "ignore"}),
        Case('ColumnValues "x" between 8.5 and 10.3', False, [0, 3]),
        Case('ColumnValues "x" > 8', False, [3]),
        Case('ColumnValues "x" > 8 where "n is not null"', True, []),
        Case('ColumnValues "m" in [1.1,2,5.55]', False, [2]),
        Case('ColumnValues "m" > 1 where "m is not null"', True, []),
        Case(
            'ColumnValues "s" > 0',
            False,
            [0, 1, 2, 3],
            "Expected type of column s to be one of "
            "(LongType,IntegerType,ShortType,ByteType,DoubleType,FloatType,DecimalType), but found StringType instead!",
        ),
        Case('ColumnValues "s" in [1]', False, [1, 2, 3]),
        Case('ColumnValues "s" not in [1]', False, [0]),
        Case('ColumnValues "s" != 7', False, [1, 2]),
        Case(
            'ColumnValues "n" >= "2024-01-19"',
            False,
            [0, 1, 2, 3],
            "Expected type of column n to be one of (DateType,TimestampType,StringType), but found LongType instead!",
        ),
        Case('ColumnValues "s" between 0 and 2', False, [1, 2, 3]),
        Case('ColumnValues "s" = EMPTY', False, [0, 2, 3]),
        Case('ColumnValues "s" != EMPTY', False, [1]),
        Case('ColumnValues "s" = WHITESPACES_ONLY', False, [0, 1, 3]),
        Case('ColumnValues "s" not in [EMPTY,WHITESPACES_ONLY]', False, [1, 2]),
        Case('ColumnValues "s" in ["1","",WHITESPACES_ONLY,NULL]', True, []),
        Case('ColumnValues "b" = "true"', False, [1, 2]),
        Case('ColumnValues "b" in ["true","false",NULL]', True, []),
        Case('ColumnValues "d" > "2023-12-31"', False, [2, 3]),
        Case('ColumnValues "d" > (now() - 3 days) with threshold >= 0.5', True, [2, 3]),
        Case('ColumnValues "d" != "2024-01-19"', False, [0]),
        Case('ColumnValues "d" in ["2024-01-19","2024-01-20","2023-06-01",NULL]', True, []),
        Case('ColumnValues "d" not between "2024-01-01" and "2024-01-20"', False, [0, 3]),
        Case('ColumnValues "d" > "2023-13-45"', False, [0, 1, 2, 3]),
        Case('ColumnValues "t" = "2024-01-19"', False, [1, 2, 3]),
        Case('ColumnValues "t" between "2023-06-01" and "2024-01-21"', False, [2, 3]),
        Case('ColumnValues "zz" > 0', False, [0, 1, 2, 3]),
        Case('ColumnValues "n" matches "[0-9]+"', False, [0, 1, 2, 3]),
    ],
    ids=lambda case: f"{case}{dict(case.options) or ''}",
)
def test_values(case: Case) -> None:
    check(case, TABLE)


@pytest.mark.parametrize(
    "case",
    [
        Case('ColumnValues "s" matches "a|b"', False, [0, 2, 3, 4, 5, 6, 7]),
        Case('ColumnValues "s" matches "[a-z ]*"', False, [3, 5, 6, 7]),
        Case('ColumnValues "s" not matches "[a-z]+"', False, [0, 1, 3]),
        Case('ColumnValues "s" matches "\\d{4}-\\d\\d-\\d\\d" with threshold > 0.1', True, [0, 1, 2, 3, 4, 5, 6]),
        Case('ColumnValues "s" matches "(?!a).*"', False, [0, 2, 3, 6]),
        Case(r'ColumnValues "s" not matches "(?s).*(.)\1.*"', False, [3]),
        Case(r'ColumnValues "s" matches "[\p{Alpha}&&[^x-z]]*+.+"', False, [1, 3, 4]),
        Case('ColumnValues "s" in ["it\'s"]', False, [0, 1, 2, 3, 4, 6, 7]),
        Case('ColumnValues "s" in ["a\\"b"]', False, [0, 1, 2, 3, 4, 5, 7]),
        Case('ColumnValues "s" = "a\\"b"', False, [0, 1, 2, 3, 4, 5, 7]),
        Case('ColumnValues "s" != "a\\"b"', False, [6]),
        Case('ColumnValues "s" = "AX"', False, [0, 1, 2, 3, 4, 5, 6, 7]),
        Case('ColumnValues "s" = "2024-01-19" with threshold > 0.1', True, [0, 1, 2, 3, 4, 5, 6]),
        Case('ColumnValues "s" != "b"', False, [1]),
        Case('ColumnValues "s" matches "\' OR 1=1 --"', False, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
    ids=str,
)
def test_values_of_text(case: Case) -> None:
    check(case, TEXT)


LARGE = table(
    {"i": "long", "s": "string"},
    i=[9007199254740993, 2, 3],
    s=["2024-01-20 10:00:00", " 2024-1-20 ", "2024-01-20T01:02:03Z"],
)


@pytest.mark.parametrize(
    "case",
    [
        Case('ColumnValues "i" in ["9007199254740993","2","3"]', True, []),
        Case('ColumnValues "i" in [9007199254740993,2,3]', True, []),
        Case('ColumnValues "i" != 9007199254740992', True, []),
        Case('ColumnValues "i" in ["1_0","2.0","3"]', False, [0]),
        Case('ColumnValues "s" = "2024-01-20"', True, []),
        Case('ColumnValues "s" not in ["2024-01-20"]', False, [0, 1, 2]),
    ],
    ids=str,
)
def test_values_that_are_long_or_dressed_up(case: Case) -> None:
    check(case, LARGE)


@pytest.mark.parametrize(
    "case",
    [
        Case('ColumnValues "n" > 0', False, []),
        Case('ColumnValues "n" in [1] with threshold >= 0', False, []),
        Case('ColumnValues "s" = "a"', False, []),
        Case('ColumnValues "s" matches "a"', False, []),
    ],
    ids=str,
)
def test_values_of_an_empty_table(case: Case) -> None:
    check(case, EMPTY)
