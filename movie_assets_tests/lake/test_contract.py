"""What every lake has to do, whatever it lies on: evaluations, readers, the day's lock."""

import os
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import sleep, time

import pytest

from movie_assets.errors import DayLockedError, EvaluationReplacedError, LakeError, NoLandedFileError
from movie_assets.lake import DATASETS, Lake, open_lake
from movie_assets.lake.base import file_name, run_manifest_place
from movie_assets_tests.support.days import DAY, day_report
from movie_assets_tests.support.lakes import (
    Store,
    contents,
    datasets_of,
    files_of,
    local_store,
    read_day,
    write_day,
)
from movie_assets_tests.support.waiting import PATIENCE

OTHER_DAY = date(2024, 3, 25)


def test_a_published_day_is_read_back(lake: Lake) -> None:
    assert lake.report(DAY) is None
    assert lake.days() == []
    report = write_day(lake, "e1")
    write_day(lake, "e9", OTHER_DAY)
    assert lake.report(DAY) == report
    assert read_day(lake, report) == contents("e1")
    assert lake.days() == [DAY, OTHER_DAY]


def test_unpublished_files_do_not_count(lake: Lake) -> None:
    write_day(lake, "e1")
    write_day(lake, "e2", publish=False)
    report = lake.report(DAY)
    assert report is not None
    assert read_day(lake, report) == contents("e1")


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    lake = store.lake

    class WriterError(Exception):
        pass

    def write_half() -> None:
        with lake.stage("validated", DAY, "e1") as path:
            path.write_text("half")
            raise WriterError

    with pytest.raises(WriterError):
        write_half()
    with pytest.raises(LakeError, match="Nothing was written"), lake.stage("validated", DAY, "e1"):
        pass
    assert store.names() == set()


def test_a_report_of_files_that_are_not_there_is_refused(lake: Lake) -> None:
    before = write_day(lake, "e1")
    with pytest.raises(LakeError, match=r"names .*e2\.parquet, which is not there"):
        lake.publish(day_report(DAY, "e2", files={"validated": ("e2.parquet",)}))
    assert lake.report(DAY) == before


@pytest.mark.parametrize("evaluation_id", ["", "../e", "a/b", ".e", "_evaluation", "é"])
def test_ids_that_cannot_name_a_file_are_refused(lake: Lake, evaluation_id: str) -> None:
    with pytest.raises(LakeError, match="can't name a file"), lake.stage("validated", DAY, evaluation_id):
        pass


def test_prune_removes_what_the_report_does_not_name(lake: Lake) -> None:
    write_day(lake, "e1")
    write_day(lake, "e1", OTHER_DAY)
    report = write_day(lake, "e2")
    assert lake.prune(DAY) == [f"{dataset}/ingest_date=2024-03-24/{file_name(dataset, 'e1')}" for dataset in DATASETS]
    assert lake.prune(DAY) == []
    assert read_day(lake, report) == contents("e2")
    other = lake.report(OTHER_DAY)
    assert other is not None
    assert read_day(lake, other) == contents("e1")


def test_a_reader_of_a_replaced_evaluation_is_told(lake: Lake) -> None:
    old = write_day(lake, "e1")
    write_day(lake, "e2")
    assert read_day(lake, old) == contents("e1")
    lake.prune(DAY)
    with pytest.raises(EvaluationReplacedError, match="Evaluation e1 of 2024-03-24 has been replaced by e2"):
        read_day(lake, old)


def test_a_reader_whose_files_go_while_it_reads_has_them_all_or_is_told(lake: Lake) -> None:
    old = write_day(lake, "e1")

    def read_slowly() -> str:
        with lake.local_files(old, "validated") as paths:
            write_day(lake, "e2")
            lake.prune(DAY)
            return paths[0].read_text()

    try:
        read = read_slowly()
    except EvaluationReplacedError as error:
        read = error.message
    assert read == "validated of e1" or "has been replaced by e2" in read


def test_a_dataset_the_report_does_not_name_has_no_files(lake: Lake) -> None:
    with lake.local_files(day_report(files={}), "unreadable") as paths:
        assert list(paths) == []


