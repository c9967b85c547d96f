"""README and guides are true: commands print the output shown, settings and links exist."""

import re
from pathlib import Path

import pytest

from movie_assets.settings import settings_table
from movie_assets_tests.support.readme import PAGES, README, REFERENCE, ROOT, agrees, commands, run

pytestmark = pytest.mark.slow

TEXT = README.read_text()
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_every_command_prints_what_is_shown(tmp_path: Path) -> None:
    shown = [page.read_text() for page in PAGES]
    blocks = [block for text in shown for block in commands(text)]
    assert len(blocks) >= len(PAGES)
    for command in [command for block in blocks for command in block]:
        printed = run(command.words, tmp_path)
        assert agrees(command.shown, printed), "\n".join([f"$ {command.words}", *printed])
    [python] = re.findall(r"^```python\n(.*?)^```", "".join(shown), flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(python)
    assert run("python example.py", tmp_path) == []


def test_a_difference_would_be_seen() -> None:
    assert agrees(("one", "...", "four"), ["one", "two", "three", "four"])
    assert not agrees(("one", "four"), ["one", "two", "four"])
    assert not agrees(("one", "..."), ["two"])


def test_the_reference_lists_every_setting() -> None:
    assert settings_table() in REFERENCE.read_text()


def test_the_two_commands_come_first() -> None:
    assert TEXT.index("make run") < TEXT.index("make ui") < TEXT.index("\n## ", TEXT.index("## ") + 1)


def test_the_readme_stays_short() -> None:
    assert len(TEXT.splitlines()) <= 200


@pytest.mark.parametrize("name", ["install", "run", "ui", "test", "bench"])
def test_every_make_target_named_is_there(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{name}:", makefile, flags=re.MULTILINE)
    named = set(re.findall(r"`?make ([a-z-]+)", TEXT + (ROOT / "CONTRIBUTING.md").read_text()))
    assert name in named
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in named), named


def anchors(page: Path) -> set[str]:
    """The names GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#\s]*)#?([^)\s]*)\)", document.read_text())
    found = [(document.parent / file if file else document, anchor) for file, anchor in links]
    assert [str(page) for page, anchor in found if not page.exists()] == []
    assert [f"{page}#{anchor}" for page, anchor in found if anchor and anchor not in anchors(page)] == []
