"""Rule types about how often values occur."""

from dataclasses import replace

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.plan import Measure, OverKeys, Plan, RowTest, Subject
from movie_assets.dqdl.declaring.rule_type import COLUMN, COLUMNS, ParameterSpec, RuleType
from movie_assets.dqdl.rules.completeness import completeness_of

UNIQUENESS = "singles / nullif(rows - null_rows, 0)"


@RuleType(
    "Uniqueness",
    (COLUMNS,),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    row_level="yes",
    in_rows=False,
)
def uniqueness(subject: Subject) -> Plan:
    """Keys that occur exactly once, divided by the rows with a key; a row passes when its key occurs once."""
    return Plan({subject.key("Uniqueness"): OverKeys(UNIQUENESS, subject.keys())}, judges.metric, _occurs_once(subject))


@RuleType("IsUnique", (COLUMNS,), where=True, row_level="yes")
def is_unique(subject: Subject) -> Plan:
    """Whether every key occurs exactly once; a row passes when its key does (nulls group together)."""
    measure = OverKeys(UNIQUENESS, subject.keys())
    return Plan({subject.key("Uniqueness"): measure}, judges.complete, _occurs_once(subject))


@RuleType(
    "IsPrimaryKey",
    (ParameterSpec("TargetColumn", "column", repeated=True, always_numbered=True),),
    where=True,
    row_level="yes",
    open_engine="With one column a null key fails; with several its releases differ.",
    ours="A null in any key column fails the row and the rule.",
)
def is_primary_key(subject: Subject) -> Plan:
    """Whether every key occurs exactly once and no key column is null; a row passes when both hold for it."""
    metrics: dict[str, Measure] = {subject.key("Uniqueness"): OverKeys(UNIQUENESS, subject.keys())}
    metrics |= {
        f"Column.{parameter.value}.Completeness": completeness_of(subject, column.sql)
        for parameter, column in zip(subject.rule.parameters, subject.columns, strict=True)
    }
    complete = " AND ".join(f"{column.sql} IS NOT NULL" for column in subject.columns)
    return Plan(metrics, judges.complete, RowTest(complete, unique=subject.keys()))


@RuleType(
    "UniqueValueRatio", (COLUMN,), conditions=("number",), where=True, analyzer=True, dynamic=True, row_level="yes"
)
def unique_value_ratio(subject: Subject) -> Plan:
    """Values that occur exactly once, divided by distinct values, without nulls; a row passes when its value occurs
    once.
    """
    measure = OverKeys("singles / nullif(groups, 0)", subject.keys())
    return Plan({subject.key("UniqueValueRatio"): measure}, judges.metric, _occurs_once(subject))


@RuleType(
    "DistinctValuesCount",
    (COLUMN,),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    glue="The table of rule types says it judges rows, the page of results puts it in Skip.",
    open_engine="Null counts as a value.",
    ours="Null counts as a value; rows land in Skip.",
)
def distinct_values_count(subject: Subject) -> Plan:
    """The number of distinct values; null counts as one of them."""
    measure = OverKeys("groups + CASE WHEN null_rows > 0 THEN 1 ELSE 0 END", subject.keys())
    return Plan({subject.key("DistinctValuesCount"): measure}, judges.metric)


@RuleType(
    "DuplicateRowCount",
    (ParameterSpec("TargetColumn", "column", optional=True, repeated=True),),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    glue="Nothing; the open parser reads it.",
    open_engine="Counts every row whose key occurs again, the first one too: three copies are 3.",
    ours="Counts the rows beyond the first: three copies are 2. Rows land in Skip, for no copy is known to be "
    "the first; IsUnique judges rows.",
)
def duplicate_row_count(subject: Subject) -> Plan:
    """The number of rows beyond the first of each key; without columns the whole row is the key.

    Rows whose key is null in every column don't count.
    """
    keys = subject.keys()
    if not keys.columns:
        keys = replace(keys, columns=tuple(column.sql for column in subject.schema.columns))
    measure = OverKeys("rows - null_rows - groups", keys)
    return Plan({subject.key("DuplicateRowCount"): measure}, judges.metric)


@RuleType(
    "Entropy",
    (COLUMN,),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    glue="Speaks of bits.",
    open_engine="Natural logarithm; a where has no effect.",
    ours="Natural logarithm, over the rows that match where.",
)
def entropy(subject: Subject) -> Plan:
    """The entropy of the values in nats (natural logarithm), without nulls."""
    filled = "nullif(rows - null_rows, 0)"
    return Plan({subject.key("Entropy"): OverKeys(f"ln({filled}) - spread / {filled}", subject.keys())}, judges.metric)


def _occurs_once(subject: Subject) -> RowTest:
    return RowTest("TRUE", unique=subject.keys())
