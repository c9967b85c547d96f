from collections.abc import Callable
from typing import Any

import pytest

from movie_assets.doctor import examine
from movie_assets.findings import Finding
from movie_assets.settings import settings
from movie_assets_tests.support.feeds import feed_of
from movie_assets_tests.support.fixtures import *  # noqa: F403
from movie_assets_tests.support.ministack import Ministack

Findings = dict[tuple[str, str], Finding]


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[..., Findings]:
    """What the doctor finds under these settings, by service and examination; folders are the test's own."""
    monkeypatch.chdir(tmp_path)

    def examined(*, send: bool = False, **variables: str) -> Findings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        found = settings()
        return {(each.service, each.examination): each for each in examine(found, feed_of(found), send=send)}

    return examined


@pytest.fixture
def lake(ministack: Ministack, bucket: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A lake on ministack, set; its bucket's name."""
    monkeypatch.setenv("MOVIES_LAKE", f"s3://{bucket}/movies")
    return bucket


def failed(findings: Findings) -> set[tuple[str, str]]:
    return {key for key, found in findings.items() if found.status == "failed"}
