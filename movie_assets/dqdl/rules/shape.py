"""Rule types about the table as a whole: how many rows and columns, and their names."""

import re

from movie_assets.dqdl.rules import judges
from movie_assets.dqdl.rules.plan import Judgement, Plan, Scan, Statement, Subject, Verdict
from movie_assets.dqdl.rules.rule_type import ParameterSpec, rule_type


@rule_type("RowCount", condition="number", where=True, analyzer=True, dynamic=True)
def row_count(subject: Subject) -> Plan:
    """The number of rows that match ``where``."""
    return Plan({"Dataset.*.RowCount": Scan(subject.aggregate("count(*)"))}, judges.metric)


@rule_type("ColumnCount", condition="number", analyzer=True, dynamic=True)
def column_count(subject: Subject) -> Plan:
    """The number of columns."""
    return Plan({"Dataset.*.ColumnCount": Statement(f"SELECT {len(subject.schema.columns)}")}, judges.metric)


@rule_type(
    "ColumnExists",
    ParameterSpec("TargetColumn"),
    open_engine="Compares names with their case.",
    ours="Without regard to case, as columns resolve everywhere else.",
)
def column_exists(subject: Subject) -> Plan:
    """Whether a column of that name is there, without regard to case."""
    name = subject.parameter(0)

    def judge(_: Judgement) -> Verdict:
        found = subject.schema.find(name) is not None
        return Verdict(found, None if found else f"Input data does not include column {name}!")

    return Plan(judge=judge)


@rule_type(
    "ColumnNamesMatchPattern",
    ParameterSpec("PatternToMatch", "regex"),
    glue="The pattern is to match the names.",
    open_engine="Searches in each name.",
    ours="Searches in each name.",
)
def column_names_match_pattern(subject: Subject) -> Plan:
    """The share of column names in which the pattern is found (a search, not a full match); it must be 1."""
    pattern = subject.parameter(0)
    try:
        misses = [name for name in subject.schema.names if not re.search(pattern, name)]
    except re.error as error:
        return Plan(refusal=f"'{pattern}' is no regular expression: {error}")
    total = len(subject.schema.names)
    share = (total - len(misses)) / total if total else 0.0

    def judge(_: Judgement) -> Verdict:
        reason = f"Columns that do not match the pattern: {', '.join(misses)}" if misses else None
        return Verdict(not misses, reason)

    return Plan({"Dataset.*.ColumnNamesPatternMatchRatio": Statement(f"SELECT {share!r}")}, judge)
