"""What backslashes in quoted text stand for, operator by operator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets import dqdl
from movie_assets.dqdl.language.nodes import Condition, Rule, String


def condition(text: str) -> Condition:
    (rule,) = dqdl.parse(f'Rules = [ ColumnValues "a" {text} ]').rules
    assert isinstance(rule, Rule)
    assert rule.condition is not None
    return rule.condition


def value(text: str) -> str:
    (operand,) = condition(text).operands
    assert isinstance(operand, String)
    return operand.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'= "x\"y"', 'x"y'),
        (r'!= "x\\y"', r"x\y"),
        (r'= "a\nb\tc\rd\be\0f\Zg"', "a\nb\tc\rd\be\0f\x1ag"),
        (r'= "\u0041\U0001F600\101"', "A\N{GRINNING FACE}A"),
        (r'= "\ud83d\ude00"', "\N{GRINNING FACE}"),
        (r'= "\ud800"', "\ufffd"),
        (r'= "\UFFFFFFFF"', "\ufffd"),
        (r'= "\u004\9\q"', "u0049q"),
        (r'= "50\% of a\_b"', r"50\% of a\_b"),
        (r'in ["x\"y"]', 'x"y'),
        (r'in ["x\\y"]', r"x\y"),
        (r'not in ["\d\+\n"]', "d+n"),
        (r'matches "\d+\\"', r"\d+\\"),
        (r'not matches "\"\u0041"', r"\"\u0041"),
        ('in ["it\'s"]', "it's"),
        ('= "it\'s"', "it's"),
        ('= "two\nlines # and no comment"', "two\nlines # and no comment"),
    ],
)
def test_the_operator_decides_how_backslashes_are_read(text: str, expected: str) -> None:
    assert value(text) == expected
    assert str(condition(text)) == text


@pytest.mark.slow
@given(st.text(max_size=20))
def test_every_text_can_be_written(text: str) -> None:
    written = "x" + text.replace("\\", "\\\\").replace('"', '\\"')
    for operator in ('= "{}"', 'in ["{}"]'):
        assert value(operator.replace("{}", written)) == f"x{text}"


def test_tags_and_parameters_keep_their_backslashes() -> None:
    text = r'pattern = "\\d\"" Rules = [ FileSize "a\\b" > 1 with uriRegex = "\.csv$" with timeZone = $pattern ]'
    (rule,) = dqdl.parse(text).rules
    assert isinstance(rule, Rule)
    assert rule.parameters[0].value == r"a\\b"
    assert [tag.value for tag in rule.tags] == [r"\.csv$", r"\\d\""]
