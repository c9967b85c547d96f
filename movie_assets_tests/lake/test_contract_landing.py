"""What every lake has to do, whatever it lies on: files that land."""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest

from movie_assets.errors import LakeError, NoLandedFileError
from movie_assets.lake import Lake
from movie_assets.lake.local import LocalLake
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import (
    Store,
)

OTHER_DAY = date(2024, 3, 25)


def test_a_landed_file_is_the_source_byte_by_byte(lake: Lake, csv: Callable[..., Path]) -> None:
    content = b"a,b\r\n" + b"x,y\r\n" * 3_500_000
    landed = lake.land(csv(content), DAY)
    assert (landed.day, landed.name, landed.size) == (DAY, "movies.csv", len(content))
    assert landed.landed_at.tzinfo is UTC
    assert landed.uri.endswith("/landing/ingest_date=2024-03-24/movies.csv")
    assert lake.landed(DAY) == landed
    with lake.local_copy(landed) as path:
        assert path.read_bytes() == content


@pytest.mark.parametrize("second", ["movies.csv", "other.csv"], ids=["same name", "other name"])
def test_landing_again_replaces_the_file(store: Store, csv: Callable[..., Path], second: str) -> None:
    lake = store.lake
    lake.land(csv(b"old"), DAY)
    lake.land(csv(b"of another day"), OTHER_DAY)
    landed = lake.land(csv(b"new", second), DAY)
    assert landed.name == second
    assert lake.landed(DAY) == landed
    with lake.local_copy(lake.landed(DAY)) as path:
        assert path.read_bytes() == b"new"
    assert store.names() == {f"landing/ingest_date={DAY}/{second}", f"landing/ingest_date={OTHER_DAY}/movies.csv"}
    with lake.local_copy(lake.landed(OTHER_DAY)) as path:
        assert path.read_bytes() == b"of another day"
    assert lake.landed_days() == [DAY, OTHER_DAY]


def test_another_content_is_another_version(lake: Lake, csv: Callable[..., Path]) -> None:
    versions = [lake.land(csv(content), DAY).version for content in (b"one", b"two", b"one")]
    assert versions[0] == versions[2] != versions[1]


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(path.parent):  # the path of one is short
        made.bind(path.name)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "it is a folder"),
        (lambda path: path.write_bytes(b""), r"it is empty \(0 bytes\)"),
        (os.mkfifo, "it is a pipe"),
        (lambda path: path.symlink_to(os.devnull), "it is a device"),
        (_make_socket, "it is a socket"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    ],
    ids=["missing", "folder", "empty", "pipe", "device", "socket", "a link to itself"],
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


def test_a_day_without_a_file_names_the_place_and_the_command(store: Store, tmp_path: Path) -> None:
    lake = store.lake
    with pytest.raises(NoLandedFileError) as caught:
        lake.landed(DAY)
    assert "landing/ingest_date=2024-03-24/*.csv" in caught.value.message
    assert caught.value.hint == "land one with: movies land FILE --day 2024-03-24"
    assert lake.landed_days() == []
    assert store.names() == set()
    assert not (tmp_path / "lake").exists()


def test_a_file_replaced_while_it_is_read_is_noticed(lake: Lake, csv: Callable[..., Path]) -> None:
    landed = lake.land(csv(b"one"), DAY)
    with pytest.raises(LakeError, match="another took its place"), lake.local_copy(landed):
        lake.land(csv(b"two"), DAY)
    with pytest.raises(LakeError, match="another took its place"), lake.local_copy(landed):
        pytest.fail("the file is another one")


def test_a_day_may_be_landed_while_it_is_evaluated(lake: Lake, csv: Callable[..., Path]) -> None:
    with lake.lock(DAY):
        assert lake.land(csv(), DAY).name == "movies.csv"


