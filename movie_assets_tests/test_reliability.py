"""docs/reliability.md names tests; they are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parent / "docs" / "reliability.md"
NAMED = re.findall(r"`([\w/]+\.py)::([\w:]+)`", DOCUMENT.read_text())


def names_in(module: Path) -> Iterator[str]:
    """The names of its tests, those of a class after the class's name."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{test.name}" for test in node.body if isinstance(test, ast.FunctionDef))


def test_every_row_names_a_test() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    assert [row for row in rows if not re.search(r"`[\w/]+\.py::test_\w+`|`[\w/]+\.py::Test\w+::test_\w+`", row)] == []


@pytest.mark.parametrize("module", sorted({module for module, _ in NAMED}))
def test_the_named_tests_are_there(module: str) -> None:
    named = {test for other, test in NAMED if other == module}
    assert named - set(names_in(TESTS / module)) == set()
