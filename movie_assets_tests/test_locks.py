"""The lock files: every package by its hashes, none by an address, and `make` installs nothing else."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")


def _packages(name: str) -> set[str]:
    """Name and version of each package that is pinned as it should be."""
    return {found[0].split()[0] for found in PINNED.finditer((ROOT / name).read_text())}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "deploy/requirements.txt"])
def test_each_package_is_pinned_by_version_and_hashes(name: str) -> None:
    assert PINNED.sub("", (ROOT / name).read_text()) == ""
    assert len(_packages(name)) > 50


@pytest.mark.parametrize("name", ["requirements-test.txt", "deploy/requirements.txt"])
def test_tests_and_image_run_on_the_same_versions(name: str) -> None:
    assert _packages("requirements.txt") <= _packages(name)


def test_make_installs_by_hash() -> None:
    installs = re.findall(r"\$\(PIP\) install (.*)", (ROOT / "Makefile").read_text())
    unlocked = [words for words in installs if "--require-hashes" not in words]
    assert sorted(unlocked) == ["--quiet --no-deps --no-build-isolation -e .", "--quiet uv"]
