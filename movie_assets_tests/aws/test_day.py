"""Days on AWS by the settings that the stack gives: landed on S3, judged, loaded by COPY, told, counted in Athena."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from movie_assets.lake import Lake, configured_lake
from movie_assets.model import DayReport
from movie_assets.movies.sample import write_golden, write_sample
from movie_assets.warehouse import configured_warehouse
from movie_assets_tests.aws.conftest import Terminal
from movie_assets_tests.support.aws_local import AwsLocal
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.waiting import PATIENCE

pytestmark = [
    pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning"),  # by the driver
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # pooled connections of boto3
    pytest.mark.usefixtures("collected"),
]

FIRST, SECOND, THIRD = "2024-03-24", "2024-03-25", "2024-03-26"
TABLE = "SELECT * FROM movies.imdb_movies_rating WHERE ingest_date = '{day}'"
WAIT_SECONDS = 10


def reported(lake: Lake, day: str) -> DayReport:
    report = lake.report(date.fromisoformat(day))
    assert report is not None
    return report


def judged(report: DayReport) -> dict[str, Any]:
    """What a report says of the rows, whoever made it from whatever place."""
    own = {"evaluation_id", "run_id", "evaluated_at", "source", "files"}
    return {name: value for name, value in report.to_json().items() if name not in own}


def rows(terminal: Terminal, day: str) -> list[tuple[str, ...]]:
    """The day's rows of the table as sorted texts, without the run's id."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in terminal.environment.items():
            patch.setenv(name, value)
        found = configured_warehouse(terminal.settings, FEED).query(TABLE.format(day=day)).drop_columns(["run_id"])
    return sorted(tuple(str(value) for value in row.values()) for row in found.to_pylist())


def quarantine(lake: Lake, day: str) -> Sequence[dict[str, Any]]:
    import pyarrow.parquet as pq

    with lake.local_files(reported(lake, day), "bad_data") as paths:
        found = [row for path in paths for row in pq.read_table(path).drop_columns(["evaluation_id"]).to_pylist()]
    return sorted(found, key=lambda row: int(row["line_number"]))


