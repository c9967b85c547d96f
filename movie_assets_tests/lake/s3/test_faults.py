"""What S3 and the network do to a lake: it goes on where that is right, and says what is wrong where it is not."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from botocore.config import Config

from movie_assets.errors import LakeError
from movie_assets.lake.s3.lake import S3Lake
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import IMPATIENT, broken, contents, read_day, s3_lake, s3_names, write_day
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults

CONTENT = bytes(range(256)) * (20 << 12)
"""20 MiB: three parts."""


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "movies.csv"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def behind(ministack: Ministack, bucket: str, aws_proxy: FaultProxy) -> S3Lake:
    """A lake behind the fault proxy."""
    return s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint)


@pytest.fixture
def impatient(ministack: Ministack, bucket: str, aws_proxy: FaultProxy) -> S3Lake:
    return s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint, config=IMPATIENT)


def read(lake: S3Lake) -> bytes:
    with lake.local_copy(lake.landed(DAY)) as path:
        return path.read_bytes()


@pytest.mark.usefixtures("hasty")
def test_a_burst_of_503_is_waited_out(behind: S3Lake, aws_proxy: FaultProxy, csv: Path) -> None:
    with aws_proxy.fault(Faults(http_503=2)):
        behind.land(csv, DAY)
    with aws_proxy.fault(Faults(http_503=2)):
        assert read(behind) == CONTENT
    with aws_proxy.fault(Faults(http_503=2)):
        report = write_day(behind, "e1")
    with aws_proxy.fault(Faults(http_503=2)):
        assert behind.report(DAY) == report


@pytest.mark.usefixtures("hasty")
def test_503_for_good_is_told_after_five_attempts(behind: S3Lake, aws_proxy: FaultProxy) -> None:
    with aws_proxy.fault(Faults(http_503=1000)):
        with pytest.raises(LakeError) as caught:
            behind.report(DAY)
        assert aws_proxy.faults.http_503 == 995
    assert "S3 GetObject: too many requests after 5 attempts (SlowDown: " in caught.value.message
    assert "run again later" in (caught.value.hint or "")


def test_a_slow_connection_is_no_failure(
    ministack: Ministack, bucket: str, behind: S3Lake, aws_proxy: FaultProxy, tmp_path: Path
) -> None:
    (tmp_path / "movies.csv").write_bytes(CONTENT[: 200 << 10])
    impatient = s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint, config=IMPATIENT.merge(Config(read_timeout=2)))
    with aws_proxy.fault(Faults(latency=0.005, bytes_per_second=80 << 10)):
        behind.land(tmp_path / "movies.csv", DAY)
        report = write_day(behind, "e1")
        # It takes longer than an answer is waited for, and never stands still for so long.
        assert read(impatient) == CONTENT[: 200 << 10]
        assert read_day(impatient, report) == contents("e1")


def test_a_download_reset_in_mid_body_goes_on(behind: S3Lake, aws_proxy: FaultProxy, csv: Path) -> None:
    behind.land(csv, DAY)
    landed = behind.landed(DAY)
    aws_proxy.reset_connections()
    with broken(aws_proxy, Faults(reset_after=3 << 20), connections=4), behind.local_copy(landed) as path:
        assert path.read_bytes() == CONTENT


def test_an_upload_reset_in_mid_body_goes_on(behind: S3Lake, aws_proxy: FaultProxy, csv: Path) -> None:
    with broken(aws_proxy, Faults(reset_after_sent=2 << 20), connections=4):
        behind.land(csv, DAY)
    assert read(behind) == CONTENT


def test_a_manifest_reset_in_mid_body_is_read_again(behind: S3Lake, aws_proxy: FaultProxy) -> None:
    report = write_day(behind, "e1")
    aws_proxy.reset_connections()
    with broken(aws_proxy, Faults(reset_after=1500), connections=2):
        assert behind.report(DAY) == report


def test_a_network_that_breaks_for_good_leaves_the_day_as_it_was(
    ministack: Ministack, bucket: str, impatient: S3Lake, aws_proxy: FaultProxy, csv: Path, tmp_path: Path
) -> None:
    outside = s3_lake(ministack, bucket)
    (tmp_path / "old.csv").write_text("old")
    landed, report = outside.land(tmp_path / "old.csv", DAY), write_day(outside, "e1")
    before = s3_names(ministack.client("s3"), bucket, "movies")
    for faults in (Faults(reset_after_sent=5 << 20), Faults(blackhole=True)):
        with aws_proxy.fault(faults), pytest.raises(LakeError, match=r"Can't (list|write) s3://.*/landing/.*: S3"):
            impatient.land(csv, DAY)
        aws_proxy.reset_connections()
    assert outside.landed(DAY) == landed
    assert read_day(outside, report) == contents("e1")
    whole = {name for name in s3_names(ministack.client("s3"), bucket, "movies") if "unfinished" not in name}
    assert whole == before


def test_an_answer_that_never_comes_is_not_waited_for(impatient: S3Lake, aws_proxy: FaultProxy) -> None:
    with aws_proxy.fault(Faults(blackhole=True)), pytest.raises(LakeError) as caught:
        impatient.days()
    assert f"{aws_proxy.endpoint} does not answer any more" in caught.value.message


def test_a_host_that_is_not_there(impatient: S3Lake, aws_proxy: FaultProxy) -> None:
    with aws_proxy.down(), pytest.raises(LakeError) as caught:
        impatient.days()
    assert f"{aws_proxy.endpoint} can't be reached" in caught.value.message
    assert "AWS_ENDPOINT_URL" in (caught.value.hint or "")


FLAT = """
import resource, sys
from pathlib import Path
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import s3_lake
from movie_assets_tests.support.ministack import Ministack

