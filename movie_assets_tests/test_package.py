"""What `pip install` gets."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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