def test_an_interrupted_landing_leaves_the_newest(
    store: Store, csv: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    lake = store.lake
    store.put(f"landing/ingest_date={DAY}/a.csv", b"old")
    sleep(0.01)
    store.put(f"landing/ingest_date={DAY}/b.csv", b"new")
    with caplog.at_level(logging.WARNING):
        newest = lake.landed(DAY)
    assert newest.name == "b.csv"
    assert "using the newest, b.csv" in caplog.text
    lake.land(csv(b"new", "c.csv"), DAY)
    assert store.names() == {f"landing/ingest_date={DAY}/c.csv"}


def test_nothing_has_arrived_where_nothing_is(store: Store, tmp_path: Path) -> None:
    assert store.lake.arrivals() == []
    assert not (tmp_path / "lake").exists()


def test_an_arrival_is_the_landed_file_as_it_is_listed(lake: Lake, csv: Callable[..., Path]) -> None:
    began = datetime.now(UTC)
    later, landed = lake.land(csv(b"two", "b.csv"), OTHER_DAY), lake.land(csv(), DAY)
    arrivals = lake.arrivals()
    assert [(each.day, each.uri, each.name, each.size, each.landed_at) for each in arrivals] == [
        (each.day, each.uri, each.name, each.size, each.landed_at) for each in (landed, later)
    ]
    if isinstance(lake, LocalLake):
        assert all(each.version is None and each.written_at for each in arrivals)
        assert all(began - timedelta(seconds=1) < (each.written_at or began) for each in arrivals)
    else:
        assert [(each.version, each.written_at) for each in arrivals] == [
            (landed.version, None),
            (later.version, None),
        ]


def test_of_several_files_the_last_arrival_is_the_days(store: Store) -> None:
    for name in ("b.csv", "c.csv", "a.csv"):
        store.put(f"landing/ingest_date={DAY}/{name}", name.encode())
        sleep(0.01)
    arrivals = store.lake.arrivals()
    assert {arrival.name for arrival in arrivals} == {"a.csv", "b.csv", "c.csv"}
    assert arrivals[-1].name == store.lake.landed(DAY).name


@pytest.mark.parametrize(
    "name",
    [
        "landing/ingest_date=2024-03-24/.movies.csv.tmp",
        "landing/ingest_date=2024-03-24/.part.csv",
        "landing/ingest_date=2024-03-24/_SUCCESS",
        "landing/ingest_date=2024-03-24/_temporary.csv",
        "landing/ingest_date=2024-03-24/movies.csv.filepart",
        "landing/ingest_date=2024-03-24/older/movies.csv",
        "landing/ingest_date=2024-03-24/folder.csv/movies.csv",
        "landing/ingest_date=2024-02-30/movies.csv",
        "landing/ingest_date=20240324/movies.csv",
        "landing/ingest_date=2024-W12-7/movies.csv",
        "landing/2024-03-24/movies.csv",
        "landing/today/movies.csv",
        "landing/movies.csv",
        "landing-old/ingest_date=2024-03-24/movies.csv",
    ],
)
def test_what_is_no_days_file_does_not_arrive(store: Store, name: str) -> None:
    store.put(name, b"a,b\r\n")
    store.put(f"landing/ingest_date={OTHER_DAY}/Movies.CSV", b"a,b\r\n")
    assert [(arrival.day, arrival.name) for arrival in store.lake.arrivals()] == [(OTHER_DAY, "Movies.CSV")]
    assert store.lake.landed_days() == [OTHER_DAY]


def test_days_of_any_time_arrive(store: Store) -> None:
    days = [date(1, 1, 1), DAY, date(9999, 12, 31)]
    for day in reversed(days):
        store.put(f"landing/ingest_date={day}/movies.csv", b"")
    assert [(arrival.day, arrival.size) for arrival in store.lake.arrivals()] == [(day, 0) for day in days]


def test_another_content_of_one_name_and_size_is_seen_unread(store: Store) -> None:
    seen = []
    for content in (b"one", b"two"):
        store.put(f"landing/ingest_date={DAY}/movies.csv", content)
        seen += store.lake.arrivals()
        sleep(0.01)
    assert seen[0] != seen[1]


def test_files_that_come_and_go_under_the_look_do_no_harm(store: Store) -> None:
    lake, over = store.lake, threading.Event()
    store.put(f"landing/ingest_date={OTHER_DAY}/movies.csv", b"stays")

    def come_and_go() -> None:
        while not over.is_set():
            for number in range(5):
                store.put(f"landing/ingest_date={DAY}/{number}.csv", b"goes")
            for number in range(5):
                store.remove(f"landing/ingest_date={DAY}/{number}.csv")

    busy = threading.Thread(target=come_and_go)
    busy.start()
    try:
        looks = [lake.arrivals() for _ in range(100)]
    finally:
        over.set()
        busy.join()
    assert all(look[-1].day == OTHER_DAY for look in looks)


def test_more_files_than_one_answer_of_s3_holds(store: Store) -> None:
    names = [f"{number:04}.csv" for number in range(1001)]
    for name in names:
        store.put(f"landing/ingest_date={DAY}/{name}", b"")
    assert sorted(arrival.name for arrival in store.lake.arrivals()) == names
