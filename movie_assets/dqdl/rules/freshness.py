"""DataFreshness: how old values are."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import COLUMN, rule_type


@rule_type("DataFreshness", COLUMN, condition="duration", where=True, row_level="yes")
def data_freshness(subject: Subject) -> Plan:
    """The share of rows whose age in hours satisfies the condition; it must be 1."""
    return Plan(refusal="DataFreshness can't be evaluated yet")
