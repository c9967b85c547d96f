"""Rule types about null cells."""

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.plan import Judge, Plan, RowTest, Scan, Subject
from movie_assets.dqdl.declaring.rule_type import COLUMN, RuleType


def completeness_of(subject: Subject, column: str) -> Scan:
    """The share of rows whose cell is not null; null without rows."""
    return Scan(f"{subject.aggregate(f'count({column})')} / nullif({subject.aggregate('count(*)')}, 0)")


@RuleType(
    "Completeness",
    (COLUMN,),
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    row_level="yes",
    in_rows=False,
)
def completeness(subject: Subject) -> Plan:
    """The share of rows whose cell is not null; an empty string is complete. A row passes when its cell is not null."""
    return _plan(subject, judges.metric)


@RuleType("IsComplete", (COLUMN,), where=True, row_level="yes")
def is_complete(subject: Subject) -> Plan:
    """Whether no cell is null. A row passes when its cell is not null."""
    return _plan(subject, judges.complete)


def _plan(subject: Subject, judge: Judge) -> Plan:
    column = subject.column.sql
    row = RowTest(f"{column} IS NOT NULL")
    return Plan({subject.key("Completeness"): completeness_of(subject, column)}, judge, row)