def lake_of(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Lake:
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    return configured_lake(terminal.settings, FEED)


def test_from_s3_to_redshift_eventbridge_and_athena(
    aws: AwsLocal, terminal: Terminal, laptop: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = aws.inbox("first")
    write_golden(tmp_path / "movies.csv")
    for place in (terminal, laptop):
        place("land", str(tmp_path / "movies.csv"), "--day", FIRST)
    terminal("catalog", "sync")

    run = subprocess.run(  # the program as it is, in a process and an environment of its own
        [sys.executable, "-c", "from movie_assets.cli import movies; movies()", "run", "--day", FIRST],
        env=dict(terminal.environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert f"\nalerts  {tmp_path}/alerts (1 new); every evaluation: event bus default, CloudWatch\n" in run.stdout
    laptop("run", "--day", FIRST)

    expected = configured_lake(laptop.settings, FEED)
    lake = lake_of(terminal, monkeypatch)
    report = reported(lake, FIRST)
    assert (report.lines, report.accepted, report.quarantined, report.unreadable) == (1000, 20, 980, 0)
    assert judged(report) == judged(reported(expected, FIRST))
    assert quarantine(lake, FIRST) == quarantine(expected, FIRST)
    assert rows(terminal, FIRST) == rows(laptop, FIRST)
    assert len(rows(terminal, FIRST)) == 20

    [told] = inbox.messages(WAIT_SECONDS)
    assert told["Message"].startswith('"Data quality: 4 rules failed, 39 passed, 0 were skipped. Score 0.90697')
    assert f"dqresult-{report.evaluation_id}" in told["Message"]

    as_a_person = terminal.but(**aws.ministack.environment(), AWS_SESSION_TOKEN="")
    counted = as_a_person(
        "catalog",
        "query",
        "SELECT count(*) AS rows FROM bad_data JOIN evaluation USING (ingest_date, evaluation_id) "
        f"WHERE ingest_date = '{FIRST}'",
    )
    assert counted.split() == ["rows", "980"]

    now = datetime.now(UTC)
    values = aws.ministack.client("cloudwatch").get_metric_statistics(
        Namespace="Glue Data Quality",
        MetricName="glue.data.quality.rules.failed",
        Dimensions=[{"Name": "Ruleset", "Value": "imdb_movies_rating"}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=3600,
        Statistics=["Maximum"],
    )
    assert [value["Maximum"] for value in values["Datapoints"]] == [4.0]


def test_a_file_that_is_sent_again_replaces_its_day_and_no_other(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "few.dqdl").write_text('Rules = [ IsComplete "series_title" ]')
    terminal = terminal.but(MOVIES_RULESET=str(tmp_path / "few.dqdl"))
    for day, count in ((SECOND, 300), (THIRD, 200)):
        write_sample(tmp_path / "movies.csv", rows=count, day=date.fromisoformat(day))
        terminal("land", str(tmp_path / "movies.csv"), "--day", day)
    terminal("run", "--days", f"{SECOND}..{THIRD}")
    other = rows(terminal, THIRD)
    write_sample(tmp_path / "corrected.csv", rows=120, day=date.fromisoformat(SECOND))
    terminal("land", str(tmp_path / "corrected.csv"), "--day", SECOND)
    terminal("run", "--day", SECOND)

    lake = lake_of(terminal, monkeypatch)
    report = reported(lake, SECOND)
    assert report.source.name == "corrected.csv"
    assert report.lines == report.accepted + report.quarantined + report.unreadable == 120
    assert len(rows(terminal, SECOND)) == report.accepted
    assert rows(terminal, THIRD) == other
    # Nothing of the first evaluation is left.
    bucket, prefix = terminal.settings.lake.removeprefix("s3://").split("/")
    s3 = lake.objects.client  # type: ignore[attr-defined]
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")["Contents"]]
    names = (key.removeprefix(f"{prefix}/") for key in keys if f"ingest_date={SECOND}" in key)
    of_the_day = sorted(name for name in names if not name.startswith("run/"))  # kept for a week
    assert of_the_day == [
        f"bad_data/ingest_date={SECOND}/{report.evaluation_id}.parquet",
        f"evaluation/ingest_date={SECOND}/evaluation.json",
        f"landing/ingest_date={SECOND}/corrected.csv",
        f"rule_outcome/ingest_date={SECOND}/{report.evaluation_id}.jsonl",
        f"unreadable/ingest_date={SECOND}/{report.evaluation_id}.parquet",
        f"validated/ingest_date={SECOND}/{report.evaluation_id}.parquet",
    ]


def test_a_day_that_is_stopped_leaves_the_table_and_is_told(
    aws: AwsLocal, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = "2024-03-27"
    inbox = aws.inbox("stopped")
    write_golden(tmp_path / "movies.csv")
    terminal("land", str(tmp_path / "movies.csv"), "--day", day)
    (tmp_path / "few.dqdl").write_text("Rules = [ RowCount > 5000 ]")
    stopping = terminal.but(MOVIES_GATE="stop", MOVIES_RULESET=str(tmp_path / "few.dqdl"))
    with pytest.raises(AssertionError, match=r"the run failed: .*RowCount > 5000"):
        stopping("run", "--day", day)
    assert rows(terminal, day) == []
    assert reported(lake_of(terminal, monkeypatch), day).rules_passed == 0
    [told] = inbox.messages(WAIT_SECONDS)
    assert '"Ruleset: [few]"' in told["Message"].splitlines()


@pytest.mark.slow
def test_the_topic_is_told_directly_where_the_stack_says_so(tmp_path: Path) -> None:
    with AwsLocal(AlertsVia="pipeline") as local:
        own = {"MOVIES_DAGSTER_HOME": str(tmp_path / "dagster"), "MOVIES_OUTBOX": str(tmp_path / "alerts")}
        terminal = Terminal(local.environment() | own)
        inbox = local.inbox()
        write_golden(tmp_path / "movies.csv")
        terminal("land", str(tmp_path / "movies.csv"), "--day", FIRST)
        terminal("run", "--day", FIRST)
        [told] = inbox.messages(WAIT_SECONDS)  # and the rule tells nobody a second time
    assert told["Subject"] == f"Movies {FIRST}: 4 of 43 rules failed, 980 rows quarantined"
    attributes = {name: found["Value"] for name, found in told["MessageAttributes"].items()}
    assert attributes["state"] == "FAILED"
    assert (attributes["day"], attributes["ruleset"], attributes["score"]) == (FIRST, "imdb_movies_rating", "0.9070")
    assert (attributes["rules_failed"], attributes["quarantined"]) == ("4", "980")
    [letter] = (tmp_path / "alerts").glob("*.json")
    assert json.loads(letter.read_text())["idempotency_key"] == attributes["idempotency_key"]
    assert json.loads(letter.read_text())["run_id"] == attributes["run_id"]