def test_only_one_holds_a_day(lake: Lake) -> None:
    refused: list[DayLockedError] = []

    def second() -> None:
        try:
            with lake.lock(DAY):
                pass
        except DayLockedError as error:
            refused.append(error)

    with lake.lock(DAY):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        with lake.lock(OTHER_DAY):
            pass
    assert len(refused) == 1
    assert "The day 2024-03-24 is being worked on by process" in refused[0].message
    assert "MOVIES_LOCK_TIMEOUT_SECONDS" in (refused[0].hint or "")
    second()
    assert len(refused) == 1


def test_files_that_are_not_ours_are_left_alone(store: Store) -> None:
    lake = store.lake
    write_day(lake, "e1")
    foreign = {
        f"validated/ingest_date={DAY}/README.txt",
        f"validated/ingest_date={DAY}/mine/notes.parquet",
        f"landing/ingest_date={DAY}/_SUCCESS",
        f"landing/ingest_date={DAY}/.part.csv",
        f"landing/ingest_date={DAY}/notes.txt",
        f"landing/ingest_date={DAY}/older/movies.csv",
        "landing/today/movies.csv",
        "evaluation/notes/evaluation.json",
    }
    for name in foreign:
        store.put(name, b"mine")
    assert lake.prune(DAY) == []
    assert store.names() == foreign | datasets_of("e1")
    assert lake.days() == [DAY]
    assert lake.landed_days() == []
    with pytest.raises(NoLandedFileError):
        lake.landed(DAY)


@pytest.mark.parametrize("stored", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1}'])
def test_a_damaged_report_is_an_error_not_an_absent_day(store: Store, stored: str) -> None:
    write_day(store.lake, "e1")
    store.put(f"evaluation/ingest_date={DAY}/evaluation.json", stored.encode())
    with pytest.raises(LakeError, match=r"evaluation\.json is not a report of a judged day") as caught:
        store.lake.report(DAY)
    assert caught.value.hint == "judge the day again: movies run --day 2024-03-24"


def test_a_day_of_work_leaves_its_files_and_nothing_else(store: Store, csv: Callable[..., Path]) -> None:
    lake = store.lake
    for evaluation_id in ("e1", "e2"):
        lake.land(csv(evaluation_id.encode(), f"{evaluation_id}.csv"), DAY)
        with lake.lock(DAY):
            write_day(lake, evaluation_id)
            lake.prune(DAY)
    assert store.names() == files_of("e2", "e2.csv") | {f"run/ingest_date={DAY}/run-of-e1.json"}


def test_where_a_file_lies_can_be_told(lake: Lake) -> None:
    write_day(lake, "e1")
    uri = lake.uri_of("bad_data", DAY, "e1.parquet")
    assert uri.endswith("/bad_data/ingest_date=2024-03-24/e1.parquet")
    assert uri.startswith(lake.uri_of("bad_data", DAY).rstrip("/"))


def test_four_take_a_day_one_after_the_other(lake: Lake) -> None:
    lake.lock_timeout_seconds = PATIENCE  # type: ignore[attr-defined]
    inside: list[int] = []
    most = 0

    def work() -> None:
        nonlocal most
        with lake.lock(DAY):
            inside.append(1)
            most = max(most, len(inside))
            sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


@pytest.mark.parametrize("uri", ["gs://bucket/lake", "ftp://host"])
def test_a_lake_of_an_unknown_kind_is_refused(uri: str) -> None:
    with pytest.raises(LakeError, match="No lake adapter for"):
        open_lake(uri)


def test_a_runs_manifest_outlives_the_day_it_was_replaced_on_by_a_week(tmp_path: Path) -> None:
    lake = local_store(tmp_path / "lake").lake
    old, new = write_day(lake, "e1"), write_day(lake, "e2")
    lake.prune(DAY)
    assert lake.report(DAY, old.run_id) == old
    assert lake.report(DAY, "no run") is None
    eight_days_ago = time() - 8 * 86_400
    os.utime(tmp_path / "lake" / run_manifest_place(DAY, old.run_id), (eight_days_ago, eight_days_ago))
    lake.prune(DAY)
    assert lake.report(DAY, old.run_id) is None
    assert lake.report(DAY, new.run_id) == lake.report(DAY) == new
