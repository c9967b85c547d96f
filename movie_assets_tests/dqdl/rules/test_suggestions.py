"""Rules that observations suggest: they parse, pass what was expected and fail the odd value."""

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from movie_assets import dqdl
from movie_assets.dqdl.declaring.conditions import resolve, satisfies
from movie_assets.dqdl.language.nodes import Analyzer, Parameter, Rule
from movie_assets.dqdl.rules.anomalies import observe

NUMBERS = (st.floats(-1e15, 1e15) | st.floats(0, 1) | st.integers(0, 10**6)).map(lambda number: round(float(number), 9))
NOISE = st.floats(-1, 1).map(lambda one: round(one, 9))
"""A bound of more digits than a number of DQDL may have is not suggested."""
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


def rule(text: str) -> Rule:
    (found,) = dqdl.parse(f"Rules = [ {text} ]").rules
    assert isinstance(found, Rule)
    assert str(found) == text
    return found


@pytest.mark.slow
@given(NUMBERS, st.lists(NOISE, min_size=3, max_size=20), NUMBERS)
@example(0.0, [0.0, 0.0, 0.5], 5.0)
def test_a_suggestion_passes_the_expected_value_and_fails_the_odd_one(
    level: float, noise: list[float], actual: float
) -> None:
    share = 0 <= level <= 1 and 0 <= actual <= 1
    name, width = ("Completeness", 0.01) if share else ("Mean", 1.0)
    earlier = [min(level + width * one, 1.0) if share else level + width * one for one in noise]
    found = observe(f"Column.c.{name}", actual, earlier, Analyzer(name, (Parameter('"c"', "c"),)))
    assume(found is not None)
    assert found is not None
    nearest = min(max(actual, found.lower), found.upper)
    assume(abs(actual - nearest) > 1e-11 * abs(nearest))  # bounds are written to twelve digits
    (suggested,) = found.suggested_rules
    condition = rule(suggested).condition
    assert condition is not None
    expected = min(max(found.expected, found.lower), found.upper)
    assert (satisfies(actual, resolve(condition)), satisfies(expected, resolve(condition))) == (False, True)


MEASURED = ("Completeness", "Uniqueness", "Minimum", "Maximum", "Entropy", "Mean", "StandardDeviation", "Sum")


@pytest.mark.slow
@settings(max_examples=5)
@given(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.lower))
@example(['a"b', "c\\", "`d`", "e,f.g"])
def test_suggestions_for_every_column_parse_and_find_it(names: list[str]) -> None:
    assume("rowid" not in map(str.lower, names))
    table = pa.table({name: pa.array([1.0, 2.0]) for name in names})
    keys = [
        "Dataset.*.RowCount",
        "Dataset.*.ColumnCount",
        *(f"Column.{name}.{one}" for name in names for one in MEASURED),
    ]
    ruleset = dqdl.parse('Analyzers = [ AllStatistics "AllColumns" ]')
    result = dqdl.evaluate(ruleset, table, history={key: [0.3] * 4 for key in keys})
    assert {found.metric for found in result.observations} == set(keys)
    suggested = [text for found in result.observations for text in found.suggested_rules]
    assert len(suggested) == len(keys)
    judged = dqdl.evaluate(dqdl.parse(f"Rules = [ {', '.join(suggested)} ]"), table).rule_outcomes
    assert all(outcome.metrics for outcome in judged)
    too_large_minimum = [outcome for outcome in judged if str(outcome.rule).endswith(">= 0.297")]
    assert [outcome for outcome in judged if outcome.passed] == too_large_minimum


@pytest.mark.parametrize(
    ("measured", "metric", "earlier", "actual", "suggested"),
    [
        ('AllStatistics "a"', "Dataset.*.RowCount", [10.0] * 4, 3.0, ("RowCount between 9.9 and 10.1",)),
        ('AllStatistics "a"', "Column.a.Completeness", [1.0] * 4, 0.5, ('Completeness "a" >= 0.99',)),
        ('Mean "a"', "Column.a.Mean", [0.0] * 4, 1e-9, ('Mean "a" = 0',)),
        ('Mean "a"', "Column.a.Mean", [1e-9] * 4, 1.0, ('Mean "a" between 0.00000000099 and 0.00000000101',)),
        ('Mean "a"', "Column.a.Mean", [1e200] * 4, 1.0, ()),
        (
            'ColumnCorrelation "a,b" "c"',
            "Multicolumn.a,b,c.ColumnCorrelation",
            [0.5] * 4,
            0.9,
            ('ColumnCorrelation "a,b" "c" between 0.495 and 0.505',),
        ),
        ('ColumnValues "a"', "Column.a.Minimum", [5.0] * 4, 4.0, ('ColumnValues "a" >= 4.95',)),
        ('ColumnValues "a"', "Column.a.Minimum", [5.0] * 4, 9.0, ('ColumnValues "a" >= 4.95',)),
        ("Mean $c", "Column.a b.Mean", [5.0] * 4, 9.0, ('Mean "a b" between 4.95 and 5.05',)),
        ('Distribution "a"', "Column.a.Distribution.x.Mean", [5.0] * 4, 9.0, ()),
    ],
)
def test_what_is_suggested(
    measured: str, metric: str, earlier: list[float], actual: float, suggested: tuple[str, ...]
) -> None:
    (analyzer,) = dqdl.parse(f'c = "a b" Analyzers = [ {measured} ]').analyzers
    found = observe(metric, actual, earlier, analyzer)
    assert found is not None
    assert found.suggested_rules == suggested
