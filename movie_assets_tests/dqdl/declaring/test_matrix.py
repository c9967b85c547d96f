"""The support matrix: printed by the program, kept in the docs."""

from pathlib import Path

from click.testing import CliRunner

from movie_assets.cli import dqdl
from movie_assets.dqdl.declaring.matrix import markdown, matrix
from movie_assets.dqdl.rules import RULE_TYPES

PAGE = Path(__file__).parents[3] / "docs" / "rule_types.md"


def test_the_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text() == markdown(RULE_TYPES), "run: .venv/bin/dqdl rules --markdown > docs/rule_types.md"


def test_every_rule_type_says_what_it_measures() -> None:
    assert [row.name for row in matrix(RULE_TYPES)] == sorted(RULE_TYPES)
    assert [row.name for row in matrix(RULE_TYPES) if not row.meaning.endswith(".")] == []


def test_the_program_lists_the_types_and_describes_one() -> None:
    listed = CliRunner().invoke(dqdl, ["rules"], env={"COLUMNS": "160"})
    assert [line.split()[0] for line in listed.output.splitlines() if line[:1].isupper()] == sorted(RULE_TYPES)
    described = CliRunner().invoke(dqdl, ["rules", "entropy"])
    assert described.output.splitlines()[0] == "Entropy TargetColumn"
    assert "natural logarithm" in described.output


def test_an_unknown_type_is_refused() -> None:
    result = CliRunner().invoke(dqdl, ["rules", "Entropie"])
    assert result.exit_code == 2
    assert "there is no rule type 'Entropie'" in result.output
