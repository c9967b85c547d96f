"""ReferentialIntegrity, DatasetMatch, SchemaMatch, RowCountMatch, AggregateMatch."""

import pytest

from movie_assets import dqdl
from movie_assets_tests.support.judged import Case, check, table

TABLE = table(
    {"id": "string", "n": "long", "v": "double", "s": "string"},
    id=["1", "2", "4", None],
    n=[1, 2, 4, None],
    v=[10.0, 21.0, None, 5.0],
    s=["x", None, "z", "x"],
)
REFERENCES = {
    "ref": table(
        {"key": "string", "num": "long", "v": "double", "s": "string"},
        key=["1", "2", "3"],
        num=[1, 2, 3],
        v=[10.0, 20.0, 30.0],
        s=["x", None, "x"],
    ),
    "same": TABLE,
    "db.other": table({"id": "string"}, id=["1", "4", "4"]),
    "none": table({"v": "double"}, v=[]),
    "texts": table({"t": "string"}, t=["1", " 2 ", "1_0", "0x4"]),
    "days": table({"d": "date"}, d=["2024-01-05"]),
}
EMPTY = table({"id": "string", "v": "double"}, id=[], v=[])
NOT_MET = "Value: {} does not meet the constraint requirement."


@pytest.mark.parametrize(
    "case",
    [
        Case(
            'ReferentialIntegrity "id" "ref.key" = 0.5', True, [2, 3], metrics={"Column.ref.ReferentialIntegrity": 0.5}
        ),
        Case('ReferentialIntegrity "id" "ref.{key}" > 0.5', False, [2, 3], NOT_MET.format(0.5)),
        Case('ReferentialIntegrity "id,s" "ref.{key,s}" >= 0.25', True, [1, 2, 3]),
        Case('ReferentialIntegrity "n" "texts.t" = 0.5', True, [2, 3]),
        Case('ReferentialIntegrity "n" "days.d" = 1', False, [0, 1, 2, 3], "a number and a date can't be compared"),
        Case('AggregateMatch "sum(n)" "sum(texts.t)" between 2.3 and 2.4', True),
        Case('ReferentialIntegrity "id" "same.id" = 1', False, [3]),
        Case('ReferentialIntegrity "id" "db.other.id" = 0.5', True, [1, 3]),
        Case('ReferentialIntegrity "n" "ref.key" = 0.5', True, [2, 3]),
        Case('ReferentialIntegrity "ID" "REF.KEY" = 0.5', True, [2, 3]),
        Case('ReferentialIntegrity "id" "nope.id" = 1', False, [0, 1, 2, 3], "nope not found in additional sources"),
        Case(
            'ReferentialIntegrity "id" "ref.nope" = 1',
            False,
            [0, 1, 2, 3],
            "Reference data ref does not include column nope!",
        ),
        Case('ReferentialIntegrity "zz" "ref.key" = 1', False, [0, 1, 2, 3], "Input data does not include column zz!"),
        Case('ReferentialIntegrity "id,s" "ref.key" = 1', False, [0, 1, 2, 3]),
        Case('ReferentialIntegrity "id" "ref" = 1', False, [0, 1, 2, 3]),
        Case('DatasetMatch "ref" "id->key" "v" = 0.25', True, [1, 2, 3], metrics={"Dataset.ref.DatasetMatch": 0.25}),
        Case('DatasetMatch "ref" "id->key" "s" = 0.5', True, [2, 3]),
        Case('DatasetMatch "ref" "id->key,n->num" "v->v,s->s" > 0.25', False, [1, 2, 3], NOT_MET.format(0.25)),
        Case('DatasetMatch "same" "id" >= 0.75', True, [3]),
        Case(
            'DatasetMatch "ref" "id->key" >= 0.5', False, [0, 1, 2, 3], "Reference data ref does not include column n!"
        ),
        Case(
            'DatasetMatch "same" "s" = 1', False, [0, 1, 2, 3], "Provided key map not suitable for given data frames."
        ),
        Case(
            'DatasetMatch "db.other" "id" "id" = 1',
            False,
            [0, 1, 2, 3],
            "Provided key map not suitable for given data frames.",
        ),
        Case('DatasetMatch "nope" "id" = 1', False, [0, 1, 2, 3], "nope not found in additional sources"),
        Case('SchemaMatch "same" = 1.0', True, metrics={"Dataset.same.SchemaMatch": 1.0}),
        Case('SchemaMatch "ref" >= 0.6', False, reason="50.00% of columns passed the threshold"),
        Case(
            'SchemaMatch "none" < 1',
            False,
            reason="Column counts do not match",
            metrics={"Dataset.none.SchemaMatch": 0.0},
        ),
        Case('SchemaMatch "nope" = 1', False, reason="nope not found in additional sources"),
        Case('RowCountMatch "same" = 1.0', True, metrics={"Dataset.same.RowCountMatch": 1.0}),
        Case('RowCountMatch "ref" between 1.3 and 1.4', True),
        Case('RowCountMatch "ref" <= 1', False, reason=NOT_MET.format(1.3333333333333333)),
        Case('RowCountMatch "none" <= 1', False, reason=NOT_MET.format("Infinity")),
        Case('RowCountMatch "nope" = 1', False, reason="nope not found in additional sources"),
        Case('AggregateMatch "sum(v)" "sum(ref.v)" = 0.6', True, metrics={"Column.v.AggregateMatch": 0.6}),
        Case('AggregateMatch "avg(v)" "avg(ref.num)" = 6', True, metrics={"Column.v,num.AggregateMatch": 6.0}),
        Case('AggregateMatch "sum(v)" "sum(v)" > 1', False, reason=NOT_MET.format("1.0")),
        Case('AggregateMatch "MAX(primary.n)" "min(ref.num)" = 4', True),
        Case('AggregateMatch "count(*)" "count(ref.s)" = 2', True),
        Case('AggregateMatch "sum(none.v)" "sum(none.v)" = 1', True),
        Case('AggregateMatch "sum(v)" "sum(none.v)" = 0', True),
        Case('AggregateMatch "sum(id)" "sum(n)" = 1', True),
        Case('AggregateMatch "median(v)" "sum(v)" = 1', False),
        Case('AggregateMatch "sum(nope.v)" "sum(v)" = 1', False, reason="nope not found in additional sources"),
        Case('AggregateMatch "sum(zz)" "sum(v)" = 1', False, reason="Input data does not include column zz!"),
    ],
    ids=str,
)
def test_references(case: Case) -> None:
    check(case, TABLE, references=REFERENCES)


