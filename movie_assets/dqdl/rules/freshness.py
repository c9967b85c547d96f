"""DataFreshness: how old values are."""

from dataclasses import replace
from datetime import UTC

from movie_assets.dqdl.declaring import judges
from movie_assets.dqdl.declaring.conditions import resolve
from movie_assets.dqdl.declaring.plan import ConditionError, Judgement, Plan, RowTest, Subject, Verdict
from movie_assets.dqdl.declaring.predicates import compare
from movie_assets.dqdl.declaring.rule_type import COLUMN, RuleType
from movie_assets.dqdl.sql.casts import spark_cast
from movie_assets.quoting import literal


@RuleType(
    "DataFreshness",
    (COLUMN,),
    conditions=("duration",),
    where=True,
    row_level="yes",
    glue="Judges rows.",
    open_engine="Rows land in Skip.",
    ours="Judges rows. A number is no date: the rule fails by type.",
)
def data_freshness(subject: Subject) -> Plan:
    """The share of rows whose age in hours, to two decimals, satisfies the condition; it must be 1.

    A day's age counts from its midnight, a timestamp without a zone is in UTC. A null cell, or text that is not a date,
    fails. The future has a negative age.
    """
    column, condition, now = subject.column, subject.condition, subject.options.now
    if column.family not in ("date", "timestamp", "string"):
        return Plan(refusal=judges.expected_type(column.name, judges.DATED, column.spark_type))
    if now is None:
        raise ConditionError("the rule asks how old values are, but no clock was given")
    assert condition is not None
    resolved = resolve(condition, now=now)
    hours = replace(resolved, operands=tuple(round(float(str(operand)), 4) for operand in resolved.operands))
    zoned = column.type == "TIMESTAMP WITH TIME ZONE"
    moment = column.sql if zoned else spark_cast(column.sql, "TIMESTAMP", column.family)
    seconds = spark_cast(moment, "BIGINT", "timestamp")
    age = f"round(({int(now.astimezone(UTC).timestamp())} - {seconds}) / 3600, 2)"
    return Plan(judge=_judge, row=RowTest(compare(age, hours, lambda operand: literal(float(str(operand))))))


def _judge(judgement: Judgement) -> Verdict:
    assert judgement.rows is not None
    share = judgement.rows.compliance
    if share is None:  # no rows, so nothing is too old
        return Verdict(True)
    metrics = {judgement.subject.key("DataFreshness.Compliance"): share}
    if judgement.rows.failed == 0:
        return Verdict(True, None, metrics)
    return Verdict(False, f"{share * 100:.2f} % of rows passed the threshold", metrics)
