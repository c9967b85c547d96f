"""Columns by name: without regard to case, in backticks, with backslashes; and the metric keys they give."""

import pytest

from movie_assets import dqdl
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets_tests.support.judged import NOW, table

COLUMNS = ["a.b", "A", "a", "`t`", "t", 'q"q', "back\\slash", "tick`tick", "x,y"]
SCHEMA = Schema(Column(name, "VARCHAR") for name in COLUMNS)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.b", "a.b"),
        ("`a.b`", "a.b"),
        ("`A.B`", "a.b"),
        ("A", "A"),
        ("a", "a"),
        ("`t`", "`t`"),
        ("T", "t"),
        (r"q\"q", 'q"q'),
        (r"`q\"q`", 'q"q'),
        ("back\\slash", "back\\slash"),
        (r"back\\slash", "back\\slash"),
        ("`tick``tick`", "tick`tick"),
        ("`x,y`", "x,y"),
        ("`", None),
        ("``", None),
        ("`b", None),
    ],
)
def test_columns_are_found_by_name(name: str, found: str | None) -> None:
    column = SCHEMA.find(name)
    assert (column and column.name) == found


@pytest.mark.parametrize(
    ("engines", "sparks"),
    [
        ("DECIMAL(4,2)", "DecimalType(4,2)"),
        ("TIMESTAMP WITH TIME ZONE", "TimestampType"),
        ("TIMESTAMP_NS", "TimestampType"),
        ("UBIGINT", "DecimalType(20,0)"),
        ("UINTEGER", "LongType"),
        ("TIME", "TimeType"),
        ("INTERVAL", "IntervalType"),
        ('"NULL"', "NullType"),
        ("BIGINT[][3]", "ArrayType(ArrayType(LongType))"),
        ('STRUCT(x BIGINT, "DATE" DATE)', 'StructType(x LongType, "DATE" DateType)'),
        ("MAP(VARCHAR, TIMESTAMP_S)", "MapType(StringType, TimestampType)"),
    ],
)
def test_types_are_shown_as_spark_names_them(engines: str, sparks: str) -> None:
    assert Column("a", engines).spark_type == sparks


DOTTED = table({"a.b": "long", "c": "string"}, c=["x", "y", "z"], **{"a.b": [1, 2, 3]})
REFERENCE = table({"k.k": "long", "c": "string"}, c=["x", "y", "z"], **{"k.k": [1, 2, 3]})


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ('IsComplete "`a.b`"', "Column.`a.b`.Completeness"),
        ('Uniqueness "`a.b`" "c" = 1', "Multicolumn.`a.b`,c.Uniqueness"),
        ('ColumnValues "`a.b`" between 0 and 4', "Column.`a.b`.Minimum"),
        ('Mean "`a.b`" = 2 where "`a.b` > 1 or `a.b` = 1"', "Column.`a.b`.Mean"),
        ('ColumnExists "`a.b`"', None),
        ('CustomSql "select `a.b` from primary"', "Dataset.*.CustomSQL.Compliance"),
        ('DetectAnomalies "Mean" "`a.b`"', "Column.`a.b`.Mean"),
        ('ReferentialIntegrity "`a.b`" "ref.`k.k`" = 1', "Column.ref.ReferentialIntegrity"),
        ('ReferentialIntegrity "`a.b`,c" "ref.{`k.k`,c}" = 1', "Column.ref.ReferentialIntegrity"),
        ('DatasetMatch "ref" "`a.b`->`k.k`" "c" = 1', "Dataset.ref.DatasetMatch"),
        ('AggregateMatch "sum(`a.b`)" "sum(ref.`k.k`)" = 1', "Column.`a.b`,`k.k`.AggregateMatch"),
    ],
)
def test_backticks_are_taken_wherever_a_column_is_named(rule: str, key: str | None) -> None:
    result = dqdl.evaluate(dqdl.parse(f"Rules = [ {rule} ]"), DOTTED, references={"ref": REFERENCE}, now=NOW)
    (outcome,) = result.rule_outcomes
    assert outcome.passed, outcome.failure_reason
    assert next(iter(outcome.metrics), None) == key
    assert str(outcome.rule) == rule


def test_analyzers_take_backticks_too() -> None:
    ruleset = dqdl.parse('Analyzers = [ AllStatistics "`a.b`", Distribution "`a.b`" ]')
    found = dqdl.evaluate(ruleset, DOTTED).analyzer_outcomes
    assert [outcome.message for outcome in found] == [None, None]
    assert found[0].metrics["Column.a.b.Mean"] == 2