@pytest.mark.parametrize(
    "case",
    [
        Case('ReferentialIntegrity "id" "ref.key" >= 0', False, []),
        Case('DatasetMatch "ref" "id->key" "v" >= 0', False, []),
        Case('RowCountMatch "ref" = 0', True),
        Case('RowCountMatch "none" = 1', False, reason=NOT_MET.format("NaN")),
        Case('SchemaMatch "none" = 1', False),
        Case('AggregateMatch "sum(v)" "sum(ref.v)" = 0', True),
    ],
    ids=str,
)
def test_references_of_an_empty_table(case: Case) -> None:
    check(case, EMPTY, references=REFERENCES)


def test_text_meets_dates_as_in_spark() -> None:
    dated = table({"d": "string"}, d=["2024-1-5", None, "no", "2024-01-06"])
    check(Case('ReferentialIntegrity "d" "days.d" = 0.25', True, [1, 2, 3]), dated, references=REFERENCES)


def test_earlier_values() -> None:
    history = {
        "Column.ref.ReferentialIntegrity": [0.4, 0.6],
        "Dataset.same.RowCountMatch": [1.0],
        "Column.v.AggregateMatch": [0.6],
    }
    for rule in (
        'ReferentialIntegrity "id" "ref.key" >= avg(last(2))',
        'RowCountMatch "same" = last()',
        'AggregateMatch "sum(v)" "sum(ref.v)" = last()',
    ):
        check(Case(rule, True, [2, 3] if "Ref" in rule else None), TABLE, references=REFERENCES, history=history)


def test_they_measure_as_analyzers_too() -> None:
    names = """ReferentialIntegrity "id" "ref.key", DatasetMatch "same" "n", SchemaMatch "same", RowCountMatch "ref",
        AggregateMatch "sum(v)" "sum(ref.v)", RowCountMatch "nope" """
    result = dqdl.evaluate(dqdl.parse(f"Analyzers = [ {names} ]"), TABLE, references=REFERENCES)
    assert result.metrics == {
        "Column.ref.ReferentialIntegrity": 0.5,
        "Dataset.same.DatasetMatch": 0.75,
        "Dataset.same.SchemaMatch": 1.0,
        "Dataset.ref.RowCountMatch": pytest.approx(4 / 3),
        "Column.v.AggregateMatch": 0.6,
    }
    assert result.analyzer_outcomes[-1].message == "nope not found in additional sources"
