"""Analyzers that are not rule types: they only measure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from movie_assets.dqdl.declaring.plan import JUDGED, ConditionError, Measure, Plan, Scan, Subject
from movie_assets.dqdl.declaring.predicates import as_text, finite
from movie_assets.dqdl.declaring.rule_type import ParameterSpec, RuleType, declared
from movie_assets.dqdl.language.nodes import Analyzer
from movie_assets.dqdl.sql.columns import Column
from movie_assets.quoting import literal

ALL_COLUMNS = "AllColumns"
COLUMN_OR_ALL = ParameterSpec("TargetColumn")
BINS = 20
OF_TABLE = ("RowCount", "ColumnCount")
OF_COLUMN = ("Completeness", "Uniqueness")
OF_NUMBERS = ("ColumnValues", "Entropy", "Mean", "StandardDeviation", "Sum")
OF_STRINGS = ("ColumnLength",)


@RuleType(
    "AllStatistics",
    (COLUMN_OR_ALL,),
    rule=False,
    analyzer=True,
    open_engine="Not there.",
    ours="One analyzer for all of it.",
)
def all_statistics(subject: Subject) -> Plan:
    """Row and column counts, Completeness and Uniqueness of a column, and metrics for its type.

    ``AllColumns`` stands for every column. Numbers: Minimum, Maximum, Entropy, Mean, StandardDeviation, Sum. Strings:
    MinimumLength, MaximumLength.
    """
    metrics: dict[str, Measure] = {}
    for name in OF_TABLE:
        metrics |= _measured(subject, name)
    for column in _columns(subject):
        suited = OF_NUMBERS if column.is_number else OF_STRINGS if column.family == "string" else ()
        for name in (*OF_COLUMN, *suited):
            metrics |= _measured(subject, name, column)
    return Plan(metrics)


@RuleType(
    "Distribution",
    (COLUMN_OR_ALL,),
    rule=False,
    analyzer=True,
    tags=("bins", "rebin"),
    glue="Bins are kept from the first run and computed again when they no longer fit.",
    open_engine="Not there.",
    ours="Bins are computed for each evaluation; rebin has no effect.",
)
def distribution(subject: Subject) -> Plan:
    """The number of rows in each bin of a column, without nulls: up to 20 (``bins``) bins of equal width for numbers.

    Other columns are counted by their up to 20 most frequent values. One metric per bin, its key ends in the bin. The
    bins are computed for each evaluation: ``rebin`` has no effect.
    """
    wanted = next((tag.value for tag in subject.rule.tags if tag.name == "bins"), str(BINS))
    if not wanted.isdigit() or not 1 <= int(wanted) <= 100:
        raise ConditionError(f"bins is a whole number from 1 to 100, not '{wanted}'")
    metrics: dict[str, Measure] = {}
    for column in _columns(subject):
        bins = (
            _of_numbers(subject, column, int(wanted)) if column.is_number else _of_values(subject, column, int(wanted))
        )
        key = f"Column.{column.name}.Distribution"
        metrics |= {f"{key}.{label}": Scan(subject.aggregate("count(*)", test)) for label, test in bins}
    return Plan(metrics)


def _columns(subject: Subject) -> Sequence[Column]:
    name = subject.parameter(0)
    column = subject.schema.find(name)
    if column is not None:
        return (column,)
    if name == ALL_COLUMNS:
        return subject.schema.columns
    raise ConditionError(f"Input data does not include column {name}!")


def _measured(subject: Subject, name: str, column: Column | None = None) -> dict[str, Measure]:
    """The metrics of another type's analyzer."""
    named = declared()[name]
    parameters = tuple(replace(parameter, value=column.name) for parameter in subject.rule.parameters) if column else ()
    columns = (column,) if column else ()
    return dict(named.plan(replace(subject, rule=Analyzer(name, parameters), columns=columns)).metrics)


def _of_numbers(subject: Subject, column: Column, bins: int) -> list[tuple[str, str]]:
    """Label and test of each bin; the last one includes the maximum."""
    value = f"CAST({column.sql} AS DOUBLE)"
    lowest, highest = subject.query(f"SELECT min({value}), max({value}) FROM {JUDGED} WHERE {finite(value)}")[0]
    if lowest is None:
        return []
    if lowest == highest:
        return [(f"[{lowest:g},{highest:g}]", f"{value} = {literal(lowest)}")]
    edges = [lowest + (highest - lowest) * index / bins for index in range(bins)] + [highest]
    found = []
    for index, (low, high) in enumerate(pairwise(edges), start=1):
        end, close = ("<=", "]") if index == bins else ("<", ")")
        test = f"{value} >= {literal(low)} AND {value} {end} {literal(high)}"
        found.append((f"[{low:g},{high:g}{close}", test))
    return found


def _of_values(subject: Subject, column: Column, bins: int) -> list[tuple[str, str]]:
    text = as_text(column)
    top = subject.query(
        f"SELECT {text} AS v FROM {JUDGED} WHERE {column.sql} IS NOT NULL "
        f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {bins}"
    )
    return [(value, f"{text} = {literal(value)}") for (value,) in top]
