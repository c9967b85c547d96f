"""Rule types that compare the judged table with a reference."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from movie_assets.dqdl.declaring.conditions import not_met, satisfies
from movie_assets.dqdl.declaring.judges import empty_state, metric
from movie_assets.dqdl.declaring.plan import (
    JUDGED,
    PRIMARY,
    ConditionError,
    Judgement,
    Plan,
    RowTest,
    Statement,
    Subject,
    Verdict,
)
from movie_assets.dqdl.declaring.rule_type import ParameterSpec, RuleType
from movie_assets.dqdl.sql.casts import spark_cast
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.typed import Value, compared
from movie_assets.quoting import identifier

ALIAS = ParameterSpec("ReferenceDatasetAlias", "alias")
UNSUITABLE = "Provided key map not suitable for given data frames."
NAME = "`[^`]+`|[^.`]+"
"""A pattern for a column's name; a name with dots is in backticks."""

AGGREGATES = ("sum", "avg", "min", "max", "count")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference table with its alias."""

    alias: str
    schema: Schema

    @property
    def sql(self) -> str:
        return identifier(self.alias)

    def column(self, name: str) -> Column:
        found = self.schema.find(name)
        if found is None:
            raise ConditionError(f"Reference data {self.alias} does not include column {name}!")
        return found


@RuleType(
    "ReferentialIntegrity",
    (ParameterSpec("PrimaryDatasetColumns"), ParameterSpec("ReferenceDatasetColumns")),
    conditions=("number",),
    analyzer=True,
    dynamic=True,
    row_level="yes",
    in_rows=False,
    glue="Judges rows.",
    open_engine="Rows land in Skip.",
    ours="Judges rows. Types that differ meet as in Spark: text is cast to the other.",
)
def referential_integrity(subject: Subject) -> Plan:
    """The share of rows whose key is found in the reference; a key with a null is not. A row passes when its key is."""
    found = re.fullmatch(rf"(.+?)\.(?:\{{(.+)\}}|({NAME}))", subject.parameter(1))
    if found is None:
        return Plan(refusal='Reference columns are written as "alias.column" or "alias.{column,column}"')
    reference = _reference(subject, found[1])
    own = [_own(subject, name) for name in _names(subject.parameter(0))]
    other = [reference.column(name) for name in _names(found[2] or found[3])]
    if len(own) != len(other):
        return Plan(refusal=f"{len(own)} columns can't be looked up in {len(other)} columns of {reference.alias}")
    same = " AND ".join(_equal(one, two) for one, two in zip(own, other, strict=True))
    return _share(
        f"Column.{found[1]}.ReferentialIntegrity", f"EXISTS (SELECT 1 FROM {reference.sql} AS r WHERE {same})"
    )


@RuleType(
    "DatasetMatch",
    (ALIAS, ParameterSpec("KeyColumnMappings"), ParameterSpec("MatchColumnMappings", optional=True)),
    conditions=("number",),
    analyzer=True,
    dynamic=True,
    row_level="yes",
    in_rows=False,
    glue="Judges rows.",
    open_engine="Rows land in Skip; equal nulls match in match columns, not in keys.",
    ours="Judges rows; nulls as in the open engine. Without any column beside the keys, a key that is found matches.",
)
def dataset_match(subject: Subject) -> Plan:
    """The share of rows found in the reference by key, with equal match columns; nulls equal each other there.

    Without match columns, every other column of the judged table is one. Keys must be unique in both tables.
    """
    reference = _reference(subject, subject.parameter(0))
    keys = [(_own(subject, one), reference.column(two)) for one, two in _mapping(subject.parameter(1))]
    if not keys:
        return Plan(refusal="Could not parse KeyColumnMappings")
    if len(subject.rule.parameters) > 2:
        matched = [(_own(subject, one), reference.column(two)) for one, two in _mapping(subject.parameter(2))]
    else:
        own_keys = [one for one, _ in keys]
        matched = [(one, reference.column(one.name)) for one in subject.schema.columns if one not in own_keys]
    same = " AND ".join(
        [_equal(one, two) for one, two in keys] + [_equal(one, two, nulls=True) for one, two in matched]
    )
    unique = f"{_unique(JUDGED, [one for one, _ in keys])} AND {_unique(reference.sql, [two for _, two in keys])}"
    plan = _share(
        f"Dataset.{subject.parameter(0)}.DatasetMatch",
        f"({unique}) AND EXISTS (SELECT 1 FROM {reference.sql} AS r WHERE {same})",
    )
    suitable = Statement(f"SELECT CASE WHEN {unique} THEN 1 ELSE 0 END")
    return Plan(plan.metrics, _judge_match, plan.row, hidden={"suitable": suitable})


@RuleType(
    "SchemaMatch",
    (ALIAS,),
    conditions=("number",),
    analyzer=True,
    dynamic=True,
    open_engine="Compares names with their case.",
    ours="As the open engine.",
)
def schema_match(subject: Subject) -> Plan:
    """The share of columns that the reference has with the same name and type; 0 when the counts differ.

    Names are case-sensitive.
    """
    reference = _reference(subject, subject.parameter(0))
    own = {(column.name, column.spark_type) for column in subject.schema.columns}
    other = {(column.name, column.spark_type) for column in reference.schema.columns}
    share = len(own & other) / len(own) if len(own) == len(other) else 0.0

    def judge(judgement: Judgement) -> Verdict:
        if len(own) != len(other):
            return Verdict(False, "Column counts do not match")
        passed = judgement.condition is not None and satisfies(share, judgement.condition)
        return Verdict(passed, None if passed else f"{share * 100:.2f}% of columns passed the threshold")

    return Plan({f"Dataset.{subject.parameter(0)}.SchemaMatch": Statement(f"SELECT CAST({share!r} AS DOUBLE)")}, judge)


@RuleType(
    "RowCountMatch",
    (ALIAS,),
    conditions=("number",),
    analyzer=True,
    dynamic=True,
    open_engine="An empty reference gives Infinity, two empty tables NaN.",
    ours="As the open engine.",
)
def row_count_match(subject: Subject) -> Plan:
    """The number of rows divided by the reference's; infinite if only the reference is empty, NaN if both are."""
    reference = _reference(subject, subject.parameter(0))
    own, other = f"(SELECT count(*) FROM {JUDGED})", f"(SELECT count(*) FROM {reference.sql})"
    nothing = f"CASE WHEN {own} = 0 THEN CAST('nan' AS DOUBLE) ELSE CAST('inf' AS DOUBLE) END"
    ratio = Statement(f"SELECT CASE WHEN {other} = 0 THEN {nothing} ELSE {own} / {other} END")
    return Plan({f"Dataset.{subject.parameter(0)}.RowCountMatch": ratio}, _judge_share)


