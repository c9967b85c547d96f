"""ColumnDataType: what cells can be read as."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import COLUMN, rule_type


@rule_type(
    "ColumnDataType",
    COLUMN,
    condition="string",
    operators=("=", "!="),
    where=True,
    threshold=True,
    tags=("format",),
    row_level="skip",
)
def column_data_type(subject: Subject) -> Plan:
    """The share of rows whose cell can be cast to the type as Spark casts; it must be 1, or meet the threshold."""
    return Plan(refusal="ColumnDataType can't be evaluated yet")
