"""Killed before any request to S3: readers see the old day or the new one, and running again ends as usual."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets.errors import DayLockedError
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import contents, datasets_of, files_of, read_day, s3_lake, s3_names, write_day
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.waiting import PATIENCE

WRITER = """
import json, os, signal, sys
from pathlib import Path
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import s3_lake, write_day
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.waiting import PATIENCE


class Killing(Ministack):
    def client(self, service, endpoint=None, **options):
        made = super().client(service, endpoint, **options)
        made.meta.events.register("before-send.s3", self.send)
        return made

    def send(self, request, **_):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def work(server, bucket, prefix, source):
    lake = s3_lake(server, bucket, prefix, lease_seconds=0.5)
    lake.land(source, DAY)
    with lake.lock(DAY):
        write_day(lake, "e2")
        lake.prune(DAY)


server, bucket, old, new = Killing(), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
server.port, server.left = int(sys.argv[1]), -1
server.client("s3")  # what it reads from disk is read once
step, killed = 0, True
while killed:
    child = os.fork()
    if child == 0:
        server.left = -1
        base = s3_lake(server, bucket, str(step))
        base.land(old, DAY)
        write_day(base, "e1")
        server.left = step
        work(server, bucket, str(step), new)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status)
    assert killed or status == 0
    step += 1
print(json.dumps(step - 1))
"""


def test_killed_before_every_request(ministack: Ministack, bucket: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("old")
    new.write_text("new")
    command = [sys.executable, "-c", WRITER, str(ministack.port), bucket, str(old), str(new)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)
    assert steps > 25

    seen = set()
    for step in range(steps + 1):
        lake = s3_lake(ministack, bucket, str(step), lock_timeout_seconds=PATIENCE)
        report = lake.report(DAY)
        assert report is not None
        assert read_day(lake, report) == contents(report.evaluation_id), f"half a day after step {step}"
        with lake.local_copy(lake.landed(DAY)) as path:
            landed = path.read_text()
        assert landed in {"old", "new"}
        seen.add((landed, report.evaluation_id))

        lake.land(new, DAY)
        with lake.lock(DAY):
            report = write_day(lake, "e3")
            lake.prune(DAY)
        assert read_day(lake, report) == contents("e3")
        names = s3_names(ministack.client("s3"), bucket, str(step))
        earlier = {f"run/ingest_date={DAY}/run-of-{each}.json" for each in ("e1", "e2")}  # kept for a week
        assert names - earlier == files_of("e3", "new.csv") | {f".locks/{DAY}.json"}, f"after step {step}"
    assert {("old", "e1"), ("new", "e1"), ("new", "e2")} <= seen


HOLDER = """
import os, signal, sys
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import s3_lake
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.waiting import PATIENCE

server = Ministack()
server.port = int(sys.argv[1])
held = s3_lake(server, sys.argv[2], lease_seconds=float(sys.argv[3])).lock(DAY)
held.__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_holder_frees_the_day_when_its_lease_ends(ministack: Ministack, bucket: str) -> None:
    for lease_seconds in ("30", "0.5"):
        command = [sys.executable, "-c", HOLDER, str(ministack.port), bucket, lease_seconds]
        if lease_seconds == "0.5":
            ministack.client("s3").delete_object(Bucket=bucket, Key=f"movies/.locks/{DAY}.json")
        assert subprocess.run(command, check=False).returncode == -9
        if lease_seconds == "30":
            with pytest.raises(DayLockedError) as caught, s3_lake(ministack, bucket).lock(DAY):
                pass
            assert "a killed one frees it within 30 s" in (caught.value.hint or "")
    with s3_lake(ministack, bucket, lock_timeout_seconds=PATIENCE).lock(DAY):
        pass


def test_an_upload_that_a_killed_process_left_is_given_up(ministack: Ministack, bucket: str) -> None:
    lake, client = s3_lake(ministack, bucket), ministack.client("s3")
    write_day(lake, "e1")
    key = f"validated/ingest_date={DAY}/e0.parquet"
    landing = f"landing/ingest_date={DAY}/movies.csv"
    for unfinished in (key, landing, "validated/ingest_date=2024-03-25/e0.parquet"):
        client.create_multipart_upload(Bucket=bucket, Key=f"movies/{unfinished}")
    assert lake.prune(DAY) == [key]
    names = s3_names(client, bucket, "movies")
    assert names == datasets_of("e1") | {
        f"{landing} (unfinished)",  # it may be under way, and is a day's work at most
        "validated/ingest_date=2024-03-25/e0.parquet (unfinished)",
    }
    assert lake.objects.abort_uploads("landing/") == [landing]
