"""kill -9 of a whole run before each of its writes, on S3 and Redshift; then run again: as if nothing had happened.

The proxies in front of both count what is written and hold one write, so that it does not take place; then the run's
process group is killed. The lease of a killed run is ended by the test, which would have to wait for it otherwise:
lake/s3/test_crash.py has that it ends by itself.
"""

import os
import re
import signal
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from movie_assets.lake import configured_lake
from movie_assets.movies.sample import write_sample
from movie_assets.pipeline.home import open_instance
from movie_assets.warehouse import configured_warehouse
from movie_assets_tests.aws.conftest import Terminal
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, FEED, LOAD_AUDIT, TABLE
from movie_assets_tests.support.forked import Forked
from movie_assets_tests.support.lakes import PREFIX, s3_names
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.warehouses import emptied

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # pooled connections of boto3
    pytest.mark.usefixtures("collected"),
]

DAYS = [date(2024, 3, 24) + timedelta(days) for days in range(9)]
UNDISTURBED = date(2024, 4, 24), date(2024, 4, 25)
WRITES = re.compile(r"(PUT|DELETE|POST) (?!.*/\.locks/)|\s*(CREATE|COPY|LOCK|INSERT|DELETE|COMMIT)\b")
"""Not the day's lock: it changes whose turn it is, and nothing else."""
RULES = 'Rules = [ RowCount > 10, ColumnLength "series_title" > 0 ]'
DIRT = {"blank_title": 0.2, "ragged_line": 0.1}


class Steps:
    """Counts the writes that pass the proxies, those of both in one row, and stops one of them."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.reached = threading.Event()
        self._counted = WRITES
        self._stopped: int | None = None
        self._lock = threading.Lock()

    def begin(self, stopped: int | None = None, counted: re.Pattern[str] = WRITES) -> None:
        """Count from the beginning; the write of that number is held."""
        self.seen, self._stopped, self._counted = [], stopped, counted
        self.reached.clear()

    def __call__(self, asked: str) -> bool:
        if not self._counted.match(asked):
            return False
        with self._lock:
            self.seen.append(asked.strip())
            stop = self._stopped is not None and len(self.seen) > self._stopped
        if stop:
            self.reached.set()
        return stop


class Place:
    """A lake and a warehouse, as somebody finds them who looks past the proxies."""

    def __init__(self, direct: Terminal, s3: Any) -> None:
        self.lake = configured_lake(direct.settings, FEED)
        self.warehouse = configured_warehouse(direct.settings, FEED)
        self._s3 = s3
        self._bucket = direct.settings.lake.split("/")[2]

    def names(self, day: date) -> list[str]:
        """The objects of a day, without evaluation ids, locks and the manifests of runs."""
        names = s3_names(self._s3, self._bucket, PREFIX)
        found = [name for name in names if f"ingest_date={day}" in name and not name.startswith("run/")]
        return sorted(re.sub(r"[0-9a-f]{32}", "ID", name).replace(str(day), "DAY") for name in found)

    def unlock(self, day: date) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=f"{PREFIX}/.locks/{day}.json")

    def rows(self, day: date) -> list[tuple[str, ...]]:
        """The day's rows of the table, sorted, without day and run; they are of one run, the one in the audit."""
        found = self.warehouse.query(f"SELECT * FROM {TABLE} WHERE ingest_date = '{day}'")
        audited = self.warehouse.query(f"SELECT run_id, rows_loaded FROM {LOAD_AUDIT} WHERE ingest_date = '{day}'")
        [audit] = audited.to_pylist()
        assert audit == {"run_id": found["run_id"][0].as_py(), "rows_loaded": len(found)}
        assert len(set(found["run_id"].to_pylist())) == 1
        return sorted(
            tuple(map(str, row.values())) for row in found.drop_columns(["ingest_date", "run_id"]).to_pylist()
        )

    def outcome(self, day: date) -> dict[str, Any]:
        """All that the run of a day has come to, without day, ids and times."""
        report = self.lake.report(day)
        assert report is not None
        assert report.lines == report.accepted + report.quarantined + report.unreadable
        rows = self.rows(day)
        kept = {}
        for dataset in ("validated", "bad_data", "unreadable"):
            with self.lake.local_files(report, dataset) as [path]:
                kept[dataset] = [str(row | {"evaluation_id": ""}) for row in pq.read_table(path).to_pylist()]
        assert [len(found) for found in kept.values()] == [report.accepted, report.quarantined, report.unreadable]
        assert len(rows) == report.accepted
        own = {"evaluation_id", "run_id", "day", "evaluated_at", "source", "files"}
        aggregate = (
            # Rounded: the last digits of an average tell the order of the rows.
            "SELECT released_year, genre, movies, CAST(average_rating AS DECIMAL(10, 6)), total_votes "
            f"FROM {AGGREGATE_TABLE} WHERE ingest_date = '{day}' ORDER BY 1, 2"
        )
        return {
            "report": {name: value for name, value in report.to_json().items() if name not in own},
            "rows": rows,
            "kept": kept,
            "aggregate": self.warehouse.query(aggregate).to_pylist(),
            "names": self.names(day),
        }


