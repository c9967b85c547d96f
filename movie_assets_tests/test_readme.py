"""The README tells the truth: its commands print what it shows, its settings are those there are, its links lead on."""

import re
from pathlib import Path

import pytest

from movie_assets.settings import settings_table
from movie_assets_tests.support.readme import README, ROOT, agrees, commands, run

pytestmark = pytest.mark.slow

TEXT = README.read_text()


def test_every_command_prints_what_is_shown(tmp_path: Path) -> None:
    blocks = commands(TEXT)
    assert len(blocks) >= 3
    for command in [command for block in blocks for command in block]:
        printed = run(command.words, tmp_path)
        assert agrees(command.shown, printed), "\n".join([f"$ {command.words}", *printed])
    [python] = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(python)
    assert run("python example.py", tmp_path) == []


def test_a_difference_would_be_seen() -> None:
    assert agrees(("one", "...", "four"), ["one", "two", "three", "four"])
    assert not agrees(("one", "four"), ["one", "two", "four"])
    assert not agrees(("one", "..."), ["two"])


def test_the_settings_are_those_there_are() -> None:
    assert settings_table() in TEXT


def test_the_two_commands_come_first() -> None:
    assert TEXT.index("make run") < TEXT.index("make ui") < TEXT.index("\n## ", TEXT.index("## ") + 1)


@pytest.mark.parametrize("name", ["install", "run", "ui", "test", "bench"])
def test_every_make_target_named_is_there(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{name}:", makefile, flags=re.MULTILINE)
    named = set(re.findall(r"`?make ([a-z-]+)", TEXT + (ROOT / "CONTRIBUTING.md").read_text()))
    assert name in named
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in named), named


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_to_files_that_are_there(document: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / document).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []
