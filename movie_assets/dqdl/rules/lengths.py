"""ColumnLength: how many characters cells have."""

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.conditions import not_met, resolve, satisfies
from movie_assets.dqdl.declaring.plan import Judge, Judgement, Plan, Resolved, RowTest, Scan, Subject, Verdict
from movie_assets.dqdl.declaring.predicates import compare
from movie_assets.dqdl.declaring.rule_type import COLUMN, RuleType
from movie_assets.quoting import literal


@RuleType(
    "ColumnLength",
    (COLUMN,),
    conditions=("number",),
    where=True,
    analyzer=True,
    row_level="yes",
    glue="NULL has length 0.",
    open_engine="Skips null rows; != looks at the shortest and the longest cell only.",
    ours="NULL has length 0; != holds for every row.",
)
def column_length(subject: Subject) -> Plan:
    """The shortest and the longest cell, in characters (code points); a null cell has length 0."""
    column, condition = subject.column, subject.condition
    if column.family != "string":
        return Plan(refusal=judges.expected_type(column.name, "StringType", column.spark_type))
    length = f"length(coalesce({column.sql}, ''))"
    metrics = {
        subject.key(name): Scan(f"CAST({subject.aggregate(f'{function}({length})')} AS DOUBLE)")
        for name, function in (("MinimumLength", "min"), ("MaximumLength", "max"))
    }
    if condition is None:
        return Plan(metrics, judges.metric)
    resolved = resolve(condition, now=subject.options.now)
    row = RowTest(compare(length, resolved, lambda operand: _bound(operand)))
    if resolved.operator in ("in", "not in", "not between", "!="):
        return Plan(row=row, judge=judges.rows(subject.key("LengthCompliance")))
    return Plan(metrics, _judge_ends(resolved), row)


def _bound(operand: object) -> str:
    number = float(str(operand))
    return literal(int(number) if number.is_integer() else number)


def _judge_ends(condition: Resolved) -> Judge:
    """Passed if every row passes; the message shows each extreme that fails the condition."""

    def judge(judgement: Judgement) -> Verdict:
        verdict = judges.rows()(judgement)
        if verdict.passed or judgement.rows is None or not judgement.rows.counted:
            return verdict
        ends = [value for value in dict.fromkeys(judgement.values.values()) if value is not None]
        lines = [not_met(value) for value in ends if not satisfies(value, condition)]
        return Verdict(False, "\n".join(lines) or verdict.reason)

    return judge
