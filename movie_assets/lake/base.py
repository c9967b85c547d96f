"""The protocol of a lake, for a folder and for an object store.

    landing/ingest_date=D/<name>.csv                       a day has one file
    validated | bad_data | unreadable/ingest_date=D/<evaluation_id>.parquet
    rule_outcome/ingest_date=D/<evaluation_id>.jsonl
    evaluation/ingest_date=D/evaluation.json               the manifest: written after the files that it names
    run/ingest_date=D/<run id>.json                        its copy, kept for a week, for alerts

A store must put one object atomically, and show it once it is put. Nothing renames a folder, and no reader of a judged
day depends on a listing: it reads the manifest and opens the files it names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, get_args

from movie_assets.errors import LakeError
from movie_assets.findings import Finding
from movie_assets.model import DayReport, LandedFile

Dataset = Literal["validated", "bad_data", "unreadable", "rule_outcome"]
DATASETS: tuple[Dataset, ...] = get_args(Dataset)
LANDING = "landing"
EVALUATION = "evaluation"
MANIFEST = "evaluation.json"
RUN = "run"
AREAS = frozenset({LANDING, EVALUATION, RUN, *DATASETS})
RUNS_KEPT = timedelta(days=7)
"""How long the manifest of a run is kept after another run judged the day: its alerts may be late."""


def day_folder(area: str, day: date) -> str:
    """The folder of a day's files in an area, relative to the root: `bad_data/ingest_date=2024-03-24`."""
    return f"{area}/ingest_date={day.isoformat()}"


def manifest_place(day: date) -> str:
    """The path of a day's manifest, relative to the root."""
    return f"{day_folder(EVALUATION, day)}/{MANIFEST}"


def run_manifest_place(day: date, run_id: str) -> str:
    """The path of a run's manifest, relative to the root."""
    return f"{day_folder(RUN, day)}/{re.sub(r'[^A-Za-z0-9_-]', '_', run_id)}.json"


def day_of_folder(name: str) -> date | None:
    """The day of a folder name; None if the name is not exactly one of `day_folder`."""
    try:
        day = date.fromisoformat(name.removeprefix("ingest_date="))
    except ValueError:
        return None
    return day if day_folder("", day) == f"/{name}" else None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file in a day's landing folder as listed, not read.

    `version` is that of `LandedFile`: the store's own; None in a folder, where it takes reading the file.
    `written_at` is the time of the last write or move; None on a store that shows complete files only.
    """

    day: date
    uri: str
    name: str
    size: int
    version: str | None
    landed_at: datetime
    written_at: datetime | None = None


def in_order(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """By day, oldest first: the day's file is the last of its day."""
    return sorted(arrivals, key=lambda arrival: (arrival.day, arrival.landed_at, arrival.name))


def file_name(dataset: Dataset, evaluation_id: str) -> str:
    """The name of an evaluation's file of a dataset.

    Raises:
        LakeError: the id can't be part of a file name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", evaluation_id):
        raise LakeError(
            f"Evaluation id {evaluation_id!r} can't name a file.",
            "use letters, digits, '-' and '_', a letter or digit first",
        )
    return f"{evaluation_id}.{'jsonl' if dataset == 'rule_outcome' else 'parquet'}"


class Lake(Protocol):
    """A feed's landed files and judged days. Every failure of the store is a `LakeError`."""

    feed: str
    """The name of the feed."""

    def land(self, source: Path, day: date) -> LandedFile:
        """Copy a file into the day, atomically, replacing the one that is there.

        Raises:
            LakeError: the source is missing, empty, not a regular file or unreadable, or the lake can't be written.
        """
        ...

    def landed(self, day: date) -> LandedFile:
        """The day's file; the newest one if an interrupted landing left two.

        Raises:
            NoLandedFileError: there is none; names the place searched.
        """
        ...

    def landed_days(self) -> list[date]:
        """The days that have a file, ascending."""
        ...

    def arrivals(self) -> list[Arrival]:
        """The landed files of all days by day, not read; if a day has several, `landed` is the last."""
        ...

    def local_copy(self, landed: LandedFile) -> AbstractContextManager[Path]:
        """The landed file as a local file, until the block ends.

        Raises:
            LakeError: another file replaced it before or during the reading.
        """
        ...

    def stage(self, dataset: Dataset, day: date, evaluation_id: str) -> AbstractContextManager[Path]:
        """A local path to write an evaluation's file to: it enters the lake under `file_name` when the block succeeds.

        A failed block leaves nothing. Readers see the file only once a published report names it.

        Raises:
            LakeError: nothing was written, or the lake can't be written.
        """
        ...

    def publish(self, report: DayReport) -> None:
        """Make an evaluation the current one of its day: put one small object, after all the files it names.

        Raises:
            LakeError: a file it names is not in the lake, or the lake can't be written.
        """
        ...

    def report(self, day: date, run_id: str | None = None) -> DayReport | None:
        """The published evaluation of a day, None when the day was not judged.

        With a run's id: that run's own, even after another run judged the day. Its files may be gone by then, and
        after a week the report too.

        Raises:
            LakeError: what is stored is not a report of this version.
        """
        ...

    def days(self) -> list[date]:
        """The days that were judged, ascending."""
        ...

    def local_files(self, report: DayReport, dataset: Dataset) -> AbstractContextManager[Sequence[Path]]:
        """The files of a dataset that a report names, as local files, until the block ends.

        Raises:
            EvaluationReplacedError: a later evaluation replaced it and removed its files.
            LakeError: a file of the day's current evaluation is missing.
        """
        ...

    def prune(self, day: date) -> list[str]:
        """Remove files that the day's report does not name, and leftovers of killed runs; returns their names.

        Call it with the day locked: it removes the unpublished files of a running evaluation.
        """
        ...

    def uri_of(self, dataset: Dataset, day: date, name: str = "") -> str:
        """The URI or path of a file of a dataset, or of the day's folder, for people and tools."""
        ...

    def lock(self, day: date) -> AbstractContextManager[None]:
        """Lock the day for evaluation, across all processes; freed when the holder dies.

        Raises:
            DayLockedError: another process still holds it after the timeout.
        """
        ...

    def examine(self) -> Iterator[Finding]:
        """Check every operation that a day needs, and leave nothing behind."""
        ...
