"""Text fit to be shown: what a terminal obeys or hides is escaped, what people read stays."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.errors import PipelineError
from movie_assets.visible import as_json, visible, visible_logger

ANYTHING = st.text(st.characters())  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Amélie 天国と地獄 🎬 [/,] :heart:", "Amélie 天国と地獄 🎬 [/,] :heart:"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\x7fb\x9bc", "a\\x7fb\\x9bc"),
        ("a\rb\nc\td\x00", "a\\rb\\nc\\td\\x00"),
        ("\u202eevil\u202c \u2066x\u2069", "\\u202eevil\\u202c \\u2066x\\u2069"),
        ("\u200ea\u200f\u061c", "\\u200ea\\u200f\\u061c"),
        ("a\u2028b\u2029c\x85", "a\\u2028b\\u2029c\\x85"),
        ("zero\u200b\u200d\u2060\ufeffwidth\xad", "zero\\u200b\\u200d\\u2060\\ufeffwidth\\xad"),
        ("lone \ud800, tag \U000e0041", "lone \\ud800, tag \\U000e0041"),
        ("no-break\xa0space", "no-break\\xa0space"),
    ],
    ids=[
        "letters",
        "C0",
        "C1",
        "line ends",
        "bidirectional",
        "marks",
        "separators",
        "zero-width",
        "surrogate",
        "blank",
    ],
)
def test_what_is_escaped_and_what_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANYTHING)
def test_whatever_is_shown_is_printable_and_printable_text_stays(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)
    assert visible(text, keep="\n\t").replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.slow
@given(st.recursive(ANYTHING, lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner), max_leaves=5))
def test_json_is_the_same_document_in_printable_lines(document: object) -> None:
    text = as_json(document)
    assert json.loads(text) == json.loads(json.dumps(document))
    assert text.replace("\n", "").isprintable()


def test_letters_stay_readable_in_json() -> None:
    assert as_json({"é": "\u202eé\x1b\U000e0041"}, indent=None) == '{"é": "\\u202eé\\u001b\\udb40\\udc41"}'


def test_a_log_line_is_one_visible_line(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        visible_logger("movie_assets.trial").warning("found %s", "a\nERROR forged\x1b[2J")
    assert caplog.messages == ["found a\\nERROR forged\\x1b[2J"] * 2
    assert len(logging.getLogger("movie_assets.trial").filters) == 1


def test_errors_are_fit_to_be_shown_whoever_shows_them() -> None:
    error = PipelineError("no file '\x1b[2J'\nline 2", "look at \u202e")
    assert str(error) == "no file '\\x1b[2J'\nline 2 Hint: look at \\u202e"
    assert (error.message, error.hint) == ("no file '\\x1b[2J'\nline 2", "look at \\u202e")
