"""What the nodes of a text hold, and what the language is lenient about."""

from pathlib import Path
from typing import Any

import pytest

from movie_assets import dqdl
from movie_assets.dqdl.language.nodes import (
    Arithmetic,
    Call,
    CompositeRule,
    Condition,
    Constant,
    Date,
    Duration,
    Now,
    Null,
    Number,
    Parenthesised,
    Rule,
    Size,
    String,
)


def rule(text: str, before: str = "") -> Rule:
    (found,) = dqdl.parse(f"{before} Rules = [ {text} ]").rules
    assert isinstance(found, Rule)
    return found


def condition(text: str, before: str = "") -> Condition:
    found = rule(text, before).condition
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "kind", "operands"),
    [
        ("RowCount > - 1.50", "number", (Number("-1.50"),)),
        ("RowCount > last()", "number", (Call("last"),)),
        (
            "RowCount > 1 + 2 * 3",
            "number",
            (Arithmetic("*", Arithmetic("+", Number("1"), Number("2")), Number("3")),),
        ),
        (
            "RowCount > 1 + (2 * 3)",
            "number",
            (Arithmetic("+", Number("1"), Parenthesised(Arithmetic("*", Number("2"), Number("3")))),),
        ),
        ("RowCount > index(last(5),2)", "number", (Call("index", (Call("last", (Number("5"),)), Number("2"))),)),
        ('ColumnValues "a" = NULL', "number", (Null(),)),
        ('ColumnValues "a" in [NULL, "x"]', "string", (Null(), String("x", "x"))),
        ('ColumnValues "a" in [NULL, now()]', "date", (Null(), Now())),
        ('ColumnValues "a" between NULL and 3', "number", (Null(), Number("3"))),
        ('ColumnValues "a" = "2024-01-31"', "date", (Date("2024-01-31"),)),
        ('ColumnValues "a" = "2024-1-31"', "string", (String("2024-1-31", "2024-1-31"),)),
        ('ColumnValues "a" = "9:30 AM"', "date", (Date("9:30 AM"),)),
        ('ColumnValues "a" = "09:30"', "date", (Date("09:30"),)),
        ('ColumnValues "a" = "9:30"', "string", (String("9:30", "9:30"),)),
        ('ColumnValues "a" > (now() + 2 hours)', "date", (Now("+", Duration(2, "hours")),)),
        ('DataFreshness "a" < 5 minutes', "duration", (Duration(5, "minutes"),)),
        ("FileSize < 5 GB", "size", (Size(5, "GB"),)),
        ("FileSize < 5", "size", (Size(5),)),
        ("FileSize between 5 and 1 KB", "size", (Size(5), Size(1, "KB"))),
        ("FileUniqueness > 5", "number", (Number("5"),)),
    ],
)
def test_the_text_decides_the_kind(text: str, kind: str, operands: tuple[object, ...]) -> None:
    found = condition(text)
    assert (found.kind, found.operands) == (kind, operands)


def test_parameters_and_where_keep_their_backslashes() -> None:
    found = rule(r'IsComplete "a\"b" where "c = \"d\""')
    assert found.parameters[0].value == r"a\"b"
    assert found.where == r"c = \"d\""


def test_constants_are_what_they_stand_for() -> None:
    before = 'one = "a\\"b" many = ["x\\d", EMPTY]'
    assert rule("IsComplete $one", before).parameters[0].value == r"a\"b"
    assert condition("ColumnValues c = $one", before).operands == (Constant("one", ('a"b',)),)
    assert condition("ColumnValues c in $one", before).operands == (Constant("one", ('a"b',)),)
    assert condition('ColumnValues c in [$many, "z"]', before).operands == (
        Constant("many", ("xd", "")),
        String("z", "z"),
    )