server = Ministack()
server.port = int(sys.argv[1])
lake = s3_lake(server, sys.argv[2])
lake.days()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
with lake.local_copy(lake.land(Path(sys.argv[3]), DAY)) as path:
    assert path.stat().st_size == 300 << 20
print(peak() - before)
"""


def test_memory_is_flat(ministack: Ministack, bucket: str, tmp_path: Path) -> None:
    source = tmp_path / "large.csv"
    with source.open("wb") as file:
        file.truncate(300 << 20)
    command = [sys.executable, "-c", FLAT, str(ministack.port), bucket, str(source)]
    grown_kib = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown_kib < 90 << 10


FULL = """
import resource, sys
from movie_assets.errors import LakeError
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import s3_lake
from movie_assets_tests.support.ministack import Ministack

server = Ministack()
server.port = int(sys.argv[1])
lake = s3_lake(server, sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    if sys.argv[3] == "copy":
        lake.local_copy(lake.landed(DAY)).__enter__()
    else:
        with lake.stage("validated", DAY, "e2") as path:
            path.write_bytes(b"x" * 60_000)
except LakeError as error:
    print(error)
"""


@pytest.mark.parametrize("step", ["copy", "stage"])
def test_a_full_local_disk_is_told(ministack: Ministack, bucket: str, csv: Path, step: str, tmp_path: Path) -> None:
    lake = s3_lake(ministack, bucket)
    lake.land(csv, DAY)
    command = [sys.executable, "-c", FULL, str(ministack.port), bucket, step]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert "File too large" in done.stdout
    assert str(temporary) in done.stdout
    assert list(temporary.iterdir()) == []
    assert s3_names(ministack.client("s3"), bucket, "movies") == {f"landing/ingest_date={DAY}/movies.csv"}


def test_a_file_replaced_during_its_download_is_noticed(
    ministack: Ministack, bucket: str, behind: S3Lake, aws_proxy: FaultProxy, csv: Path
) -> None:
    behind.land(csv, DAY)
    landed = behind.landed(DAY)
    outside = s3_lake(ministack, bucket)
    (stored,) = behind.objects.listing("landing/")
    csv.write_bytes(CONTENT[::-1])
    outside.land(csv, DAY)
    with pytest.raises(LakeError, match="was replaced while it was read"):
        behind.objects.download(stored, csv.with_name("copy"))
    with pytest.raises(LakeError, match="another took its place"):
        behind.local_copy(landed).__enter__()
    outside.objects.delete(stored.key)
    for reading in (
        lambda: behind.objects.download(stored, csv.with_name("copy")),
        lambda: behind.objects.end(stored, 8),
    ):
        with pytest.raises(LakeError, match="was removed while it was read"):
            reading()


def test_local_copies_are_gone_at_the_end(ministack: Ministack, bucket: str, csv: Path) -> None:
    lake = s3_lake(ministack, bucket)
    with lake.local_copy(lake.land(csv, DAY)) as path:
        assert path.parent.parent == Path(tempfile.gettempdir())
    assert not path.parent.exists()
