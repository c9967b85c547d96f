"""What the public door can't take is refused by name, in one sentence, and never in another way."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from movie_assets import dqdl
from movie_assets.dqdl.declaring.file_source import FileFact

TABLE = pa.table({"a": [1, None, 3], "b": ["x", "y", "z"]})
SHAPE = "history maps a metric's name to the list of its earlier values, most recent first"
YEARS = "it is a datetime of the years 2 to 9998"
EAST, WEST = timezone(timedelta(hours=5)), timezone(timedelta(hours=-5))


class Unshowable:
    def __repr__(self) -> str:
        raise ValueError


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"nulls": "zzz"}, "nulls can't be 'zzz'; it is 'fail' or 'ignore'"),
    ({"nulls": None}, "nulls can't be None; it is 'fail' or 'ignore'"),
    ({"nulls": Unshowable()}, "nulls can't be a Unshowable; it is 'fail' or 'ignore'"),
    ({"composite": "rows"}, "composite can't be 'rows'; it is 'column' or 'row'"),
    ({"filtered_rows": ""}, "filtered_rows can't be ''; it is 'passed' or 'skipped'"),
    ({"filtered_rows": ["passed"]}, "filtered_rows can't be ['passed']; it is 'passed' or 'skipped'"),
    (
        {"filtered_rows": np.array(["passed"])},
        "filtered_rows can't be array(['passed'], dtype='<U6'); it is 'passed' or 'skipped'",
    ),
    ({"rule_labels": "no"}, "rule_labels can't be 'no'; it is True or False"),
    ({"now": "2024-01-01"}, f"now can't be '2024-01-01'; {YEARS}"),
    ({"now": date(2024, 1, 1)}, f"now can't be datetime.date(2024, 1, 1); {YEARS}"),
    ({"now": pd.NaT}, f"now can't be NaT; {YEARS}"),
    ({"now": datetime.min}, f"now can't be datetime.datetime(1, 1, 1, 0, 0); {YEARS}"),
    ({"now": datetime(1, 1, 1, tzinfo=EAST)}, "now can't be datetime.datetime(1, 1, 1, 0, 0, tzinfo="),
    ({"now": datetime(9999, 12, 31, 23, tzinfo=WEST)}, "now can't be datetime.datetime(9999, 12, 31, 23, 0, tzinfo="),
    ({"references": 5}, "references can't be 5; it is a mapping from aliases to tables"),
    ({"references": "x"}, "references can't be 'x'; it is a mapping from aliases to tables"),
    ({"references": [1]}, "references can't be [1]; it is a mapping from aliases to tables"),
    ({"references": {1: "x"}}, "references can't be {1: 'x'}; it is a mapping from aliases to tables"),
    ({"references": {"": TABLE}}, "a reference can't be called '': a rule could not name it"),
    ({"references": {"\ud800": TABLE}}, "a reference can't be called '\\ud800': a rule could not name it"),
    (
        {"references": {"x": TABLE, "X": TABLE}},
        "references can't be called 'x' and 'X': case does not tell them apart",
    ),
    ({"types": {"a": "long"}}, "types are for CSV files; this table has types of its own"),
    ({"types": 5}, "types can't be 5; it is a mapping from columns to types, all texts"),
    ({"types": {"a": 5}}, "types can't be {'a': 5}; it is a mapping from columns to types, all texts"),
    ({"history": [1]}, f"{SHAPE}; it can't be a list"),
    ({"history": {"m": 1}}, f"{SHAPE}; the values of 'm' are 1"),
    ({"history": {"m": "12"}}, f"{SHAPE}; the values of 'm' are '12'"),
    ({"history": {"m": {1, 2}}}, f"{SHAPE}; the values of 'm' are {{1, 2}}"),
    ({"history": {"m": [1, "2"]}}, f"{SHAPE}; '2', a value of 'm', is not a number"),
    ({"history": {"m": [True]}}, f"{SHAPE}; True, a value of 'm', is not a number"),
    ({"history": {"m": [10**400]}}, f"{SHAPE}; 1{'0' * 76}..., a value of 'm', is not a number"),
    ({"history": {"m": [10**5000]}}, f"{SHAPE}; a int, a value of 'm', is not a number"),
    ({"files": None}, "files can't be None; it is a list of folders, or what lists the files of a path"),
    ({"files": 5}, "files can't be 5; it is a list of folders, or what lists the files of a path"),
    ({"files": "/tmp"}, "files can't be '/tmp'; it is a list of folders, or what lists the files of a path"),
    ({"files": [None]}, "files can't be [None]; it is a list of folders, or what lists the files of a path"),
    ({"files": ["\0"]}, "there is no folder '\\x00', which file rules are to look into"),
    ({"files": ["nowhere"]}, "there is no folder 'nowhere', which file rules are to look into"),
    ({"files": [""]}, "there is no folder '', which file rules are to look into"),
    *(
        (
            {"rule_timeout": given},
            f"rule_timeout can't be {given!r}; it is a number of seconds above 0 and up to 86400",
        )
        for given in (None, "x", True, 0, -1, float("nan"), float("inf"), 86_401)
    ),
]


@pytest.mark.parametrize(("options", "said"), REFUSED, ids=[said[:70] for _, said in REFUSED])
def test_an_option_that_can_not_be_taken_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(dqdl.EvaluationError) as refused:
        dqdl.evaluate(dqdl.parse("Rules = [ RowCount > 0 ]"), TABLE, **options)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("ruleset", ["Rules = [ RowCount > 0 ]", None, 5])
def test_a_text_must_be_parsed_first(ruleset: Any) -> None:
    with pytest.raises(dqdl.EvaluationError, match=r"the ruleset is a \w+; parse it first: dqdl\.parse\(text\)"):
        dqdl.evaluate(ruleset, TABLE)


@pytest.mark.parametrize("value", [np.int64(3), np.float32(3), 3])
def test_earlier_values_are_numbers_of_any_library(value: Any) -> None:
    ruleset = dqdl.parse("Rules = [ RowCount = last() ]")
    assert dqdl.evaluate(ruleset, TABLE, history={"Dataset.*.RowCount": [value]}).score == 1.0


@pytest.mark.parametrize("now", [pd.Timestamp("2262-01-01"), datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31)])
def test_a_rule_may_ask_for_what_no_calendar_has(now: datetime, tmp_path: Path) -> None:
    """Failed or passed, but judged; a moment of pandas ends in 2262, a rule's need not."""
    rules = """ColumnValues "b" > (now() - 700000 days), ColumnValues "b" < (now() + 700000 days),
        DataFreshness "b" < 3 hours, RowCount > 0 where "b < now()", FileFreshness > (now() - 700000 days),
        FileFreshness > "10:00" with timeZone = "Asia/Tokyo", FileFreshness > "10:00" with timeZone = "Etc/GMT+12" """
    (tmp_path / "x.csv").write_text("b\n2024-01-01\n")
    result = dqdl.evaluate(dqdl.parse(f"Rules = [ {rules} ]"), tmp_path / "x.csv", now=now)
    beyond = {outcome.failure_reason for outcome in result.rule_outcomes if "700000" in str(outcome.rule)}
    expected = {f"{said} is beyond the calendar" for said in ("(now() - 700000 days)", "(now() + 700000 days)")}
    assert len(beyond & expected) == (0 if now.year == 2262 else 1)


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (lambda path: None, "files= gave None; it gives a list of FileFact"),
        (lambda path: [5], "files= gave [5]; it gives a list of FileFact"),
        (lambda path: 1 / 0, "files= raised ZeroDivisionError: division by zero"),
        (
            lambda path: [FileFact("s3://b/x", "x", 1, datetime(2024, 1, 1, tzinfo=UTC), lambda name: str(1 / 0))],
            "can't read s3://b/x: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_lister_that_fails_fails_the_rules_that_ask(lists: Any, said: str) -> None:
    asked, other = dqdl.evaluate(
        dqdl.parse('Rules = [ FileUniqueness "x" > 0, RowCount = 3 ]'), TABLE, files=lists
    ).rule_outcomes
    assert (asked.failure_reason, other.passed) == (said, True)