@pytest.mark.parametrize("word", ["NULL", "WHITESPACES_ONLY"])
def test_a_constant_may_be_a_word_that_is_no_string(word: str) -> None:
    text = f"""one = {word}
many = ["x",{word}]
Rules = [
    ColumnValues "c" in $many,
    ColumnValues "c" = $one
]"""
    ruleset = dqdl.parse(text)
    assert str(ruleset) == text
    many = ruleset.constants["many"]
    assert isinstance(many, tuple)
    assert [str(value) for value in many] == ["x", word]


def test_constants_within_composites_and_analyzers() -> None:
    ruleset = dqdl.parse('c = "a" Rules = [ (IsComplete $c) and (IsUnique $c) ] Analyzers = [ Mean $c ]')
    assert [leaf.parameters[0].value for leaf in ruleset.rules[0].leaves()] == ["a", "a"]
    assert ruleset.analyzers[0].parameters[0].value == "a"


def test_the_whole_document() -> None:
    ruleset = dqdl.parse(
        'Metadata = { "Version": "1.0" }\n'
        'DataSources = { "Primary": "movies", "AdditionalDataSources": ["actors", "genres"] }\n'
        'list = ["x", "y"]\n'
        'DefaultLabels = ["team"="movies", "level"="1"]\n'
        'Rules = [ IsComplete "a" labels=["level"="2"], (RowCount > 1) and (ColumnCount > 2) ]\n'
        'Analyzers = [ RowCount, Distribution "a" with bins = 10, rebin = false, Mean b ]'
    )
    assert ruleset.metadata == {"Version": "1.0"}
    assert ruleset.sources == {"Primary": "movies", "AdditionalDataSources": ("actors", "genres")}
    assert ruleset.constants == {"list": ("x", "y")}
    assert [ruleset.labels_of(one) for one in ruleset.rules] == [
        {"team": "movies", "level": "2"},
        {"team": "movies", "level": "1"},
    ]
    assert ruleset.rules[0].labels == {"level": "2"}
    assert isinstance(ruleset.rules[1], CompositeRule)
    assert [[(tag.name, tag.value) for tag in one.tags] for one in ruleset.analyzers] == [
        [],
        [("bins", "10"), ("rebin", "false")],
        [],
    ]
    assert dqdl.parse(str(ruleset)) == ruleset


def test_a_printed_document() -> None:
    ruleset = dqdl.parse(
        'v=["x","y"] DefaultLabels=["k"="w"] Rules=[RowCount>1,((IsComplete a)and(IsUnique a))labels=["k"="v"]]'
        "Analyzers=[Mean a]"
    )
    assert str(ruleset) == (
        'v = ["x","y"]\n'
        'DefaultLabels = ["k"="w"]\n'
        "Rules = [\n"
        "    RowCount > 1,\n"
        '    ((IsComplete a) AND (IsUnique a)) labels=["k"="v"]\n'
        "]\n"
        "Analyzers = [\n"
        "    Mean a\n"
        "]"
    )


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('FileSize < 2 GB with filterOrder = ["recentFiles", "uriRegex"]', ("recentFiles", "uriRegex")),
        ("FileSize < 2 GB with recentFiles = 5", ("5",)),
        ('FileSize < 2 GB with uriRegex = "2024-01-31"', ("2024-01-31",)),
        ("FileSize < 2 GB with uriRegex = $pattern", (".*csv",)),
    ],
)
def test_the_values_of_tags(text: str, values: tuple[str, ...]) -> None:
    (tag,) = rule(text, 'pattern = ".*csv"').tags
    assert (tag.value, tag.values) == (values[0], values)


@pytest.mark.parametrize(
    "text",
    [
        "Rules = [\r\n  RowCount > 1\r\n]\r\n",
        "Rules = [ RowCount > 1 ] # no end of line",
        "# before\nRules = [ # within\n RowCount > 1 ]",
        "\ufeffRules = [ RowCount > 1 ]",
        "Rules\n=\n[\nRowCount\n>\n1\n]",
        "Rules=[RowCount>1]",
    ],
    ids=["CRLF", "unterminated comment", "comments", "byte order mark", "new lines", "no blanks"],
)
def test_what_the_language_is_lenient_about(text: str) -> None:
    assert [str(one) for one in dqdl.parse(text).rules] == ["RowCount > 1"]


