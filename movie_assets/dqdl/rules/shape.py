"""Rule types about the table as a whole: how many rows and columns, and their names."""

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.plan import Judgement, Plan, Scan, Statement, Subject, Verdict
from movie_assets.dqdl.declaring.rule_type import ParameterSpec, RuleType
from movie_assets.dqdl.sql.regexes import found
from movie_assets.quoting import literal


@RuleType(
    "RowCount",
    conditions=("number",),
    where=True,
    analyzer=True,
    dynamic=True,
    ours="Where no row matches, the count is 0 and judged; rule types whose metric then has no value pass.",
)
def row_count(subject: Subject) -> Plan:
    """The number of rows that match ``where``."""
    return Plan({"Dataset.*.RowCount": Scan(subject.aggregate("count(*)"))}, judges.metric)


@RuleType("ColumnCount", conditions=("number",), analyzer=True, dynamic=True)
def column_count(subject: Subject) -> Plan:
    """The number of columns."""
    return Plan({"Dataset.*.ColumnCount": Statement(f"SELECT {len(subject.schema.columns)}")}, judges.metric)


@RuleType(
    "ColumnExists",
    (ParameterSpec("TargetColumn"),),
    open_engine="Compares names with their case.",
    ours="Without regard to case, as columns resolve everywhere else.",
)
def column_exists(subject: Subject) -> Plan:
    """Whether a column of that name exists, in any case."""
    name = subject.parameter(0)

    def judge(_: Judgement) -> Verdict:
        found = subject.schema.find(name) is not None
        return Verdict(found, None if found else f"Input data does not include column {name}!")

    return Plan(judge=judge)


@RuleType(
    "ColumnNamesMatchPattern",
    (ParameterSpec("PatternToMatch", "regex"),),
    glue="The pattern is to match the names.",
    open_engine="Searches in each name.",
    ours="Searches in each name; patterns are Java's, as in ColumnValues.",
)
def column_names_match_pattern(subject: Subject) -> Plan:
    """The share of column names in which the pattern is found (a search, not a full match); it must be 1."""
    pattern = subject.parameter(0)
    names = ", ".join(f"({index}, {literal(name)})" for index, name in enumerate(subject.schema.names))
    missed = f"NOT {found('name', pattern)}"
    misses = [
        name for (name,) in subject.query(f"SELECT name FROM (VALUES {names}) v(i, name) WHERE {missed} ORDER BY i")
    ]
    total = len(subject.schema.names)
    share = (total - len(misses)) / total if total else 0.0

    def judge(_: Judgement) -> Verdict:
        reason = f"Columns that do not match the pattern: {', '.join(misses)}" if misses else None
        return Verdict(not misses, reason)

    return Plan({"Dataset.*.ColumnNamesPatternMatchRatio": Statement(f"SELECT {share!r}")}, judge)