@RuleType(
    "AggregateMatch",
    (ParameterSpec("AggregateExpression1"), ParameterSpec("AggregateExpression2")),
    conditions=("number",),
    analyzer=True,
    dynamic=True,
    glue="sum and avg; not compared with earlier values.",
    open_engine="sum and avg.",
    ours="Also min, max and count; compared with earlier values as other ratios are.",
)
def aggregate_match(subject: Subject) -> Plan:
    """The first aggregate (sum, avg, min, max or count) divided by the second; both 0 give 1, the second alone gives 0.

    An aggregate of nothing counts as 0.
    """
    (name1, first), (name2, second) = (_aggregate(subject, subject.parameter(index)) for index in (0, 1))
    key = f"Column.{name1 if name1 == name2 else f'{name1},{name2}'}.AggregateMatch"
    ratio = "CASE WHEN b <> 0 THEN a / b WHEN a = 0 THEN 1.0 ELSE 0.0 END"
    measure = Statement(f"SELECT CAST({ratio} AS DOUBLE) FROM (SELECT ({first}) AS a, ({second}) AS b)")
    return Plan({key: measure}, _judge_share)


def _aggregate(subject: Subject, text: str) -> tuple[str, str]:
    """The column's name and the query of ``sum(column)`` or ``sum(alias.column)``, one number."""
    found = re.fullmatch(rf"\s*(\w+)\s*\(\s*(?:(.+?)\.)?({NAME})\s*\)\s*", text.replace('"', ""))
    if found is None or found[1].lower() not in AGGREGATES:
        raise ConditionError(f"'{text}' is not one of {', '.join(AGGREGATES)} of a column")
    alias, name = found[2], found[3].strip()
    reference = _reference(subject, alias) if alias and alias != PRIMARY else None
    relation = reference.sql if reference else JUDGED
    if name == "*" and found[1].lower() == "count":
        return name, f"SELECT CAST(count(*) AS DOUBLE) FROM {relation}"
    column = reference.column(name) if reference else _own(subject, name)
    value = column.sql
    if found[1].lower() != "count":
        value = spark_cast(value, "DOUBLE", column.family) if column.family != "decimal" else value
    return name, f"SELECT coalesce(CAST({found[1]}({value}) AS DOUBLE), 0) FROM {relation}"


def _reference(subject: Subject, alias: str) -> Reference:
    for known in (alias, *(name for name in subject.references if name.lower() == alias.lower())):
        if known in subject.references:
            return Reference(known, subject.references[known])
    raise ConditionError(f"{alias} not found in additional sources")


def _own(subject: Subject, name: str) -> Column:
    found = subject.schema.find(name)
    if found is None:
        raise ConditionError(f"Input data does not include column {name}!")
    return found


def _names(text: str) -> list[str]:
    return [name.strip() for name in re.findall(r"(?:`[^`]*`|[^,`])+", text.replace('"', "")) if name.strip()]


def _mapping(text: str) -> list[tuple[str, str]]:
    """``a->x,b`` as pairs of own and reference names; ``b`` stands for ``b->b``."""
    pairs = [name.partition("->") for name in _names(text)]
    return [(one.strip(), (two or one).strip()) for one, _, two in pairs]


def _equal(own: Column, other: Column, *, nulls: bool = False) -> str:
    """SQL for equal cells, as Spark compares their types."""
    one, two = compared(Value(f"{JUDGED}.{own.sql}", own.type), Value(f"r.{other.sql}", other.type))
    return f"{one.operand} {'IS NOT DISTINCT FROM' if nulls else '='} {two.operand}"


def _unique(relation: str, columns: Sequence[Column]) -> str:
    names = ", ".join(column.sql for column in columns)
    return f"NOT EXISTS (SELECT 1 FROM {relation} GROUP BY {names} HAVING count(*) > 1)"


def _share(key: str, passes: str) -> Plan:
    """The share of rows that pass a test, as a metric and row by row."""
    rows = f"(SELECT count(*) FROM {JUDGED})"
    share = Statement(f"SELECT (SELECT count(*) FROM {JUDGED} WHERE {passes}) / nullif({rows}, 0)")
    return Plan({key: share}, _judge_share, RowTest(passes))


def _judge_share(judgement: Judgement) -> Verdict:
    """Judges as every metric, with the messages of this family, which end in a full stop."""
    value = judgement.value
    if value is None:
        return Verdict(False, empty_state(judgement))
    verdict = metric(judgement)
    return verdict if verdict.passed else Verdict(False, not_met(value, "."))


def _judge_match(judgement: Judgement) -> Verdict:
    return _judge_share(judgement) if judgement.values["suitable"] else Verdict(False, UNSUITABLE)
