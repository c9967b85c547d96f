"""Where file rules may look: below the roots, at regular files, at so many and no more."""

import os
from pathlib import Path

import pytest

from movie_assets.dqdl.declaring import file_source
from movie_assets.dqdl.declaring.file_source import FileSourceError, local_files, moment
from movie_assets.dqdl.errors import EvaluationError
from movie_assets_tests.support.judged import judge, table

TABLE = table({"n": "long"}, n=[1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a.csv "x", sub/b.csv "yy", a pipe and links; beside it a secret."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "a.csv").write_text("x")
    (root / "sub" / "b.csv").write_text("yy")
    os.mkfifo(root / "pipe")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    (root / "to-secret").symlink_to(tmp_path / "secret")
    (root / "to-key").symlink_to(tmp_path / "secret" / "key")
    (root / "to-b").symlink_to(root / "sub" / "b.csv")
    (root / "to-sub").symlink_to(root / "sub")
    (root / "to-nothing").symlink_to(root / "nothing")
    (root / "to-itself").symlink_to(root / "to-itself")
    return root


def names(root: Path, path: str) -> list[str]:
    return [file.name for file in local_files(roots=[root], setting="MOVIES_FILE_ROOTS")(path)]


def test_a_folder_holds_its_regular_files_and_links_to_files_below_the_root(root: Path) -> None:
    assert names(root, str(root)) == ["a.csv", "sub/b.csv", "to-b"]
    assert names(root, f"{root}/to-sub") == ["b.csv"]
    assert names(root, f"{root}/sub/../a.csv") == ["a.csv"]
    assert names(root.parent, f"{root}/to-key") == ["key"]


@pytest.mark.parametrize("path", ["{}/..", "{}/../secret/key", "{}/to-secret/key", "{}/to-key", "/proc/kmsg", "{}x"])
def test_what_lies_outside_of_the_roots_is_refused(path: str, root: Path) -> None:
    given = path.replace("{}", str(root))
    with pytest.raises(FileSourceError) as refused:
        names(root, given)
    assert str(refused.value) == (
        f"{given} is not in a folder that file rules may look into ({root}); MOVIES_FILE_ROOTS names them"
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("{}/pipe", "{}/pipe is neither a file nor a folder"),
        ("{}/nothing", "there is no file or folder {}/nothing"),
        ("{}/to-itself", "can't list {}/to-itself: Too many levels of symbolic links"),
        ("{}/a\0b", "{}/a\\x00b is not a path that can be followed"),
        ("file://data/a.csv", "file://data/a.csv is on another machine; file:///folder has three slashes"),
        ("{}/a.csv/b", "can't list {}/a.csv/b: Not a directory"),
        ("s3://bucket/a", "files of s3:// can't be reached from here: s3://bucket/a"),
    ],
)
def test_what_can_not_be_listed(path: str, reason: str, root: Path) -> None:
    with pytest.raises(FileSourceError) as refused:
        names(root, path.replace("{}", str(root)))
    assert str(refused.value) == reason.replace("{}", str(root))


def test_so_many_files_and_no_more(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = root / "many"
    many.mkdir()
    for number in range(4):
        (many / str(number)).touch()
    monkeypatch.setattr(file_source, "MOST", 4)
    assert names(root, str(many)) == ["0", "1", "2", "3"]
    (many / "folder").mkdir()
    with pytest.raises(FileSourceError, match="many holds more than 4 files and folders; name a smaller one"):
        names(root, str(many))


@pytest.mark.parametrize(
    ("seconds", "year"), [(0, 1970), (-(10**9), 1938), (1e12, 3868), (-1e12, 71), (float("inf"), 3868)]
)
def test_the_time_of_a_file_stays_within_the_calendar(seconds: float, year: int) -> None:
    assert moment(seconds).year == year


def test_a_file_that_is_gone_or_a_pipe_by_now_is_not_read(root: Path) -> None:
    file = root / "a.csv"
    (fact,) = local_files(roots=[root], setting="files")(str(file))
    file.unlink()
    with pytest.raises(FileSourceError, match=r"can't read .*/a.csv: No such file or directory"):
        fact.digest("MD5")
    os.mkfifo(file)
    with pytest.raises(FileSourceError, match=r"can't read .*/a.csv: it is a pipe, not a regular file"):
        fact.digest("SHA-1")


def test_a_vanished_file_fails_its_rule(root: Path) -> None:
    def files(path: str | None) -> list[file_source.FileFact]:
        found = local_files(roots=[root], setting="files")(str(root / "a.csv"))
        (root / "a.csv").unlink()
        return list(found)

    outcome, _ = judge("FileUniqueness = 1", TABLE, files=files)
    assert outcome.failure_reason == f"can't read {root}/a.csv: No such file or directory"


def test_the_tables_own_folder_is_the_root_where_none_is_named(root: Path) -> None:
    (root / "t.csv").write_text("n\n1\n")
    inside, _ = judge(f'FileSize "{root}/a.csv" = 1', root / "t.csv")  # type: ignore[arg-type]
    assert inside.passed
    outside, _ = judge(f'FileSize "{root}/.." > 1', root / "t.csv")  # type: ignore[arg-type]
    assert outside.failure_reason == (
        f"{root}/.. is not in a folder that file rules may look into ({root}); "
        "files=, or --files-root of dqdl check, names them"
    )
    memory, _ = judge('FileSize "/etc" > 1', TABLE)
    assert memory.failure_reason == (
        "/etc is not in a folder that file rules may look into (none); "
        "files=, or --files-root of dqdl check, names them"
    )
    with pytest.raises(EvaluationError, match="files can't be '/etc'; it is a list of folders"):
        judge("FileSize > 1", TABLE, files="/etc")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('FileSize "{}" > 1 with uriRegex = "("', "uriRegex '(' can't be used: "),
        ('FileSize "{}" > 1 with uriRegex = "/(?=(a|aa)+$)a"', "uriRegex '/(?=(a|aa)+$)a' can't be used: the reg"),
        ('FileSize "{}" > 1 with recentFiles = "²"', "recentFiles is a whole number, not '²'"),
        ('FileSize "{}" > 1 with recentFiles = 9999999999', "recentFiles is a whole number, not '9999999999'"),
        ('FileFreshness "{}" > now() with timeZone = "Europe"', "timeZone 'Europe' is not known"),
    ],
)
def test_tags_that_can_not_be_used_fail_the_rule(rule: str, reason: str, root: Path) -> None:
    (root / ("a" * 100 + "cb")).touch()
    outcome, _ = judge(rule.replace("{}", str(root)), TABLE, files=[root])
    assert (outcome.failure_reason or "").startswith(reason)
