import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from movie_assets.alerts import Outbox
from movie_assets.errors import PublishError
from movie_assets_tests.alerts.test_contract import alert


def test_an_alert_is_a_text_and_a_json_of_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Outbox(tmp_path / "a/b").publish(alert())
    text, stored = tmp_path / "a/b/2024-03-24-e1-rules-failed.txt", tmp_path / "a/b/2024-03-24-e1-rules-failed.json"
    assert sorted((tmp_path / "a/b").iterdir()) == [stored, text]
    assert text.read_text() == f"{alert().subject}\n\n{alert().body}"
    assert json.loads(stored.read_text()) == alert().to_json()
    assert caplog.messages == [f"Movies 2024-03-24: 1 of 2 rules failed, 2 rows quarantined ({text})"]


def test_the_same_alert_again_changes_and_logs_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox(tmp_path)
    outbox.publish(alert())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    caplog.clear()
    outbox.publish(alert())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert caplog.messages == []


def test_an_alert_cut_off_between_its_files_is_completed(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.publish(alert())
    (tmp_path / "2024-03-24-e1-rules-failed.json").unlink()
    outbox.publish(alert())
    assert len(list(tmp_path.iterdir())) == 2


def test_a_key_can_not_leave_the_folder(tmp_path: Path) -> None:
    Outbox(tmp_path / "box").publish(replace(alert(), idempotency_key="../../x"))
    assert sorted(path.name for path in (tmp_path / "box").iterdir()) == [
        "2024-03-24-______x.json",
        "2024-03-24-______x.txt",
    ]


def test_a_file_in_place_of_the_outbox(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("not a folder")
    with pytest.raises(PublishError, match=r"Can't write the alert .*box/2024-03-24-e1-rules-failed\.txt: ") as caught:
        Outbox(tmp_path / "box").publish(alert())
    assert "MOVIES_OUTBOX" in (caught.value.hint or "")
    assert isinstance(caught.value.__cause__, OSError)


FULL = """
import resource, sys
from pathlib import Path
from movie_assets.alerts import Outbox
from movie_assets.errors import PublishError
from movie_assets_tests.alerts.test_contract import alert

resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    Outbox(Path(sys.argv[1])).publish(alert())
except PublishError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_and_a_later_try_delivers(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []
    Outbox(tmp_path).publish(alert())
    assert len(list(tmp_path.iterdir())) == 2
