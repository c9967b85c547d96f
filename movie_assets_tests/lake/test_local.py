"""What a disk may refuse: the error says where and why, and what was there before stays whole."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets.errors import LakeError, NoLandedFileError
from movie_assets.lake.local import LocalLake
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.lakes import contents, read_day, write_day


def test_a_file_in_place_of_the_lake(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("not a folder")
    lake = LocalLake(tmp_path / "lake")
    (tmp_path / "movies.csv").write_text("a\n1\n")
    for write in (lambda: lake.land(tmp_path / "movies.csv", DAY), lambda: write_day(lake, "e1")):
        with pytest.raises(LakeError, match=r"Can't (lock|write) .*/lake/.*: (Not a directory|File exists)") as caught:
            write()
        assert caught.value.hint is not None
        assert "a file lies where a folder is needed" in caught.value.hint
    assert (tmp_path / "lake").read_text() == "not a folder"


def test_a_file_in_place_of_the_days_folder(tmp_path: Path) -> None:
    lake = LocalLake(tmp_path)
    (tmp_path / "validated").mkdir()
    (tmp_path / "validated" / f"ingest_date={DAY}").write_text("not a folder")
    with pytest.raises(LakeError, match=r"Can't write .*e1\.parquet"), lake.stage("validated", DAY, "e1"):
        pass


def test_a_missing_file_of_the_present_evaluation(tmp_path: Path) -> None:
    lake = LocalLake(tmp_path)
    report = write_day(lake, "e1")
    (tmp_path / f"bad_data/ingest_date={DAY}/e1.parquet").unlink()
    with pytest.raises(LakeError, match=r"bad_data/.*e1\.parquet is missing, though the day's report names it"):
        read_day(lake, report)


def test_a_name_that_is_no_text_does_not_land(tmp_path: Path) -> None:
    """It could be written to no manifest that others read, and to no bucket."""
    lake, odd = LocalLake(tmp_path / "lake"), os.fsdecode(b"bad\xff.csv")
    (tmp_path / odd).write_text("a\n1\n")
    with pytest.raises(LakeError, match=r"Can't land .*bad\\udcff\.csv: its name is not UTF-8"):
        lake.land(tmp_path / odd, DAY)
    folder = tmp_path / f"lake/landing/ingest_date={DAY}"
    folder.mkdir(parents=True)
    (tmp_path / odd).rename(folder / odd)
    assert list(lake.arrivals()) == []
    with pytest.raises(NoLandedFileError):
        lake.landed(DAY)


DISK_FULL = """
import resource
import sys
from datetime import date

from pathlib import Path
from movie_assets.errors import LakeError
from movie_assets.lake.local import LocalLake

lake, day, step = LocalLake(Path(sys.argv[1])), date(2024, 3, 24), sys.argv[2]
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    if step == "land":
        lake.land(Path(sys.argv[3]), day)
    elif step == "stage":
        with lake.stage("validated", day, "e2") as path:
            path.write_bytes(b"x" * 60_000)
    elif step == "duckdb":
        import duckdb
        with lake.stage("validated", day, "e2") as path, duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT uuid() FROM range(20000)) TO '{path}' (FORMAT parquet)")
    elif step == "publish":
        from dataclasses import replace
        from movie_assets_tests.support.days import day_report
        lake.publish(replace(day_report(), extra_columns=("x" * 60_000,)))
except LakeError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["land", "stage", "duckdb", "publish"])
def test_a_full_disk_leaves_the_day_as_it_was(tmp_path: Path, step: str) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"a\n1\n")
    large.write_bytes(b"a\n" * 50_000)
    lake = LocalLake(tmp_path / "lake")
    landed, report = lake.land(small, DAY), write_day(lake, "e1")
    before = tree(lake.root)

    command = [sys.executable, "-c", DISK_FULL, str(lake.root), step, str(large)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "File too large" in done.stdout
    assert str(lake.root) in done.stdout
    assert "what was published before is intact" in done.stdout
    assert tree(lake.root) == before
    assert lake.landed(DAY) == landed
    assert lake.report(DAY) == report
    assert read_day(lake, report) == contents("e1")


def test_the_version_of_a_file_is_its_hash(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_bytes(b"a\n1\n")
    landed = LocalLake(tmp_path / "lake").land(tmp_path / "movies.csv", DAY)
    assert landed.version == hashlib.sha256(b"a\n1\n").hexdigest()


def test_the_landed_file_can_be_landed_again(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_bytes(b"same")
    lake = LocalLake(tmp_path / "lake")
    landed = lake.land(tmp_path / "movies.csv", DAY)
    again = lake.land(Path(landed.uri), DAY)
    assert (again.version, again.size) == (landed.version, 4)


@pytest.mark.slow
def test_landing_memory_is_flat(tmp_path: Path) -> None:
    source = tmp_path / "large.csv"
    with source.open("wb") as file:
        file.truncate(300 << 20)
    script = (
        "import resource, sys; from pathlib import Path; from datetime import date;"
        "from movie_assets.lake.local import LocalLake; lake = LocalLake(Path(sys.argv[1]));"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "before = peak(); lake.land(Path(sys.argv[2]), date(2024, 3, 24)); print(peak() - before)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "lake"), str(source)]
    grown_kib = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown_kib < 30 << 10


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".locks" not in path.parts
    }
