"""Tables that a program holds: whatever speaks Arrow is judged, and whatever can't be is refused in a sentence."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from movie_assets import dqdl
from movie_assets.dqdl.engines.duckdb.memory import TAKEN

VERDICTS = ["DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip", "DataQualityEvaluationResult"]
RULES = dqdl.parse('Rules = [ RowCount = 3, ColumnValues "n" <= 2, ReferentialIntegrity "s" "other.s" = 1.0 ]')
TABLE = pa.table({"n": [1, 2, 3], "s": ["a", "", None]})


class Exporting:
    """An object that knows nothing but Arrow's PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return TABLE.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]


def dataset() -> ds.Dataset:
    pq.write_table(TABLE, "table.parquet")
    return ds.dataset("table.parquet")


FRAMES: dict[str, Callable[[], Any]] = {
    "Arrow table": lambda: TABLE,
    "Arrow batch": lambda: TABLE.to_batches()[0],
    "Arrow reader": TABLE.to_reader,
    "Arrow dataset": dataset,
    "Arrow scanner": lambda: dataset().scanner(),
    "pandas": TABLE.to_pandas,
    "pandas with an index": lambda: TABLE.to_pandas().set_index(pd.Index(["x", "y", "z"], name="i")),
    "pandas categories": lambda: TABLE.to_pandas().astype({"s": "category"}),
    "polars": lambda: pl.from_arrow(TABLE),
    "polars categories": lambda: pl.DataFrame(TABLE).cast({"s": pl.Categorical}),
    "polars lazy": lambda: pl.DataFrame(TABLE).lazy(),
    "capsule": Exporting,
}


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_is_judged_as_the_table_it_is(kind: str) -> None:
    result = dqdl.evaluate(RULES, FRAMES[kind](), references={"other": FRAMES[kind]()})
    rows = result.rows
    assert [outcome.outcome for outcome in result.rule_outcomes] == ["Passed", "Failed", "Failed"]
    assert rows.column_names == ["n", "s", *VERDICTS]
    assert (rows["n"].to_pylist(), rows["s"].to_pylist()) == ([1, 2, 3], ["a", "", None])
    assert rows["DataQualityEvaluationResult"].to_pylist() == ["Passed", "Passed", "Failed"]


def test_an_empty_table_is_judged_where_it_is_no_reader() -> None:
    empty = TABLE.slice(0, 0)
    for frame in (empty, empty.to_pandas(), pl.from_arrow(empty)):
        assert not dqdl.evaluate(RULES, frame).rule_outcomes[0].passed


def consumed() -> pa.RecordBatchReader:
    reader = TABLE.to_reader()
    reader.read_all()
    return reader


def breaking() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        yield TABLE.to_batches()[0]
        raise ValueError("the source has gone")

    return pa.RecordBatchReader.from_batches(TABLE.schema, batches())


