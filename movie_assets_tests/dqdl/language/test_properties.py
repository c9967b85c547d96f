"""What holds for every text: a printed ruleset reads back the same, and nothing hostile does worse than be refused."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from movie_assets import dqdl
from movie_assets.dqdl.language.nodes import CompositeRule
from movie_assets.dqdl.language.parser import MAX_BYTES
from movie_assets_tests.support.dqdl_texts import Writer

pytestmark = pytest.mark.slow

CALM = settings(max_examples=150, deadline=None)
SEEDS = st.integers(0, 2**32)

WORDS = [
    *("Rules", "Analyzers", "Metadata", "DefaultLabels", "=", "[", "]", "(", ")", "{", "}", ",", ":", "$x", "$"),
    *("RowCount", "IsComplete", "ColumnValues", "CustomSql", "FileSize", "a", '"a"', '"', "1", "1.5", "-", "+", "*"),
    *(">", "<=", "!=", "!", "between", "and", "AND", "or", "not", "in", "matches", "where", "labels", "with"),
    *("threshold", "NULL", "EMPTY", "now()", "days", "KB", "last(", "avg", '"2024-01-31"', "#", "\n", "\\", "'"),
]


@CALM
@given(SEEDS)
def test_a_printed_ruleset_reads_back_the_same(seed: int) -> None:
    ruleset = dqdl.parse(Writer(seed).document())
    printed = str(ruleset)
    assert dqdl.parse(printed) == ruleset
    assert str(dqdl.parse(printed)) == printed


@CALM
@given(SEEDS)
def test_a_printed_rule_reads_back_the_same(seed: int) -> None:
    """But for the labels of a whole composite, which are no part of its text."""
    for rule in dqdl.parse(Writer(seed).document()).rules:
        (again,) = dqdl.parse(f'text = "t\\"u" list = ["x","y\\d"] Rules = [ {rule} ]').rules
        assert str(again) == str(rule)
        if not isinstance(rule, CompositeRule) or not rule.labels:
            assert again == rule


def survives(text: str) -> None:
    """Either a ruleset or one of the language's own errors, each of which can be shown."""
    try:
        str(dqdl.parse(text))
    except dqdl.DQDLError as error:
        str(error).encode("utf-8", "backslashreplace")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
@example("\ud800")
@example("Rules = [ RowCount > \N{ARABIC-INDIC DIGIT ONE} ]")
def test_any_text_is_read_or_refused(text: str) -> None:
    survives(text)
    survives(f"Rules = [ IsComplete {text} ]")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_words_are_read_or_refused(text: str) -> None:
    survives(text)
    survives(f"Rules = [ ColumnValues {text} ]")


@CALM
@given(SEEDS)
def test_a_damaged_document_is_read_or_refused(seed: int) -> None:
    text, chance = Writer(seed).document(), random.Random(seed)
    for _ in range(3):
        start = chance.randrange(len(text))
        damage = chance.choice(["", chance.choice(WORDS), text[start : start + 5] * 2])
        text = text[:start] + damage + text[start + chance.randrange(4) :]
        survives(text)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    survives(data.decode("latin-1"))


