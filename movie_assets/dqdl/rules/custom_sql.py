"""CustomSql: a Spark SQL statement as a rule."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import ParameterSpec, rule_type


@rule_type(
    "CustomSql",
    ParameterSpec("CustomSqlStatement", "sql"),
    condition="number",
    condition_optional=True,
    threshold=True,
    analyzer=True,
    dynamic=True,
    row_level="yes",
)
def custom_sql(subject: Subject) -> Plan:
    """With a condition, the one number a statement yields; without, the share of rows the statement returns."""
    return Plan(refusal="CustomSql can't be evaluated yet")
