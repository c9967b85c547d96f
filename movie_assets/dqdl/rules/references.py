"""Rule types that compare the judged table with a reference."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import ParameterSpec, rule_type

ALIAS = ParameterSpec("ReferenceDatasetAlias", "alias")


@rule_type(
    "ReferentialIntegrity",
    ParameterSpec("PrimaryDatasetColumns"),
    ParameterSpec("ReferenceDatasetColumns"),
    condition="number",
    dynamic=True,
    row_level="yes",
)
def referential_integrity(subject: Subject) -> Plan:
    """The share of rows whose key is found in the reference; a key with a null is not."""
    return Plan(refusal="ReferentialIntegrity can't be evaluated yet")


@rule_type(
    "DatasetMatch",
    ALIAS,
    ParameterSpec("KeyColumnMappings"),
    ParameterSpec("MatchColumnMappings", optional=True),
    condition="number",
    dynamic=True,
    row_level="yes",
)
def dataset_match(subject: Subject) -> Plan:
    """The share of rows found in the reference by key, with equal match columns."""
    return Plan(refusal="DatasetMatch can't be evaluated yet")


@rule_type("SchemaMatch", ALIAS, condition="number", dynamic=True)
def schema_match(subject: Subject) -> Plan:
    """The share of columns that the reference has with the same name and type; 0 when the counts differ."""
    return Plan(refusal="SchemaMatch can't be evaluated yet")


@rule_type("RowCountMatch", ALIAS, condition="number", dynamic=True)
def row_count_match(subject: Subject) -> Plan:
    """The number of rows divided by the reference's."""
    return Plan(refusal="RowCountMatch can't be evaluated yet")


@rule_type(
    "AggregateMatch",
    ParameterSpec("AggregateExpression1"),
    ParameterSpec("AggregateExpression2"),
    condition="number",
)
def aggregate_match(subject: Subject) -> Plan:
    """The first aggregate divided by the second; both 0 give 1, the second alone gives 0."""
    return Plan(refusal="AggregateMatch can't be evaluated yet")
