"""The alert of a failed run: state, reason, next step, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import gethostname

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from movie_assets.alerts import Alert
from movie_assets.lake import open_lake
from movie_assets.pipeline.alerting import deliver
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.pipeline.running import PROCESS, close_killed_runs
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import (
    DAY,
    JOB,
    Listener,
    ingestion,
    land_golden,
    land_sample,
    run,
    settings_in,
)

pytestmark = pytest.mark.slow

NEXT_DAY = DAY + timedelta(days=1)


def told(settings: Settings, instance: dg.DagsterInstance) -> list[Alert]:
    """What a first look tells of, oldest first."""
    listener = Listener()
    delivery = deliver(ingestion(settings), instance, (listener,), None, datetime.now(UTC))
    assert delivery.problem is None
    assert delivery.sent == len(listener.heard)
    return listener.heard


def test_a_missing_file(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    failed = run(own_settings, instance)
    [alert] = told(own_settings, instance)
    assert (alert.state, alert.day, alert.run_id) == ("MISSING", DAY, failed.run_id)
    assert alert.idempotency_key == f"{failed.run_id}-run-failed"
    assert (alert.reason or "").startswith("No file has landed for 2024-03-24: looked for ")
    assert alert.next_step == "land one with: movies land FILE --day 2024-03-24; then: movies run --day 2024-03-24"
    assert alert.judged is None


def test_a_refused_file(own_settings: Settings, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text("not,the,header\n1,2,3\n")
    open_lake(own_settings.lake).land(tmp_path / "movies.csv", DAY)
    run(own_settings, instance)
    [alert] = told(own_settings, instance)
    assert (alert.state, alert.judged) == ("RUN_FAILED", None)
    assert (alert.reason or "").startswith("The header lacks Poster_Link, ")
    assert alert.next_step.startswith("The header must hold each of Poster_Link,")
    assert alert.next_step.endswith("; then: movies run --day 2024-03-24")


def test_a_mostly_unreadable_file(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    given = settings_in(tmp_path, unreadable_share=0)
    land_sample(given, rows=3, dirt={"ragged_line": 1.0})
    run(given, instance)
    [alert] = told(given, instance)
    assert alert.state == "STOPPED"
    assert (alert.reason or "").startswith(
        "Not loaded: 3 of 3 lines are unreadable, more than MOVIES_UNREADABLE_SHARE=0"
    )
    assert "see why with: movies show unreadable --day 2024-03-24; then" in alert.next_step
    assert alert.judged is not None
    assert alert.judged.unreadable == 3


def test_a_warehouse_that_is_down_after_rules_failed_is_one_alert(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    broken = own_settings.model_copy(update={"warehouse": own_settings.lake})
    run(broken, instance)
    [alert] = told(broken, instance)
    assert alert.state == "RUN_FAILED"
    assert own_settings.lake in (alert.reason or "")
    assert alert.judged is not None
    assert alert.judged.rules_failed == 4
    assert "quarantined rows" in alert.judged.links


def test_a_lake_that_cannot_be_read_holds_up_no_failed_run(
    own_settings: Settings, instance: dg.DagsterInstance
) -> None:
    land_golden(own_settings)
    run(own_settings.model_copy(update={"warehouse": own_settings.lake}), instance)
    [manifest] = Path(own_settings.lake, "evaluation").rglob("*.json")
    manifest.write_text("{}")
    [alert] = told(own_settings, instance)
    assert alert.judged is not None
    assert (alert.judged.rules_failed, alert.judged.links) == (4, {})


def test_killed_and_canceled_runs(own_settings: Settings, instance: dg.DagsterInstance) -> None:
    tags = {PARTITION: DAY.isoformat(), PROCESS: f"{gethostname()}:{2**22 + 1}"}  # no process has such an id
    killed = create_run_for_test(instance, job_name=JOB, tags=tags, status=dg.DagsterRunStatus.STARTED)
    assert close_killed_runs(instance) == [killed.run_id]
    canceled = create_run_for_test(
        instance, job_name=JOB, tags={PARTITION: NEXT_DAY.isoformat()}, status=dg.DagsterRunStatus.STARTED
    )
    instance.report_run_canceled(canceled)
    other = create_run_for_test(instance, job_name="of no day", status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(other)
    first, second = told(own_settings, instance)
    assert (first.state, first.day, first.run_id) == ("RUN_FAILED", DAY, killed.run_id)
    assert first.reason == "The process of this run was killed. What it had not finished does not count."
    assert (second.state, second.day, second.reason) == ("CANCELED", NEXT_DAY, "The run was canceled.")
    assert second.next_step == "movies run --day 2024-03-25"
