"""What `pip install` gets."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """A wheel of a copy: a build leaves folders behind."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "movie_assets", copy / "movie_assets", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(copy)], cwd=copy, check=True, capture_output=True)
    [made] = copy.glob("*.whl")
    return zipfile.Path(made)


@pytest.mark.slow
def test_every_file_of_the_package_is_installed(wheel: zipfile.Path) -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "movie_assets").rglob("*") if path.is_file()]
    wanted = {str(path) for path in files if "__pycache__" not in path.parts}
    assert wanted == {name for name in wheel.root.namelist() if re.match("movie_assets/.*[^/]$", name)}
    assert "movie_assets/py.typed" in wanted


def installed_with(requirements: Sequence[str]) -> set[str]:
    """The distributions that the requirements bring, by name."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += map(Requirement, requires(name) or ())
    return found


def plain_install(tmp_path: Path, program: str) -> subprocess.CompletedProcess[str]:
    """What a program says where nothing but the plain install is there."""
    given = installed_with(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    others = {
        package
        for package, owners in packages_distributions().items()
        if given.isdisjoint(map(canonicalize_name, owners)) and not package.startswith(("movie_assets", "_"))
    }
    assert {"dagster", "boto3", "pandera", "pandas", "polars"} <= others
    (tmp_path / "sitecustomize.py").write_text(f"""
import sys

class NotInstalled:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in {others!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, NotInstalled)
""")
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True
    )


@pytest.mark.slow
def test_the_language_needs_no_extra(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,x\n2,y\n")
    pq.write_table(pa.table({"a": ["1", "2"], "b": ["x", "y"]}), tmp_path / "data.parquet")
    ran = plain_install(
        tmp_path,
        """
from movie_assets import dqdl
ruleset = dqdl.parse('Rules = [ RowCount = 2, ColumnValues "b" matches "[a-x]" where "a < 5", '
                     'CustomSql "select count(*) from primary" = 2 ]')
for name in ("data.csv", "data.parquet"):
    result = dqdl.evaluate(ruleset, name)
    print([rule.passed for rule in result.rule_outcomes], result.rows["DataQualityEvaluationResult"].to_pylist())
""",
    )
    assert ran.stderr == ""
    assert ran.stdout == "[True, False, True] ['Passed', 'Failed']\n" * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("dqdl(['check', 'rules.dqdl', 'data.csv'])", 0, "1 of 1 rules passed"),
        (
            "movies(['run', '--day', '2024-03-24'])",
            2,
            "needs the package dagster, which is not installed.\nHint: ",
        ),
    ],
    ids=["dqdl", "movies"],
)
def test_programs_without_the_extras(tmp_path: Path, words: str, code: int, said: str) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n")
    (tmp_path / "rules.dqdl").write_text("Rules = [ RowCount = 1 ]")
    ran = plain_install(tmp_path, f"from movie_assets.cli import *; {words}")
    assert ran.returncode == code, ran.stderr
    assert said in ran.stdout + ran.stderr
