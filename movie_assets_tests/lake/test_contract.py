"""What every lake has to do, whatever it lies on."""

import hashlib
import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, date
from pathlib import Path

import pytest

from movie_assets.errors import DayLockedError, EvaluationReplacedError, LakeError, NoLandedFileError
from movie_assets.lake import DATASETS, Dataset, Lake, open_lake
from movie_assets.lake.base import file_name
from movie_assets.model import DayReport
from movie_assets_tests.support.days import DAY, day_report

OTHER_DAY = date(2024, 3, 25)


@pytest.fixture(params=["local"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"), lock_timeout_seconds=0.1)


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes = b"a,b\r\n1,2\r\n", name: str = "movies.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def write_day(lake: Lake, evaluation_id: str, day: date = DAY, *, publish: bool = True) -> DayReport:
    for dataset in DATASETS:
        with lake.stage(dataset, day, evaluation_id) as path:
            path.write_text(f"{dataset} of {evaluation_id}")
    report = day_report(day, evaluation_id, files={name: (file_name(name, evaluation_id),) for name in DATASETS})
    if publish:
        lake.publish(report)
    return report


def read_day(lake: Lake, report: DayReport) -> dict[Dataset, list[str]]:
    found = {}
    for dataset in DATASETS:
        with lake.local_files(report, dataset) as paths:
            found[dataset] = [path.read_text() for path in paths]
    return found


def contents(evaluation_id: str) -> dict[str, list[str]]:
    return {dataset: [f"{dataset} of {evaluation_id}"] for dataset in DATASETS}


def test_a_landed_file_is_the_source_byte_by_byte(lake: Lake, csv: Callable[..., Path]) -> None:
    content = b"a,b\r\n" + b"x,y\r\n" * 500_000
    landed = lake.land(csv(content), DAY)
    assert (landed.day, landed.name, landed.size) == (DAY, "movies.csv", len(content))
    assert landed.version == hashlib.sha256(content).hexdigest()
    assert landed.landed_at.tzinfo is UTC
    assert lake.landed(DAY) == landed
    with lake.local_copy(landed) as path:
        assert path.read_bytes() == content


@pytest.mark.parametrize("second", ["movies.csv", "other.csv"], ids=["same name", "other name"])
def test_landing_again_replaces_the_file(lake: Lake, csv: Callable[..., Path], second: str) -> None:
    lake.land(csv(b"old"), DAY)
    lake.land(csv(b"of another day"), OTHER_DAY)
    landed = lake.land(csv(b"new", second), DAY)
    assert landed.name == second
    assert lake.landed(DAY) == landed
    with lake.local_copy(lake.landed(DAY)) as path:
        assert path.read_bytes() == b"new"
        assert [file.name for file in path.parent.iterdir()] == [second]
    with lake.local_copy(lake.landed(OTHER_DAY)) as path:
        assert path.read_bytes() == b"of another day"
    assert lake.landed_days() == [DAY, OTHER_DAY]


def test_the_landed_file_can_be_landed_again(lake: Lake, csv: Callable[..., Path]) -> None:
    landed = lake.land(csv(b"same"), DAY)
    again = lake.land(Path(landed.uri), DAY)
    assert (again.version, again.size) == (landed.version, 4)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "it is a folder"),
        (lambda path: path.write_bytes(b""), r"it is empty \(0 bytes\)"),
    ],
    ids=["missing", "folder", "empty"],
)
def test_a_source_that_cannot_land_leaves_the_day_as_it_was(
    lake: Lake, csv: Callable[..., Path], tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    landed = lake.land(csv(), DAY)
    source = tmp_path / "source.csv"
    make(source)
    with pytest.raises(LakeError, match=rf"Can't land .*source\.csv: {reason}"):
        lake.land(source, DAY)
    assert lake.landed(DAY) == landed


def test_a_day_without_a_file_names_the_place_and_the_command(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(NoLandedFileError) as caught:
        lake.landed(DAY)
    assert "landing/ingest_date=2024-03-24/*.csv" in caught.value.message
    assert caught.value.hint == "land one with: movies land FILE --day 2024-03-24"
    assert lake.landed_days() == []
    assert not (tmp_path / "lake").exists()


def test_a_file_replaced_while_it_is_read_is_noticed(lake: Lake, csv: Callable[..., Path]) -> None:
    landed = lake.land(csv(b"one"), DAY)
    with pytest.raises(LakeError, match="another took its place"), lake.local_copy(landed):
        lake.land(csv(b"two"), DAY)
    with pytest.raises(LakeError, match="another took its place"), lake.local_copy(landed):
        pytest.fail("the file is another one")


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


def test_a_failed_write_leaves_nothing(lake: Lake) -> None:
    class WriterError(Exception):
        pass

    def write_half() -> None:
        with lake.stage("validated", DAY, "e1") as path:
            path.write_text("half")
            raise WriterError

    with pytest.raises(WriterError):
        write_half()
    assert list(Path(lake.uri_of("validated", DAY)).iterdir()) == []
    with pytest.raises(LakeError, match="Nothing was written"), lake.stage("validated", DAY, "e1"):
        pass


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


def test_a_reader_whose_files_go_while_it_reads_is_told(lake: Lake) -> None:
    old = write_day(lake, "e1")

    def read_slowly() -> None:
        with lake.local_files(old, "validated") as paths:
            write_day(lake, "e2")
            lake.prune(DAY)
            paths[0].read_text()

    with pytest.raises(EvaluationReplacedError):
        read_slowly()


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


def test_a_day_may_be_landed_while_it_is_evaluated(lake: Lake, csv: Callable[..., Path]) -> None:
    with lake.lock(DAY):
        assert lake.land(csv(), DAY).name == "movies.csv"


def test_an_interrupted_landing_leaves_the_newest(
    lake: Lake, csv: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    newest = lake.land(csv(b"new", "b.csv"), DAY)
    older = Path(newest.uri).with_name("z.csv")
    older.write_bytes(b"old")
    os.utime(older, (0, 0))
    with caplog.at_level(logging.WARNING):
        assert lake.landed(DAY) == newest
    assert "using the newest, b.csv" in caplog.text
    lake.land(csv(b"new", "b.csv"), DAY)
    assert not older.exists()


@pytest.mark.parametrize("uri", ["s3://bucket/lake", "ftp://host"])
def test_a_lake_of_an_unknown_kind_is_refused(uri: str) -> None:
    with pytest.raises(LakeError, match="No lake adapter for"):
        open_lake(uri)