HOSTILE = {
    "open brackets": "[" * 60_000,
    "open parentheses of rules": "Rules = [" + "(" * 60_000,
    "closed parentheses of rules": "Rules = [" + "(" * 30_000 + "RowCount > 1" + ")" * 30_000 + "]",
    "parentheses of numbers": "Rules = [ RowCount > " + "(" * 30_000,
    "a long sum": "Rules = [ RowCount > " + "1+" * 30_000 + "1]",
    "a long call": "Rules = [ RowCount > " + "avg(" * 15_000,
    "many brackets after an error": "Rules = [ , " + "[" * 60_000,
    "a long open string": 'Rules = [ IsComplete "' + "a" * 60_000,
    "backslashes": 'Rules = [ IsComplete "' + "\\" * 60_000,
    "escaped quotes": 'Rules = [ IsComplete "' + '\\"' * 30_000,
    "one comment": "#" * 60_000,
    "many comments": "#\n" * 30_000,
    "many and": "Rules = [ RowCount > 1 " + "and " * 15_000,
    "many and with comments": "Rules = [ RowCount > 1 " + "and #\n" * 10_000,
    "many not": "Rules = [ RowCount " + "not " * 15_000,
    "digits": "Rules = [ RowCount > " + "9" * 60_000 + " ]",
    "digits of days": 'Rules = [ DataFreshness "a" > ' + "9" * 60_000 + " days ]",
    "digits of bytes": "Rules = [ FileSize > " + "9" * 60_000 + " ]",
    "digits in a quoted date": 'Rules = [ ColumnValues "a" > "' + "9" * 60_000 + '-01-01" ]',
    "a long name": "Rules = [ " + "a" * 60_000 + " ]",
    "many parameters": "Rules = [ IsComplete " + "a " * 30_000 + "]",
    "many unknown types": "Rules = [ " + "IsComplet," * 6_000 + "IsComplet ]",
    "many labels": 'Rules = [ IsComplete "a" labels=[' + '"a"="b",' * 7_000 + '"a"="b"] ]',
    "many constants": "".join(f'a{i} = "x"\n' for i in range(5_000)) + "Rules = [ IsComplete $b ]",
    "miscased words": "Rules = [ IsComplete " + "And " * 15_000 + "[",
    "blanks within an operator": "Rules = [ RowCount !" + " " * 60_000 + "> 1 ]",
    "zero bytes": "\0" * 60_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(dqdl.DQDLError) as refused:
        dqdl.parse(text)
    assert len(str(refused.value)) < 100_000


def nested(depth: int) -> str:
    """Rules in parentheses, with the operators taking turns."""
    opened = "".join("(RowCount > 1) and ((RowCount > 2) or (" for _ in range(depth // 2))
    return f"Rules = [{opened}RowCount > 3{'))' * (depth // 2)}]"


def test_the_deepest_ruleset_prints_and_compares() -> None:
    ruleset = dqdl.parse(nested(98))
    assert dqdl.parse(str(ruleset)) == ruleset
    assert len(list(ruleset.rules[0].leaves())) == 99


def test_the_deepest_number_expression_prints_and_compares() -> None:
    for expression in ("1" + " + 1" * 100, "(" * 99 + "1" + ")" * 99, "avg(" * 99 + "1" + ")" * 99):
        ruleset = dqdl.parse(f"Rules = [ RowCount > {expression} ]")
        assert str(ruleset.rules[0]) == f"RowCount > {expression}"
        assert dqdl.parse(str(ruleset)) == ruleset


def test_one_bracket_deeper_is_refused() -> None:
    with pytest.raises(dqdl.DQDLSyntaxError, match="brackets may nest at most 100 deep"):
        dqdl.parse(nested(100))
    with pytest.raises(dqdl.DQDLSyntaxError, match="at most 100 operators and brackets"):
        dqdl.parse("Rules = [ RowCount > 1" + " + 1" * 101 + " ]")


def test_the_largest_ruleset_parses() -> None:
    rules = ",\n".join(f'ColumnValues "column_{index:04}" > 1' for index in range(2_000))
    text = f"Rules = [\n{rules}\n]"
    text += "#" * (MAX_BYTES - len(text))
    ruleset = dqdl.parse(text)
    assert len(ruleset.rules) == 2_000
    assert str(ruleset.rules[-1]) == 'ColumnValues "column_1999" > 1'


def test_a_byte_more_is_refused() -> None:
    text = "Rules = [ RowCount > 1 ] #"
    text += "é" * ((MAX_BYTES - len(text)) // 2)
    assert len(dqdl.parse(text).rules) == 1
    with pytest.raises(dqdl.DQDLSyntaxError, match=r"has 66,562 bytes, and 66,560 \(65 KB\) is the limit"):
        dqdl.parse(text + "é")


def test_a_rule_more_is_refused() -> None:
    with pytest.raises(dqdl.InvalidRulesetError, match="at most 2,000 rules, and this one has 2,001"):
        dqdl.parse(f"Rules = [ {', '.join(['RowCount > 1'] * 2_001)} ]")
