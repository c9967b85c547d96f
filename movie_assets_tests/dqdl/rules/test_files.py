"""FileFreshness, FileSize, FileUniqueness, FileMatch over a folder, at noon of 2024-01-20."""

import hashlib
import os
from pathlib import Path

import pytest

from movie_assets.dqdl.declaring.file_source import FileSourceError, local_files
from movie_assets_tests.support.judged import NOW, judge, table

TABLE = table({"n": "long"}, n=[1])
HOUR = 3600
MD5 = hashlib.md5(b"x").hexdigest()
SHA = hashlib.sha256(b"x").hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a.csv "x" one hour old; b.csv "x" two hours; sub/a.csv "yy" a day; sub/c.tmp 2 KB, three days; nothing/ empty."""
    root = tmp_path_factory.mktemp("files")
    files = {"a.csv": ("x", 1), "b.csv": ("x", 2), "sub/a.csv": ("yy", 24), "sub/c.tmp": ("z" * 2048, 72)}
    for name, (content, hours) in files.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        os.utime(path, (NOW.timestamp() - hours * HOUR,) * 2)
    (root / "nothing").mkdir()
    return root


def metrics(name: str, share: float, count: int) -> dict[str, float]:
    return {f"Dataset.*.{name}": share, "Dataset.*.FileCount": count}


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ('FileFreshness "{}" > (now() - 4 days)', True),
        ('FileFreshness "{}" > (now() - 1 days)', False),
        ('FileFreshness "{}" >= (now() - 1 days) with threshold >= 0.75', True),
        ('FileFreshness "{}" > (now() - 1 days) with threshold > 0.5', False),
        ('FileFreshness "{}/a.csv" > (now() - 60 minutes)', False),
        ('FileFreshness "{}/a.csv" >= (now() - 60 minutes)', True),
        ('FileFreshness "{}" > (now() - 3 hours) with recentFiles = 2', True),
        ('FileFreshness "{}" >= (now() - 1 days) with uriRegex = "\\.csv$"', True),
        ('FileFreshness "{}" >= (now() - 1 days) with uriRegex = "(?!.*\\.tmp$).*"', True),
        ('FileFreshness "{}" > (now() - 2 hours) with recentFiles = 3 with uriRegex = "sub/"', False),
        ('FileFreshness "{}" between now() and (now() - 100 hours)', True),
        ('FileFreshness "{}/sub" = "2024-01-19" with recentFiles = 1', True),
        ('FileFreshness "{}" > "2024-01-16"', True),
        ('FileFreshness "{}" > "2024-01-17"', False),
        ('FileFreshness "{}/a.csv" between "9:30 AM" and "11:30"', True),
        ('FileFreshness "{}/a.csv" between "9:30 AM" and "11:30" with timeZone = "Europe/Paris"', False),
        ('FileFreshness "{}/sub/a.csv" < "9:30 AM"', True),
        ('FileFreshness "{}/a.csv" > now() with timeZone = "Mars/Olympus"', False),
        ('FileFreshness "{}/nothing" > (now() - 1 days)', False),
        ('FileFreshness "{}/nowhere" > (now() - 1 days)', False),
        ('FileSize "{}" >= 1', True),
        ('FileSize "{}" > 1 B', False),
        ('FileSize "{}/sub/c.tmp" = 2 KB', True),
        ('FileSize "{}/sub/c.tmp" between 2 KB and 1 MB', False),
        ('FileSize "{}" < 1 KB with threshold >= 0.75', True),
        ('FileSize "{}" < 1 KB with threshold >= 0.75 with failFast = "true"', False),
        ('FileSize "{}" in [1,2,2048]', True),
        ('FileUniqueness "{}" = 0.5', True),
        ('FileUniqueness "{}" > 0.5', False),
        ('FileUniqueness "{}" = 0.25 with matchFileName = "true"', True),
        ('FileUniqueness "{}" = 1 with recentFiles = 1', True),
        ('FileUniqueness "{}/nothing" >= 0', False),
        ('FileMatch "{}" "{}"', True),
        ('FileMatch "{}/a.csv" "{}/b.csv"', True),
        ('FileMatch "{}/a.csv" "{}/b.csv" with matchFileName = "true"', False),
        ('FileMatch "{}/a.csv" "{}/sub/a.csv"', False),
        ('FileMatch "{}" "{}/sub"', False),
        (f'FileMatch "{{}}/a.csv" in ["nope","{SHA}"]', True),
        (f'FileMatch "{{}}/a.csv" in ["{MD5.upper()}"] with hashAlgorithm = "MD5"', True),
        (f'FileMatch "{{}}/a.csv" in ["{MD5}"]', False),
        (f'FileMatch "{{}}" in ["{MD5}"] with hashAlgorithm = "MD5" with recentFiles = 2', True),
        (f'FileMatch "{{}}" in ["{MD5}"] with hashAlgorithm = "MD5"', False),
        (f'FileMatch "{{}}/a.csv" in ["{MD5}"] with hashAlgorithm = "CRC"', False),
        ('FileMatch "{}/nothing" "{}/nothing"', False),
    ],
)
def test_files(rule: str, passed: bool, folder: Path) -> None:
    outcome, result = judge(rule.replace("{}", str(folder)), TABLE, files=[folder])
    assert outcome.passed is passed, outcome.failure_reason
    assert outcome.rows_failed is None
    assert result.rows["DataQualityRulesSkip"].to_pylist() == [[str(outcome.rule)]]


@pytest.mark.slow
def test_what_is_reported(folder: Path) -> None:
    fresh, _ = judge(f'FileFreshness "{folder}" > (now() - 2 days)', TABLE, files=[folder])
    assert fresh.metrics == metrics("FileFreshness.Compliance", 0.75, 4)
    assert fresh.failure_reason == (
        "Value: 0.75 does not meet the constraint requirement!\nFiles that do not comply: sub/c.tmp"
    )
    size, _ = judge(f'FileSize "{folder}" < 1 KB', TABLE, files=[folder])
    assert size.metrics == metrics("FileSize.Compliance", 0.75, 4) | {
        "Dataset.*.MaximumFileSize": 2048,
        "Dataset.*.MinimumFileSize": 1,
    }
    unique, _ = judge(f'FileUniqueness "{folder}" > 0.5', TABLE, files=[folder])
    assert unique.metrics == metrics("FileUniquenessRatio", 0.5, 4)
    match, _ = judge(f'FileMatch "{folder}/a.csv" "{folder}/sub/a.csv"', TABLE, files=[folder])
    assert (match.metrics, match.failure_reason) == (
        {"Dataset.*.FileCount": 1},
        "Files that do not match: a.csv, a.csv",
    )


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('FileSize "s3://bucket/x" > 1', "files of s3:// can't be reached from here: s3://bucket/x"),
        ("FileSize > 1 B", "the rule names no path, and the files the table was read from aren't known"),
        ('FileFreshness "{}" > now() with timeZone = "X"', "timeZone 'X' is not known, write it as 'Europe/Paris'"),
        ('FileSize "{}" > 1 with uriRegex = "("', "uriRegex '(' can't be used: "),
        ('FileMatch "{}" in ["a"] with hashAlgorithm = "X"', "hashAlgorithm 'X' is not one of MD5, SHA-1, SHA-256"),
        ('FileUniqueness "{}" = 1 with matchFileName = "yes"', "matchFileName is true or false, not 'yes'"),
        ('FileSize "{}" > 1 with failFast = 1', "failFast is true or false, not '1'"),
    ],
)
def test_what_cannot_be_judged(rule: str, reason: str, folder: Path) -> None:
    outcome, _ = judge(rule.replace("{}", str(folder)), TABLE, files=[folder])
    assert outcome.failure_reason is not None
    assert outcome.failure_reason.startswith(reason)


def test_names_of_files_are_shown_in_letters(tmp_path: Path) -> None:
    for name in (b"bad\xff", b"new\nline", b"\x1b[31m"):
        (tmp_path / os.fsdecode(name)).touch()
    outcome, _ = judge(f'FileSize "{tmp_path}" > 1', TABLE, files=[tmp_path])
    _, listed = (outcome.failure_reason or "").split("\n")
    assert sorted(listed.removeprefix("Files that do not comply: ").split(", ")) == [
        "\\x1b[31m",
        "bad\\udcff",
        "new\\nline",
    ]


def test_the_files_the_table_was_read_from(folder: Path) -> None:
    path = folder.parent / "table.csv"
    path.write_text("n\n1\n")
    outcome, _ = judge("FileSize = 4 B", path)  # type: ignore[arg-type]
    assert outcome.metrics == metrics("FileSize.Compliance", 1.0, 1) | {
        "Dataset.*.MaximumFileSize": 4,
        "Dataset.*.MinimumFileSize": 4,
    }


def test_another_source(folder: Path) -> None:
    lake = local_files([folder / "a.csv"], setting="files")
    outcome, _ = judge('FileSize "s3://lake/movies/" = 1', TABLE, files=lambda path: lake(None))
    assert outcome.passed


def test_file_urls(folder: Path) -> None:
    files = local_files(roots=[folder], setting="files")
    assert [file.name for file in files(f"file://{folder}/sub")] == ["a.csv", "c.tmp"]
    with pytest.raises(FileSourceError, match="there is no file or folder"):
        files(f"{folder}/no/such/place")
