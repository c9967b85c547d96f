"""ColumnValues: conditions on cells."""

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.conditions import not_met, resolve, satisfies
from movie_assets.dqdl.declaring.plan import (
    Judge,
    Judgement,
    Measure,
    Plan,
    Resolved,
    RowTest,
    Scan,
    Subject,
    Value,
    Verdict,
)
from movie_assets.dqdl.declaring.predicates import date_test, names_null, number_test, string_test
from movie_assets.dqdl.declaring.rule_type import COLUMN, RuleType

BOUNDED = {">": "Minimum", ">=": "Minimum", "<": "Maximum", "<=": "Maximum"}
"""Operators whose message shows one extreme of the column."""


@RuleType(
    "ColumnValues",
    (COLUMN,),
    conditions=("number", "string", "date"),
    where=True,
    threshold=True,
    analyzer=True,
    row_level="yes",
    glue="Null cells fail, but for != and not in; row results need a threshold.",
    open_engine="Ignores the threshold of number and string conditions; WHITESPACES_ONLY trims blanks only; "
    "matches never accepts an empty string.",
    ours="The threshold always counts; rows are judged without one too; WHITESPACES_ONLY is any Unicode "
    "white space; matches is a full match of the whole pattern; numbers compare with text that reads "
    "as a number, other text is in no set of numbers; whole numbers compare exactly. Patterns are Java's: regular ones "
    "are matched without backtracking; lookarounds, back-references and possessive quantifiers with a time limit.",
)
def column_values(subject: Subject) -> Plan:
    """The share of rows whose cell satisfies the condition; it must be 1, or meet the threshold.

    Null cells fail, except with ``!=`` and ``not in``, and with conditions that name NULL. With ``nulls="ignore"`` they
    don't count.
    """
    column, condition = subject.column, subject.condition
    metrics = _extremes(subject)
    if condition is None:
        return Plan(metrics, judges.metric)
    resolved = resolve(condition, now=subject.options.now)
    kind = condition.kind
    if kind == "number" and resolved.operator in ("=", *BOUNDED) and not names_null(resolved) and not column.is_number:
        return Plan(refusal=judges.expected_type(column.name, judges.NUMERIC, column.spark_type))
    if resolved.operator in ("matches", "not matches") and column.family != "string":
        return Plan(refusal=judges.expected_type(column.name, "StringType", column.spark_type))
    if kind == "date" and column.family not in ("date", "timestamp", "string"):
        return Plan(refusal=judges.expected_type(column.name, judges.DATED, column.spark_type))
    test = {"number": number_test, "string": string_test, "date": date_test}[kind](column, resolved)
    ignored = subject.options.nulls == "ignore" and not names_null(resolved)
    row = RowTest(
        f"({column.sql} IS NULL OR {test})" if ignored else test,
        counted=f"{column.sql} IS NOT NULL" if ignored else None,
    )
    bounded = resolved.operator in ("=", "between", "not between", *BOUNDED) and not names_null(resolved)
    if kind == "number" and bounded and column.is_number:
        hidden: dict[str, Measure] = {} if ignored else {"nulls": _nulls(subject)}
        return Plan(metrics, _judge_bounds(resolved), row, hidden)
    return Plan(row=row, judge=judges.rows(subject.key("ColumnValues.Compliance")))


def _nulls(subject: Subject) -> Scan:
    return Scan(subject.aggregate("count(*)", f"{subject.column.sql} IS NULL"))


def _extremes(subject: Subject) -> dict[str, Measure]:
    """Minimum and maximum of a numeric column; of the lengths of a string column, as Glue's analyzer has it."""
    column = subject.column
    if column.family == "string":
        names, value = ("MinimumLength", "MaximumLength"), f"length({column.sql})"
    elif column.is_number:
        names, value = ("Minimum", "Maximum"), column.sql
    else:
        return {}
    return {
        subject.key(name): Scan(f"CAST({subject.aggregate(f'{function}({value})')} AS DOUBLE)")
        for name, function in zip(names, ("min", "max"), strict=True)
    }


def _judge_bounds(condition: Resolved) -> Judge:
    """Judges as every row test; the message has the extreme that fails the bound, and a line for nulls."""

    def judge(judgement: Judgement) -> Verdict:
        verdict = judges.rows(judgement.subject.key("ColumnValues.Compliance"))(judgement)
        if judgement.threshold is not None:
            return verdict
        if verdict.passed or judgement.rows is None or not judgement.rows.counted:
            return Verdict(verdict.passed, verdict.reason)
        minimum, maximum, *_ = judgement.values.values()
        shown: tuple[Value, ...] = (minimum, maximum)
        if condition.operator in BOUNDED:
            shown = (minimum,) if BOUNDED[condition.operator] == "Minimum" else (maximum,)
        lines = [
            not_met(value) for value in dict.fromkeys(shown) if value is not None and not satisfies(value, condition)
        ]
        if judgement.values.get("nulls"):
            lines.append(not_met(None))
        return Verdict(False, "\n".join(lines) or verdict.reason)

    return judge