class Killing:
    """Runs of `movies` behind the proxies, killed at a given request."""

    def __init__(self, movies: Forked, steps: Steps, place: Place) -> None:
        self.movies, self.steps, self.place = movies, steps, place

    def kill(self, day: date, number: int, counted: re.Pattern[str] = WRITES) -> bool:
        """Run a day and kill it before the write of that number; False where it ended before."""
        self.steps.begin(number, counted)
        run = self.movies.start("run", "--day", str(day))
        ended: list[int] = []
        waiting = threading.Thread(target=lambda: ended.append(self.movies.ended()))
        waiting.start()
        while waiting.is_alive() and not self.steps.reached.wait(0.01):
            pass
        if self.steps.reached.is_set():
            os.killpg(run, signal.SIGKILL)
        waiting.join()
        assert ended == [-signal.SIGKILL if self.steps.reached.is_set() else 0], self.movies.log.read_text()
        self.place.unlock(day)
        return self.steps.reached.is_set()

    def run(self, first: date, last: date) -> list[str]:
        """Run the days to the end; the writes that were made."""
        self.steps.begin()
        self.movies.run("run", "--days", f"{first}..{last}")
        return self.steps.seen


@pytest.fixture
def direct(
    ministack: Ministack, redshift: RedshiftStandIn, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """Settings that lead past the proxies. Nothing speaks TLS, so that proxies can read."""
    (tmp_path / "rules.dqdl").write_text(RULES)
    (tmp_path / "aws").write_text("[default]\ns3 =\n  addressing_style = path\n")
    stand_in = emptied(redshift)
    found = ministack.environment() | {
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "MOVIES_LAKE": f"s3://{bucket}/{PREFIX}",
        "MOVIES_WAREHOUSE": f"redshift://{redshift.host}:{redshift.port}/{redshift.database}",
        "MOVIES_REDSHIFT_USER": stand_in.user,
        "MOVIES_REDSHIFT_PASSWORD": stand_in.password,
        "MOVIES_DAGSTER_HOME": str(tmp_path / "dagster"),
        "MOVIES_OUTBOX": str(tmp_path / "alerts"),
        "MOVIES_RULESET": str(tmp_path / "rules.dqdl"),
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return Terminal(found)


@pytest.fixture
def killing(
    ministack: Ministack, direct: Terminal, aws_proxy: FaultProxy, redshift_proxy: FaultProxy, tmp_path: Path
) -> Iterator[Killing]:
    steps = Steps()
    aws_proxy.holds = redshift_proxy.holds = steps
    _, port = direct.environment["MOVIES_WAREHOUSE"].rsplit("/", 1)[0].rsplit(":", 1)
    warehouse = direct.environment["MOVIES_WAREHOUSE"].replace(f":{port}/", f":{redshift_proxy.port}/")
    proxied = direct.but(AWS_ENDPOINT_URL=aws_proxy.endpoint, MOVIES_WAREHOUSE=warehouse).environment
    place = Place(direct, ministack.client("s3"))
    with Forked(proxied, tmp_path / "log", "run", "--day", "2024-03-01") as movies:
        yield Killing(movies, steps, place)


@pytest.mark.long
def test_killed_before_every_write(killing: Killing, direct: Terminal, tmp_path: Path) -> None:
    place, files = killing.place, [tmp_path / str(version) / "movies.csv" for version in range(2)]
    for version, file in enumerate(files):
        file.parent.mkdir()
        write_sample(file, rows=60 + 10 * version, day=DAYS[0], dirt=DIRT, seed=version)

    # An empty database: before each table is made.
    place.lake.land(files[0], UNDISTURBED[0])
    place.lake.land(files[1], UNDISTURBED[1])
    made = 0
    while killing.kill(UNDISTURBED[0], made, re.compile(r"\s*CREATE (?!TEMP)")):
        made += 1
    assert made == 4

    for day in DAYS:
        place.lake.land(files[0], day)
    killing.run(DAYS[0], DAYS[-1])
    killing.run(*UNDISTURBED)
    writes = killing.run(UNDISTURBED[1], UNDISTURBED[1])
    expected = [place.outcome(day) for day in UNDISTURBED]
    assert expected[0]["rows"] != expected[1]["rows"]
    assert [name.split("/")[0] for name in expected[1]["names"]] == [
        "bad_data",
        "evaluation",
        "landing",
        "rule_outcome",
        "unreadable",
        "validated",
    ]
    assert [place.outcome(day) for day in DAYS] == [expected[0]] * len(DAYS)

    seen, size = set(), len(DAYS)
    turns = [range(at, min(at + size, len(writes))) for at in range(0, len(writes), size)]
    for turn, numbers in enumerate(turns, start=1):
        old, new = expected[(turn - 1) % 2], expected[turn % 2]
        for number, day in zip(numbers, DAYS, strict=False):
            write = writes[number]
            place.lake.land(files[turn % 2], day)
            assert killing.kill(day, number), write
            rows, report = place.rows(day), place.lake.report(day)
            assert report is not None
            assert rows in (old["rows"], new["rows"]), f"half a day, killed before {write}"
            seen.add((report.lines == new["report"]["lines"], rows == new["rows"]))
        killed = DAYS[: len(numbers)]
        killing.run(killed[0], killed[-1])
        for number, day in zip(numbers, killed, strict=True):
            assert place.outcome(day) == new, f"killed before {writes[number]}"
    assert seen == {(False, False), (True, False), (True, True)}
    assert [place.outcome(day) for day in UNDISTURBED] == expected
    with open_instance(direct.settings) as instance:
        assert instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])) == []
