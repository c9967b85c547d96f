"""The house rules that a reader of docs/architecture.md relies on, read off the source."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "movie_assets"
SOURCES = sorted(PACKAGE.rglob("*.py"))
NODES = "movie_assets.dqdl.language.nodes"
"""The vocabulary: whatever stands in the language's package, errors too, speaks of nodes and their places."""
TESTS = sorted((ROOT / "movie_assets_tests").rglob("*.py"))


def drawn(indent: int) -> list[str]:
    """The names of the drawn tree at an indentation, top to bottom."""
    tree = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    names = re.findall(rf"^ {{{indent}}}(\w+)(?:/|\.py)", tree, flags=re.MULTILINE)
    assert len(names) > 3
    return names


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports: at its top, within functions, or for its types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str, depth: int) -> str | None:
    """The drawn part a module belongs to: its name below movie_assets (depth 1) or below movie_assets.dqdl (2)."""
    pieces = module.split(".")
    return pieces[depth] if pieces[0] == "movie_assets" and len(pieces) > depth else None


def upward(order: list[str], depth: int, sources: list[Path]) -> list[str]:
    """The imports that go up in the drawn order, and the parts that are not drawn."""
    found = []
    for path in sources:
        own = part(module_name(path), depth)
        if own is None:
            continue
        for imported in imports(path):
            other = part(imported, depth)
            if depth == 2 and imported.startswith(NODES):
                continue
            if other is None or other == own or imported.split(".")[:depth] != module_name(path).split(".")[:depth]:
                continue
            if own not in order or other not in order or order.index(other) < order.index(own):
                found.append(f"{path.relative_to(ROOT)} imports {imported}")
    return found


def test_imports_go_down_only_in_the_drawn_order() -> None:
    assert upward(drawn(2), 1, SOURCES) == []


def test_imports_within_the_language_go_down_only() -> None:
    assert upward(drawn(4), 2, sorted((PACKAGE / "dqdl").rglob("*.py"))) == []


def test_an_upward_import_would_be_found() -> None:
    assert upward(["cli", "lake", "dqdl"], 1, [PACKAGE / "judging" / "ruleset.py"]) != []


def circle(sources: Sequence[Path]) -> list[str]:
    """Files of which each imports the one before it, the first again at the end; none where no circle is."""
    files = {module_name(path): path for path in sources}
    graph = {name: {file_of(one, files) for one in imports(path)} - {name, None} for name, path in files.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def file_of(imported: str, files: Mapping[str, Path]) -> str | None:
    """The module that is imported, which may be named with something in it."""
    return next((name for name in (imported, imported.rpartition(".")[0]) if name in files), None)


def test_no_files_import_each_other() -> None:
    assert circle(SOURCES + TESTS) == []


@pytest.mark.parametrize(
    "back", ["from one import f", "def g():\n    import one", "if TYPE_CHECKING:\n    from one import F"]
)
def test_a_circle_would_be_found(back: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie_assets_tests.test_architecture.ROOT", tmp_path)
    for name, text in {"one": "from two import g", "two": "import three", "three": back}.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert circle(sorted(tmp_path.glob("*.py"))) == ["one", "three", "two", "one"]


def test_the_language_knows_nothing_of_the_rest() -> None:
    """The bottom rooms know no movies either: how a file is read, how a text is shown, private folders, errors."""
    known = ("dagster", "boto3", "os", "movie_assets")
    bottom = tuple(f"movie_assets.{room}" for room in ("dqdl", "reading", "quoting", "visible", "scratch", "errors"))
    strangers = [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in sorted((PACKAGE / "dqdl").rglob("*.py"))
        for imported in imports(path)
        if imported.split(".")[0] in known and not imported.startswith(bottom)
    ]
    assert strangers == []


WORDS_OF_ONE_ENGINE = re.compile(
    r"TRY_CAST|VARCHAR|::|\b(?:isfinite|isinf|epoch\w*|regexp_\w+|java_\w+|list_\w+|try_strptime|typeof)\("
)
"""What DuckDB says and Spark doesn't, or means otherwise; ``dqdl/sql`` has functions that write it."""


def engine_words(source: str) -> list[str]:
    """The words of one engine in the texts of a module, its docstrings included."""
    texts = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return [text for text in texts if isinstance(text, str) and WORDS_OF_ONE_ENGINE.search(text)]


def test_declarations_write_sql_that_spark_reads_too() -> None:
    declaring = [*(PACKAGE / "dqdl" / "rules").glob("*.py"), *(PACKAGE / "dqdl" / "declaring").glob("*.py")]
    assert {path.name: found for path in declaring if (found := engine_words(path.read_text()))} == {}
    assert engine_words('f"epoch({moment}) > 3"') != []


def test_text_leaves_by_the_sinks_that_make_it_visible() -> None:
    """A bare print, click.echo or logger would hand a cell's control characters to a terminal."""
    bare = re.compile(r"(?<![\w.])print\(|click\.s?echo\(|logging\.getLogger\(|Console\(")
    used = {f"{path.relative_to(PACKAGE)}: {found}" for path in SOURCES for found in bare.findall(path.read_text())}
    assert used == {"visible.py: logging.getLogger(", "cli/running.py: logging.getLogger("}


def test_dagster_is_known_to_the_pipeline_and_its_definitions_only() -> None:
    knowing = {
        str(path.relative_to(PACKAGE).parts[0])
        for path in SOURCES
        if any(imported.split(".")[0] in ("dagster", "dagster_aws") for imported in imports(path))
    }
    assert knowing <= {"pipeline", "definitions.py", "cli"}


def test_the_environment_is_read_in_one_place() -> None:
    """pipeline/home.py hands Dagster its home; nothing else but the settings touches the environment."""
    touching = {
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        if re.search(r"os\.(environ|getenv|putenv)", path.read_text())
    }
    assert touching <= {"settings.py", "pipeline/home.py"}


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_a_reader(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) or not tree.body


def test_dagster_and_pandera_modules_keep_their_annotations() -> None:
    """Postponed annotations break Dagster's decorators and pandera's models."""
    postponed = [
        str(path.relative_to(ROOT)) for path in SOURCES if "from __future__ import annotations" in path.read_text()
    ]
    assert postponed == []