def test_a_blank_that_is_none_is_named() -> None:
    with pytest.raises(dqdl.DQDLSyntaxError, match=r"unexpected character U\+00A0\n.*\n.*\n  hint: this character is"):
        dqdl.parse("Rules = [ RowCount\u00a0> 1 ]")


def test_spans_say_where() -> None:
    text = 'Rules = [\n  IsComplete "a",\n  ColumnValues of b in ["x"] where "c" with threshold > 0.5\n]'
    first, second = dqdl.parse(text).rules
    assert isinstance(second, Rule)
    assert second.condition is not None
    spans = [first.span, second.span, second.parameters[0].span, second.condition.span, second.where_span]
    assert [text[span.start : span.end] for span in [*spans, second.tags[0].span]] == [
        'IsComplete "a"',
        'ColumnValues of b in ["x"] where "c" with threshold > 0.5',
        "b",
        'in ["x"]',
        'where "c"',
        "with threshold > 0.5",
    ]
    assert [(span.line, span.column) for span in spans] == [(2, 3), (3, 3), (3, 19), (3, 21), (3, 30)]


def test_rules_are_equal_wherever_they_stand() -> None:
    assert rule('IsComplete "a"') == rule('\n\n   IsComplete    "a"')
    assert rule('IsComplete "a"') != rule("IsComplete a")


def test_errors_carry_their_place() -> None:
    with pytest.raises(dqdl.DQDLSyntaxError) as syntax:
        dqdl.parse("Rules = [\n  RowCount >\n]")
    assert (syntax.value.span.line, syntax.value.span.column) == (3, 1)
    with pytest.raises(dqdl.InvalidRulesetError) as invalid:
        dqdl.parse("Rules = [ Foo, RowCount, Bar ]")
    assert [problem.span.column for problem in invalid.value.problems] == [11, 16, 26]


@pytest.mark.parametrize("text", [None, b"Rules = [ RowCount > 0 ]", 1, [], Path("rules.dqdl")])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(dqdl.DQDLSyntaxError, match=f"a ruleset is a text; this is of the type {type(text).__name__}"):
        dqdl.parse(text)


@pytest.mark.parametrize(
    "rule", ['IsComplete "{}"', "RowCount > 0 where \"a = '{}'\"", 'RowCount > 0 labels=["{}"="x"]', "# {}"]
)
def test_half_a_character_is_refused_where_it_stands(rule: str) -> None:
    text = f"Rules = [\n {rule} ]"
    with pytest.raises(dqdl.DQDLSyntaxError) as error:
        dqdl.parse(text.replace("{}", "\udc00"))
    assert error.value.problem.message == "U+DC00 is half of a character"
    assert (error.value.span.line, error.value.span.column) == (2, rule.index("{}") + 2)


def test_many_problems_are_all_kept_and_fifty_shown() -> None:
    with pytest.raises(dqdl.InvalidRulesetError) as invalid:
        dqdl.parse(f"Rules = [ {', '.join(['RowCount'] * 60)} ]")
    assert len(invalid.value.problems) == 60
    assert str(invalid.value).endswith("... and 10 more problems")


def test_what_can_not_be_printed_is_shown_escaped_and_the_caret_keeps_its_place() -> None:
    with pytest.raises(dqdl.DQDLSyntaxError) as error:
        dqdl.parse('Rules = [ "\x1b[31mred\x07" ]')
    assert str(error.value).replace("\n", "").isprintable()
    _, line, caret, *_ = str(error.value).splitlines()
    assert line == '  Rules = [ "\\x1b[31mred\\x07" ]'
    assert line[caret.index("^")] == '"'
