"""Rule types about the statistics of numeric columns."""

from collections.abc import Callable

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.plan import Plan, Scan, Subject
from movie_assets.dqdl.declaring.predicates import finite
from movie_assets.dqdl.declaring.rule_type import COLUMN, ParameterSpec, RuleType
from movie_assets.dqdl.sql.columns import Column

ROUNDED = 1 - 1e-12
"""A correlation above this counts as 1: the difference is rounding."""


@RuleType("Mean", (COLUMN,), conditions=("number",), where=True, analyzer=True, dynamic=True)
def mean(subject: Subject) -> Plan:
    """The mean of the values, without nulls."""
    return _plan(subject, "avg", statistic)


@RuleType("Sum", (COLUMN,), conditions=("number",), where=True, analyzer=True, dynamic=True)
def sum_(subject: Subject) -> Plan:
    """The sum of the values, without nulls."""
    return _plan(subject, "sum", statistic)


@RuleType(
    "StandardDeviation",
    (COLUMN,),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    ours="Of the population (divided by n).",
)
def standard_deviation(subject: Subject) -> Plan:
    """The population standard deviation of the values, without nulls."""
    return _plan(subject, "stddev_pop", deviation)


@RuleType(
    "Variance",
    (COLUMN,),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    ours="Of the population (divided by n).",
)
def variance(subject: Subject) -> Plan:
    """The population variance of the values, without nulls."""
    return _plan(subject, "var_pop", deviation)


@RuleType(
    "ColumnCorrelation",
    (ParameterSpec("TargetColumn1", "column"), ParameterSpec("TargetColumn2", "column")),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
)
def column_correlation(subject: Subject) -> Plan:
    """Pearson's correlation of two columns over the rows where neither is null."""
    for column in subject.columns:
        if not column.is_number:
            return Plan(refusal=judges.expected_type(column.name, judges.NUMERIC, column.spark_type))
    first, second = (f"CAST({column.sql} AS DOUBLE)" for column in subject.columns)
    both = f"{finite(first)} AND {finite(second)}"
    pairs = f"{first} IS NOT NULL AND {second} IS NOT NULL"
    value = subject.aggregate(f"corr({first}, {second})", both)
    measure = (
        f"CASE WHEN {subject.aggregate('count(*)', pairs)} = 0 THEN NULL "
        f"WHEN {subject.aggregate('count(*)', f'{pairs} AND NOT ({both})')} > 0 THEN CAST('NaN' AS DOUBLE) "
        f"WHEN abs({value}) > {ROUNDED} AND NOT isnan({value}) THEN sign({value}) "
        f"ELSE coalesce({value}, CAST('NaN' AS DOUBLE)) END"
    )
    return Plan({subject.key("ColumnCorrelation"): Scan(measure)}, judges.metric)


def _plan(subject: Subject, function: str, write: Callable[[Subject, Column, str], str]) -> Plan:
    column = subject.column
    if not column.is_number:
        return Plan(refusal=judges.expected_type(column.name, judges.NUMERIC, column.spark_type))
    return Plan({subject.key(subject.rule.type): Scan(write(subject, column, function))}, judges.metric)


def statistic(subject: Subject, column: Column, function: str) -> str:
    """A numeric aggregate as a double; a NaN among the values makes it NaN."""
    return f"CAST({subject.aggregate(f'{function}({column.sql})')} AS DOUBLE)"


def deviation(subject: Subject, column: Column, function: str) -> str:
    """The deviation of the values; NaN if any of them is infinite or NaN."""
    middle = statistic(subject, column, "avg")
    spread = statistic(subject, column, function)
    return f"CASE WHEN {finite(middle)} THEN {spread} WHEN {middle} IS NOT NULL THEN CAST('NaN' AS DOUBLE) END"
