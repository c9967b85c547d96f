"""Text on terminals of any width and into pipes: whole numbers, whole reasons, colours only where they are wanted."""

import os
import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from movie_assets.cli.terminal import ListColumn, Listing, short
from movie_assets.lake import open_lake
from movie_assets.settings import Settings
from movie_assets.warehouse import open_warehouse
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.judging import csv_of, judge_text
from movie_assets_tests.support.terminals import on_terminals, piped

pytestmark = pytest.mark.slow

NUMBERS = st.from_regex(r"-?[0-9]{1,3}(,[0-9]{3}){0,3}(\.[0-9]{1,4})?", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
NUMBER = re.compile(r"(?<![\w.,-])-?\d[\d,]*(?:\.\d+)?(?![\w.,-])")
CODES = re.compile(r"\x1b\[[\d;]*m")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*3[0-7]")


def printed(listing: Listing, width: int) -> list[str]:
    """The lines on a terminal of a width."""
    file = StringIO()
    terminal = Console(file=file, force_terminal=True, color_system=None, width=width, soft_wrap=True)
    terminal.print(listing)
    return file.getvalue().splitlines()


@given(st.lists(st.tuples(TEXTS, NUMBERS, TEXTS), min_size=1, max_size=4), st.integers(20, 140))
def test_numbers_are_whole_and_lines_fit_at_any_width(rows: list[tuple[str, str, str]], width: int) -> None:
    listing = Listing("text", ListColumn("a count", number=True), "another text")
    for row in rows:
        listing.add(*row)
    lines = printed(listing, width)
    if lines[0].startswith("text: "):
        assert [line for line in lines if line.startswith("a count: ")] == [f"a count: {row[1]}" for row in rows]
        return
    assert all(cell_len(line) <= width and line == line.rstrip() for line in lines)
    for _, number, _ in rows:
        assert any(re.search(rf"(^|\s){re.escape(number)}($|\s)", line) for line in lines)


def test_a_table_becomes_a_list_where_it_does_not_fit() -> None:
    listing = Listing("day", ListColumn("score", number=True), "state")
    listing.add("2024-03-24", "0.9070", "loaded")
    listing.add(None, "1,000.0", "not\nloaded")
    assert printed(listing, 40) == [
        "day           score  state",
        "2024-03-24   0.9070  loaded",
        "            1,000.0  not\\nloaded",
    ]
    assert printed(listing, 20) == [
        "day: 2024-03-24",
        "score: 0.9070",
        "state: loaded",
        "score: 1,000.0",
        "state: not\\nloaded",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("short", 5, "short"),
        ("x" * 30, 12, "xxxxx...xxxx"),
        ("1234567.89" * 3, 12, "1234567.89" * 3),
    ],
)
def test_the_middle_of_a_long_text_is_left_out_but_not_of_a_number(text: str, length: int, expected: str) -> None:
    assert short(text, length) == expected


@pytest.fixture
def environment(own_settings: Settings) -> dict[str, str]:
    """That of a program on a day that is judged and loaded; numbers and reasons are long."""
    film = {"Genre": "Drama" * 30, "No_of_Votes": "1234567"}
    rules = 'RowCount > 5, ColumnLength "genre" < 99, Sum "no_of_votes" > 5'
    report = judge_text(own_settings, csv_of([film] * 1999 + [{}]), rules)
    open_warehouse(own_settings.warehouse, FEED).load_day(report, open_lake(own_settings.lake), run_id="r")
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return kept | {
        "TERM": "xterm-256color",
        **{
            f"MOVIES_{name.upper()}": str(getattr(own_settings, name)) for name in ("lake", "warehouse", "dagster_home")
        },
    }


COMMANDS = [
    ["status"],
    ["show", "rules", "--day", str(DAY)],
    ["show", "bad_data", "--day", str(DAY), "--limit", "2"],
    ["history", "show"],
    ["query", "SELECT 0.9070 AS score, 12345678.90::DECIMAL(18, 2) AS gross, 'a title' AS title, 7 AS n"],
]


def test_numbers_are_the_same_on_every_terminal_and_in_a_pipe(environment: dict[str, str]) -> None:
    whole = piped(COMMANDS, environment)
    numbers = set(NUMBER.findall(whole))
    assert {"2,000", "0.6667", "2,470,242,543", "12345678.90"} <= numbers
    assert not COLOUR.search(whole)
    widths = (40, 60, 80, 120)
    for columns, coloured in zip(widths, on_terminals(widths, COMMANDS, environment), strict=True):
        assert COLOUR.search(coloured)
        said = CODES.sub("", coloured)
        assert numbers == set(NUMBER.findall(said)), columns
        assert ("score: 0.6667" in said) == (columns < 80)
    [said] = on_terminals([120], COMMANDS[:2], environment | {"NO_COLOR": "1"})
    assert "Failed" in said
    assert not CODES.search(said)  # not bold either
