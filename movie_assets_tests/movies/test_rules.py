import re
from collections import Counter
from importlib.resources import files

import pytest

from movie_assets_tests.support.feeds import CONTRACT

TEXT = files("movie_assets.movies").joinpath("imdb_movies_rating.dqdl").read_text(encoding="utf-8")
BODY = TEXT[TEXT.index("Rules = [\n") + len("Rules = [\n") : TEXT.rindex("\n]\n")]
RULES = [line.strip().removesuffix(",") for line in BODY.split("\n")]


def test_there_are_43_rules_one_a_line_and_rowcount_first() -> None:
    assert len(RULES) == 43
    assert RULES[0] == "RowCount between 500 and 2000"
    assert Counter(rule.split()[0] for rule in RULES) == {
        "RowCount": 1,
        "IsComplete": 15,
        "Completeness": 1,
        "Uniqueness": 4,
        "ColumnLength": 13,
        "ColumnValues": 7,
        "StandardDeviation": 2,
    }


def test_each_column_of_the_contract_is_ruled_by_its_stored_name_in_order() -> None:
    named = [match.group(1) for match in re.finditer(r'^\w+ "([^"]+)"', "\n".join(RULES), flags=re.MULTILINE)]
    assert len(named) == 42
    assert list(dict.fromkeys(named)) == list(CONTRACT.names)


def test_the_text_is_what_the_strictest_reader_takes() -> None:
    """No tabs, carriage returns or trailing comma, a line end at the end, nothing after the rules."""
    assert TEXT.isascii()
    assert not re.search(r"[\t\r]", TEXT)
    assert BODY.count(",\n") == 42
    assert not BODY.endswith(",")
    assert TEXT.endswith("\n]\n")


@pytest.mark.parametrize(
    ("column", "nth", "size", "first", "last", "rest"),
    [
        ("released_year", 0, 100, "2014", "1936", ""),
        ("released_year", 1, 63, "2014", "1953", " with threshold >= 0.88"),
        ("certificate", 0, 7, "U", "PG", " with threshold >= 0.91"),
        ("meta_score", 0, 37, "76", "61", " with threshold >= 0.89"),
    ],
)
def test_a_value_list_is_whole(column: str, nth: int, size: int, first: str, last: str, rest: str) -> None:
    rule = [rule for rule in RULES if rule.startswith(f'ColumnValues "{column}" in [')][nth]
    members, tail = rule.split("[")[1].split("]")
    values = re.findall(r'"([^"]*)"', members)
    assert (len(set(values)), len(values), values[0], values[-1], tail) == (size, size, first, last, rest)
