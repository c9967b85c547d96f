"""ColumnDataType: the types that cells can be cast to."""

import re

from movie_assets.dqdl.declaring.conditions import not_met, resolve, satisfies
from movie_assets.dqdl.declaring.plan import Judgement, Plan, Scan, Subject, Verdict
from movie_assets.dqdl.declaring.predicates import as_text
from movie_assets.dqdl.declaring.rule_type import COLUMN, RuleType
from movie_assets.dqdl.language.nodes import Rule
from movie_assets.dqdl.sql.casts import spark_cast
from movie_assets.dqdl.sql.columns import Column
from movie_assets.dqdl.sql.regexes import full_match, group

_TYPES = ("BOOLEAN", "DATE", "TIMESTAMP", "INTEGER", "DOUBLE", "FLOAT", "LONG")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_FORMATS = ("dd-MM-yyyy", "MM-dd-yyyy", "yyyy-MM-dd", "MM-yyyy", "yyyy-MM", "dd-MM", "MM-dd")
_DIGITS = {"yyyy": r"\d{4}", "MM": r"\d{2}", "dd": r"\d{2}"}


@RuleType(
    "ColumnDataType",
    (COLUMN,),
    conditions=("string",),
    operators=("=", "!=", "in", "not in"),
    where=True,
    threshold=True,
    tags=("format",),
    glue="No row results.",
    open_engine="A cell complies when Spark's lenient cast gives a value; in and not in are read, then fail.",
    ours="As the open engine; with in, a cell complies when it can be cast to any of the types. An integer too large "
    "for the type wraps in Spark and complies. A format that is not supported fails the rule.",
)
def column_data_type(subject: Subject) -> Plan:
    """The share of rows whose cell can be cast to the type as Spark casts; it must be 1, or meet the threshold.

    Types: Boolean, Date, Timestamp, Integer, Double, Float, Long, DECIMAL(p,s), in any case. A null cell can't be cast.
    ``in`` asks for any of several; ``!=`` and ``not in`` count the cells that can't. ``with format`` gives the order of
    a date's parts, joined by ``-`` or ``/``.
    """
    condition = subject.condition
    assert condition is not None
    pattern = subject.rule.tag("format") if isinstance(subject.rule, Rule) else None
    tests: list[str] = []
    for wanted in map(str, resolve(condition).operands):
        test = _complies(subject.column, wanted.upper(), pattern)
        if test is None:
            return Plan(refusal=_unrecognized(wanted, pattern))
        tests.append(f"coalesce({test}, FALSE)")
    passes = f"({' OR '.join(tests)})"
    if condition.operator in ("!=", "not in"):
        passes = f"NOT {passes}"
    share = f"{subject.aggregate('count(*)', passes)} / nullif({subject.aggregate('count(*)')}, 0)"
    return Plan({subject.key("ColumnDataType.Compliance"): Scan(share)}, _judge)


def _judge(judgement: Judgement) -> Verdict:
    share = judgement.value
    if share is None:  # no rows, so nothing fails to cast
        return Verdict(True)
    passed = satisfies(share, judgement.threshold) if judgement.threshold else share == 1
    return Verdict(passed, None if passed else not_met(share, "."))


def _complies(column: Column, wanted: str, pattern: str | None) -> str | None:
    """SQL for cells that comply; None for an unknown type or format."""
    decimal = _DECIMAL.fullmatch(wanted)
    if decimal:
        precision, scale = int(decimal[1]), int(decimal[2])
        if not 1 <= precision <= 38 or scale > precision:
            return None
        wanted = f"DECIMAL({precision},{scale})"
    elif wanted not in _TYPES:
        return None
    if wanted == "DATE" and pattern:
        return _complies_with_format(column, pattern)
    known = column.family if column.family != "other" else None
    if known == "string" or wanted.startswith("DECIMAL"):
        return f"{spark_cast(column.sql, {'LONG': 'BIGINT'}.get(wanted, wanted), known)} IS NOT NULL"
    return f"{column.sql} IS NOT NULL" if _castable(column, wanted) else "FALSE"


def _castable(column: Column, wanted: str) -> bool:
    """Whether Spark casts every value of the column's type; its numbers wrap around rather than become null."""
    if column.is_number or column.family == "boolean":
        return wanted != "DATE"
    if column.family == "timestamp":
        return True
    return column.family == "date" and wanted in ("DATE", "TIMESTAMP")


def _complies_with_format(column: Column, pattern: str) -> str | None:
    if pattern.replace("/", "-") not in _FORMATS or ("/" in pattern and "-" in pattern):
        return None
    parts = re.split("[-/]", pattern)
    text = as_text(column)
    shape = pattern[len(parts[0])].join(f"({_DIGITS[part]})" for part in parts)
    found = {part: group(text, f"^{shape}$", index) for index, part in enumerate(parts, start=1)}
    year, first = found.get("yyyy", "'2000'"), found.get("dd", "'01'")  # 2000 has every day of a year
    day = f"{year} || '-' || {found['MM']} || '-' || {first}"
    return f"({full_match(text, shape)} AND {spark_cast(day, 'DATE', 'string')} IS NOT NULL)"


def _unrecognized(wanted: str, pattern: str | None) -> str:
    if wanted.upper() == "DATE" and pattern:
        return f"Unsupported date format: {pattern}; supported are {', '.join(_FORMATS)}, also with / in place of -"
    return f"Unrecognized data type: {wanted}; known are {', '.join(_TYPES)}, DECIMAL(p,s)"
