"""Turns measured values into verdicts: three judges for nearly every rule type."""

from collections.abc import Mapping

from movie_assets.dqdl.declaring.conditions import not_met, satisfies
from movie_assets.dqdl.declaring.plan import Judge, Judgement, Value, Verdict


def metric(judgement: Judgement) -> Verdict:
    """Passed when the metric meets the condition; no value at all (an empty column) is Failed."""
    value = judgement.value
    if value is None:
        return Verdict(False, empty_state(judgement))
    assert judgement.condition is not None
    return Verdict(True) if satisfies(value, judgement.condition) else Verdict(False, not_met(value))


def complete(judgement: Judgement) -> Verdict:
    """Passed when every metric is exactly 1."""
    for value in judgement.values.values():
        if value is None:
            return Verdict(False, empty_state(judgement))
        if value != 1:
            return Verdict(False, not_met(value))
    return Verdict(True)


def rows(compliance_key: str | None = None, end: str = "!") -> Judge:
    """A judge of row tests: every counted row passes, or the share of passing rows meets the threshold.

    The share is reported under ``compliance_key``, if given.
    """

    def judge(judgement: Judgement) -> Verdict:
        assert judgement.rows is not None
        share = judgement.rows.compliance
        metrics: Mapping[str, Value] = {compliance_key: share} if compliance_key else {}
        if share is None:
            return Verdict(False, empty_state(judgement), metrics)
        if judgement.threshold is not None:
            passed = satisfies(share, judgement.threshold)
        else:
            passed = judgement.rows.failed == 0
        return Verdict(passed, None if passed else not_met(share, end), metrics)

    return judge


def empty_state(judgement: Judgement) -> str:
    """Glue's message for a column with nothing to measure."""
    subject = judgement.subject
    columns = ",".join(parameter.value for parameter in subject.rule.parameters)
    return f"Empty state for analyzer {subject.rule.type}({columns}), all input values were NULL."


def expected_type(column: str, expected: str, found: str) -> str:
    """Glue's message for a column of the wrong type."""
    return f"Expected type of column {column} to be {expected}, but found {found} instead!"


NUMERIC = "one of (LongType,IntegerType,ShortType,ByteType,DoubleType,FloatType,DecimalType)"
"""The numeric types, as messages list them."""

DATED = "one of (DateType,TimestampType,StringType)"
"""The date and timestamp types, as messages list them."""