def frame(*columns: Any, names: list[str]) -> pa.Table:
    return pa.Table.from_arrays([pa.array(column) for column in columns], names=names)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a list": (lambda: [1], f"can't judge an object of the type list; a table is {TAKEN}"),
    "a number": (lambda: 1, f"can't judge an object of the type int; a table is {TAKEN}"),
    "nothing": (lambda: None, f"can't judge an object of the type NoneType; a table is {TAKEN}"),
    "bytes": (lambda: b"a.csv", f"can't judge an object of the type bytes; a table is {TAKEN}"),
    "an array": (
        lambda: pa.chunked_array([[1]]),
        "an object of the type ChunkedArray is one column; pass a table that has it, as of to_frame()",
    ),
    "a series": (
        lambda: pd.Series([1], name="a"),
        "an object of the type Series is one column; pass a table that has it, as of to_frame()",
    ),
    "a consumed reader": (consumed, "the reader has no batches: it was read before, or is empty; pass a table"),
    "a breaking reader": (breaking, "can't read the table: the source has gone"),
    "a broken query": (
        lambda: pl.LazyFrame({"a": [1]}).select("z"),
        'can\'t read the table: unable to find column "z"; valid columns: ["a"]',
    ),
    "mixed objects": (
        lambda: pd.DataFrame({"a": [1, "x"]}),
        "can't read the table: conversion failed for column a with type object: "
        "Could not convert 'x' with type str: tried to convert to int64",
    ),
    "objects of polars": (
        lambda: pl.DataFrame({"a": [object()]}, schema={"a": pl.Object}),
        "a column of Python objects can't be judged; cast it",
    ),
    "a column twice": (
        lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
        "columns of the table occur twice: 'a'",
    ),
    "a column in two cases": (lambda: frame([1], [2], names=["a", "A"]), "columns of the table occur twice: 'A', 'a'"),
    "a column without a name": (lambda: frame([1], [2], names=["a", ""]), "column 2 of the table has no name"),
    "no columns": (pd.DataFrame, "the table has no columns"),
    "the engine's column": (lambda: pa.table({"RowId": [1]}), "a column called 'RowId' can't be judged; rename it"),
    "odd types": (
        lambda: pa.table({"a": [1], "d": pa.array([1], pa.decimal256(50, 2)), "h": pa.array([1.0], pa.float16())}),
        "columns of a type that can't be judged: 'd' (decimal256(50, 2)), 'h' (halffloat); cast them",
    ),
    "judged before": (
        lambda: pa.table({"a": [1], "DataQualityRulesFail": ["x"]}),
        "the table has columns of an earlier evaluation: DataQualityRulesFail; drop them",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_a_table_is_refused_in_one_sentence(kind: str) -> None:
    made, said = REFUSED[kind]
    with pytest.raises(dqdl.EvaluationError) as refused:
        dqdl.evaluate(RULES, made())
    assert str(refused.value) == said


def test_a_reference_that_is_not_a_table_is_named() -> None:
    with pytest.raises(dqdl.EvaluationError) as refused:
        dqdl.evaluate(RULES, TABLE, references={"other": consumed()})
    assert str(refused.value).startswith("the reference 'other' can't be loaded: the reader has no batches")


@pytest.mark.parametrize("alias", ["primary", "PRIMARY", "__judged", "__input"])
def test_a_reference_has_no_name_of_the_engine(alias: str) -> None:
    with pytest.raises(dqdl.EvaluationError, match=f"a reference can't be called '{alias}': the name is the engine's"):
        dqdl.evaluate(RULES, TABLE, references={alias: TABLE})


ODD = pa.table(
    {
        "list": [[1], [2]],
        "struct": [{"x": 1}, None],
        "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        "duration": pa.array([1, None], pa.duration("s")),
        "null": pa.nulls(2),
        "time": pa.array([1, 2], pa.time32("s")),
        "binary": [b"\xff", b""],
    }
)
EVERY_KIND = """Completeness "{0}" >= 0, IsUnique "{0}", Uniqueness "{0}" >= 0, DistinctValuesCount "{0}" >= 0,
    Entropy "{0}" >= 0, ColumnValues "{0}" > 1, ColumnValues "{0}" = "x", ColumnValues "{0}" in ["x"],
    ColumnValues "{0}" matches "x", ColumnValues "{0}" > "2024-01-01", ColumnLength "{0}" > 1, Mean "{0}" > 1,
    Sum "{0}" > 1, StandardDeviation "{0}" > 1, ColumnDataType "{0}" = "Integer", DataFreshness "{0}" < 1 days,
    ReferentialIntegrity "{0}" "other.{0}" = 1.0, AggregateMatch "sum({0})" "sum(other.{0})" = 1.0,
    RowCount > 0 where "`{0}` > 1", RowCount > 0 where "upper(`{0}`) = 'x'",
    CustomSql "select sum(`{0}`) from primary" > 1"""


@pytest.mark.parametrize("column", ODD.column_names)
def test_rules_on_odd_types_are_judged_or_failed_in_a_sentence(column: str) -> None:
    ruleset = dqdl.parse(f"Rules = [ {EVERY_KIND.format(column)} ]")
    result = dqdl.evaluate(ruleset, ODD, references={"other": ODD})
    assert result.rows.num_rows == 2
    reasons = [outcome.failure_reason or "" for outcome in result.rule_outcomes]
    leaked = [r for r in reasons if any(raw in r for raw in ("Error:", "LINE ", "Candidate", "__judged", "__row_id"))]
    assert leaked == []
    assert len(reasons) == 21
