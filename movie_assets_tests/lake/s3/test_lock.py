"""The lock of a day on S3: kept while its holder lives, lost by one that hung, never held by two."""

import json
import threading
from pathlib import Path

import pytest
from botocore.config import Config

from movie_assets.errors import DayLockedError, LakeError
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.lake.s3.lock import Lease
from movie_assets_tests.support.days import DAY, day_report
from movie_assets_tests.support.lakes import IMPATIENT, broken, s3_lake, write_day
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults
from movie_assets_tests.support.waiting import PATIENCE, until

KEY = f".locks/{DAY}.json"


def stored(lake: S3Lake) -> dict[str, object]:
    found = lake.objects.get(KEY)
    assert found is not None
    return dict(json.loads(found.content))


def test_a_holder_renews_its_lease(ministack: Ministack, bucket: str) -> None:
    lake = s3_lake(ministack, bucket, lease_seconds=2)
    with lake.lock(DAY):
        until(lambda: stored(lake)["renewals"] >= 3)  # type: ignore[operator]
        with pytest.raises(DayLockedError, match="The day 2024-03-24 is being worked on by process"):
            s3_lake(ministack, bucket).lock(DAY).__enter__()
    assert stored(lake)["holder"] == ""


def test_one_that_hung_and_lost_its_day_publishes_nothing(ministack: Ministack, bucket: str) -> None:
    hung, other = s3_lake(ministack, bucket), s3_lake(ministack, bucket)
    before = write_day(other, "e1")

    def work() -> None:
        with hung.lock(DAY):
            report = write_day(hung, "e2", publish=False)
            other.objects.delete(KEY)  # stands for its lease having run out
            with other.lock(DAY):
                hung.publish(report)

    with pytest.raises(DayLockedError, match=r"was taken over by process .* did not answer for 45 s") as caught:
        work()
    assert caught.value.hint == "nothing of this evaluation was published; run the day again"
    assert other.report(DAY) == before


def test_one_that_lost_its_day_does_not_free_the_other(ministack: Ministack, bucket: str) -> None:
    hung, other = s3_lake(ministack, bucket), s3_lake(ministack, bucket)
    held = hung.lock(DAY)
    held.__enter__()
    other.objects.delete(KEY)
    with other.lock(DAY):
        held.__exit__(None, None, None)
        with pytest.raises(DayLockedError):
            s3_lake(ministack, bucket).lock(DAY).__enter__()


def test_of_many_takers_of_a_lapsed_lock_one_wins(ministack: Ministack, bucket: str) -> None:
    lakes = [s3_lake(ministack, bucket, lock_timeout_seconds=0) for _ in range(8)]
    lakes[0].objects.put(KEY, b'{"holder": "process 1 on gone", "token": "t", "lease_seconds": -9, "renewals": 4}')
    barrier, done = threading.Barrier(len(lakes)), threading.Event()
    results: list[str] = []

    def take(lake: S3Lake) -> None:
        barrier.wait()
        try:
            with lake.lock(DAY):
                results.append("held")
                done.wait(PATIENCE)
        except DayLockedError:
            results.append("refused")

    threads = [threading.Thread(target=take, args=(lake,)) for lake in lakes]
    for thread in threads:
        thread.start()
    until(lambda: len(results) == len(lakes))
    done.set()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["held"] + ["refused"] * 7


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"holder": 3, "else": 1}'])
def test_what_is_no_lock_holds_nobody_up(ministack: Ministack, bucket: str, content: bytes) -> None:
    lake = s3_lake(ministack, bucket)
    lake.objects.put(KEY, content)
    with lake.lock(DAY):
        assert "process" in str(stored(lake)["holder"])


def test_a_renewal_whose_answer_was_lost_counts(ministack: Ministack, bucket: str, aws_proxy: FaultProxy) -> None:
    """S3 carries the write out, the answer is lost, and the client's own second try finds the object changed."""
    lake = s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint)
    lease = Lease(lake.objects, KEY, "The day", 45)
    lease.take(0)
    aws_proxy.reset_connections()
    with broken(aws_proxy, Faults(reset_after=len(b"HTTP/1.1 100 Continue\r\n\r\n") + 5), connections=2):
        lease.renew()
    assert stored(lake)["renewals"] == 1
    lease.renew()
    lease.free()
    assert stored(lake)["holder"] == ""


def test_a_renewal_that_fails_is_tried_again(
    ministack: Ministack, bucket: str, aws_proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    once = Config(retries={"total_max_attempts": 1})
    lake = s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint, lease_seconds=1.2, config=once)
    outside = s3_lake(ministack, bucket)
    with lake.lock(DAY):
        with aws_proxy.down():
            until(lambda: "The lock is not renewed yet" in caplog.text)
        count = stored(outside)["renewals"]
        until(lambda: stored(outside)["renewals"] > count)  # type: ignore[operator]
        lake.publish(day_report(DAY, "e1"))


def test_an_unreachable_store_at_the_end_does_not_hide_the_work(
    ministack: Ministack, bucket: str, aws_proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    lake = s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint, config=IMPATIENT)
    held = lake.lock(DAY)
    held.__enter__()
    with aws_proxy.down():
        held.__exit__(None, None, None)
    assert "free only when its lease has run out" in caplog.text


def test_an_unreachable_store_is_no_lock(ministack: Ministack, aws_proxy: FaultProxy, tmp_path: Path) -> None:
    lake = s3_lake(ministack, "b" * 5, endpoint=aws_proxy.endpoint, config=IMPATIENT)
    with aws_proxy.down(), pytest.raises(LakeError, match="can't be reached"):
        lake.lock(DAY).__enter__()
