"""What a lake can do, whatever it lies on: a folder or an object store.

    landing/ingest_date=D/<name>.csv                       a day has one file
    validated | bad_data | unreadable/ingest_date=D/<evaluation_id>.parquet
    rule_outcome/ingest_date=D/<evaluation_id>.jsonl
    evaluation/ingest_date=D/evaluation.json               the manifest: written after the files that it names
    run/ingest_date=D/<run id>.json                        its copy, kept for a week: what alerts tell of the run
    staging/ingest_date=D/<run id>/                        what a load is reading; of an object store only

The protocol asks of a store only this: one object is put whole or not at all, and is seen once it is put. Nothing is
renamed by folder, and no reader of a judged day depends on a listing: it reads the manifest and opens what that names.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, get_args

from movie_assets.errors import LakeError
from movie_assets.model import DayReport, LandedFile

Dataset = Literal["validated", "bad_data", "unreadable", "rule_outcome"]
DATASETS: tuple[Dataset, ...] = get_args(Dataset)
LANDING = "landing"
STAGING = "staging"
EVALUATION = "evaluation"
MANIFEST = "evaluation.json"
RUN = "run"
RUNS_KEPT = timedelta(days=7)
"""How long the manifest of a run is there after another run judged the day: alerts of it may be late."""


def day_folder(area: str, day: date) -> str:
    """Where a day's files of an area lie, below the root: `bad_data/ingest_date=2024-03-24`."""
    return f"{area}/ingest_date={day.isoformat()}"


def manifest_place(day: date) -> str:
    """Where a day's manifest lies, below the root."""
    return f"{day_folder(EVALUATION, day)}/{MANIFEST}"


def run_manifest_place(day: date, run_id: str) -> str:
    """Where the manifest of a run lies, below the root."""
    return f"{day_folder(RUN, day)}/{re.sub(r'[^A-Za-z0-9_-]', '_', run_id)}.json"


def day_of_folder(name: str) -> date | None:
    """The day whose folder of an area has this name; None where it is no day's, or written in another way."""
    try:
        day = date.fromisoformat(name.removeprefix("ingest_date="))
    except ValueError:
        return None
    return day if day_folder("", day) == f"/{name}" else None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file in a day's landing folder as a listing shows it, unread.

    `version` is what `LandedFile` has: the store's own, None in a folder, where only reading the file tells it.
    `written_at` is when it was last written to or moved there, None on a store that shows whole files only.
    """

    day: date
    uri: str
    name: str
    size: int
    version: str | None
    landed_at: datetime
    written_at: datetime | None = None


def in_order(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """By day, and within it the oldest first: a day's file is the last one."""
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
    """Where a feed's files lie: what landed, and what became of it. Every failure of the store is a `LakeError`."""

    feed: str
    """The name of the feed."""

    def land(self, source: Path, day: date) -> LandedFile:
        """Copy a file into the day, in place of the one that was there: whole, or not at all.

        Raises:
            LakeError: the source is missing, empty, no regular file or can't be read, or the lake can't be written.
        """
        ...

    def landed(self, day: date) -> LandedFile:
        """The day's file; the newest one where an interrupted landing left two.

        Raises:
            NoLandedFileError: there is none; names the place looked at.
        """
        ...

    def landed_days(self) -> list[date]:
        """The days that have a file, ascending."""
        ...

    def arrivals(self) -> list[Arrival]:
        """The landed files of all days by day, none of them read; of a day with several, `landed` is the last."""
        ...

    def local_copy(self, landed: LandedFile) -> AbstractContextManager[Path]:
        """The landed file as a local one to read from, until the block ends.

        Raises:
            LakeError: another file took its place before or while it was read.
        """
        ...

    def stage(self, dataset: Dataset, day: date, evaluation_id: str) -> AbstractContextManager[Path]:
        """A local path to write an evaluation's file to: in the lake, as `file_name` says, once the block ends well.

        Nothing is left of it when the block fails. Counts for readers only once a published report names it.

        Raises:
            LakeError: nothing was written, or the lake can't be written.
        """
        ...

    def publish(self, report: DayReport) -> None:
        """Make an evaluation the day's: one small object put at once, after all the files it names.

        Raises:
            LakeError: a file it names is not in the lake, or the lake can't be written.
        """
        ...

    def report(self, day: date, run_id: str | None = None) -> DayReport | None:
        """The published evaluation of a day, None when the day was not judged.

        With a run's id it is that run's own, also after another run judged the day; its files may be gone then, and
        after a week the report too.

        Raises:
            LakeError: what is stored is not a report of this version.
        """
        ...

    def days(self) -> list[date]:
        """The days that were judged, ascending."""
        ...

    def local_files(self, report: DayReport, dataset: Dataset) -> AbstractContextManager[Sequence[Path]]:
        """The files of a dataset that a report names, as local ones to read from, until the block ends.

        Raises:
            EvaluationReplacedError: a later evaluation took its place and its files are gone.
            LakeError: a file of the day's present evaluation is missing.
        """
        ...

    def prune(self, day: date) -> list[str]:
        """Remove what the day's report does not name, and leftovers of killed runs; the names of what was removed.

        Call it with the day locked: it would take the unpublished files of an evaluation under way, and what a load
        under way has staged.
        """
        ...

    def uri_of(self, dataset: Dataset, day: date, name: str = "") -> str:
        """Where a file of a dataset lies, or the day's folder, as people and tools can open it."""
        ...

    def lock(self, day: date) -> AbstractContextManager[None]:
        """Be the only one that evaluates the day, over all processes; free again when the holder dies.

        Raises:
            DayLockedError: another process still holds it after the time to wait.
        """
        ...
