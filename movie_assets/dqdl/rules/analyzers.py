"""Analyzers that are no rules: they only measure."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import ParameterSpec, rule_type

COLUMN_OR_ALL = ParameterSpec("TargetColumn")


@rule_type("AllStatistics", COLUMN_OR_ALL, rule=False, analyzer=True)
def all_statistics(subject: Subject) -> Plan:
    """Every metric that suits the column's type; ``AllColumns`` stands for every column."""
    return Plan(refusal="AllStatistics can't be evaluated yet")


@rule_type("Distribution", COLUMN_OR_ALL, rule=False, analyzer=True, tags=("bins", "rebin"))
def distribution(subject: Subject) -> Plan:
    """The number of rows in each bin of a column's values."""
    return Plan(refusal="Distribution can't be evaluated yet")
