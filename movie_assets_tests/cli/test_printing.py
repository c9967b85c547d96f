"""Rules and counts as tables show them."""

import pytest

from movie_assets.cli import printing


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ('ColumnValues "a" in ["one","two"]', 'ColumnValues "a" in ["one","two"]'),
        (
            'ColumnValues "a" in ["a long value","and another"] where "b in [1]"',
            'ColumnValues "a" in [2 values] where "b in [1]"',
        ),
        ('ColumnValues "a" in ["[red]a]","b[/red], and more ]", "c"]', 'ColumnValues "a" in [3 values]'),
        ('ColumnValues "a" in ["say \\"x], y\\" and go on, and on"]', 'ColumnValues "a" in [1 value]'),
        ('ColumnValues "a" in [1000000,2000000,3000000,4000000]', 'ColumnValues "a" in [4 values]'),
        (
            'ColumnValues "a" matches "[abcdefghijklmnopqrstuvwxyz,0-9]+"',
            'ColumnValues "a" matches "[abcdefghijklmnopqrstuvwxyz,0-9]+"',
        ),
        ('CustomSql "select\n  count(*)\nfrom primary" > 5', 'CustomSql "select count(*) from primary" > 5'),
    ],
)
def test_a_rule_stands_on_one_line_with_its_long_lists_counted(rule: str, shown: str) -> None:
    assert printing.rule_text(rule) == shown
