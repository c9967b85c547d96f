"""A lake in a local folder."""

import hashlib
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from time import time

from filelock import FileLock, Timeout

from movie_assets.errors import DayLockedError, LakeError
from movie_assets.findings import Finding
from movie_assets.lake import manifest
from movie_assets.lake.base import (
    DATASETS,
    EVALUATION,
    LANDING,
    MANIFEST,
    RUN,
    RUNS_KEPT,
    Arrival,
    Dataset,
    day_folder,
    day_of_folder,
    file_name,
    in_order,
    manifest_place,
    run_manifest_place,
)
from movie_assets.lake.files import TEMPORARY, as_lake_errors, disk_refusal, examine_folder, make_visible, put
from movie_assets.lake.landing import (
    arrivals,
    check_same,
    copy,
    entries,
    landed_file,
    landing_files,
    landing_name,
    readable,
    state,
)
from movie_assets.model import DayReport, LandedFile
from movie_assets.program import FIRST_FEED
from movie_assets.visible import visible_logger

logger = visible_logger(__name__)


class LocalLake:
    """A `Lake` in a folder, created by the first write."""

    def __init__(self, root: Path, *, feed: str = FIRST_FEED, lock_timeout_seconds: float = 60.0) -> None:
        self.root = root.expanduser().resolve()
        self.feed = feed
        self.lock_timeout_seconds = lock_timeout_seconds

    def __repr__(self) -> str:
        return f"LocalLake({str(self.root)!r})"

    def land(self, source: Path, day: date) -> LandedFile:
        folder = self.root / day_folder(LANDING, day)
        final = folder / landing_name(source, self.feed)
        temporary = folder / f".{final.name}{TEMPORARY}"
        with readable(source) as reading, self._locked(f"{day}.landing", f"The landing of {day}"):
            with as_lake_errors("land", final):
                folder.mkdir(parents=True, exist_ok=True)
                older = [path for path in landing_files(folder) if path != final]
            try:
                digest, size = copy(reading, source, temporary)
                with as_lake_errors("land", final):
                    make_visible(temporary, final)
            finally:
                with suppress(OSError):  # what matters is the error under way; prune removes what is left
                    temporary.unlink(missing_ok=True)
            with as_lake_errors("remove the file replaced in", folder):
                for path in older:
                    path.unlink(missing_ok=True)
            return landed_file(day, final, final.stat(), digest, size)

    def landed(self, day: date) -> LandedFile:
        folder = self.root / day_folder(LANDING, day)
        with as_lake_errors("read", folder):
            found = sorted(landing_files(folder), key=lambda path: (path.stat().st_mtime_ns, path.name))
        if not found:
            raise manifest.nothing_landed(day, f"{folder}{os.sep}*.csv", self.feed)
        *ignored, newest = found
        if ignored:
            logger.warning("%s has several files; using the newest, %s", folder, newest.name)
        with as_lake_errors("read", newest), newest.open("rb") as file:
            before = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if state(os.fstat(file.fileno())) != state(before):
                raise LakeError(f"{newest} is still being written.", "run again when it is whole")
        return landed_file(day, newest, before, digest, before.st_size)

    def landed_days(self) -> list[date]:
        with as_lake_errors("read", self.root / LANDING):
            return [day for day, folder in self._day_folders(LANDING) if any(landing_files(folder))]

    def arrivals(self) -> list[Arrival]:
        with as_lake_errors("read", self.root / LANDING):
            return in_order(found for day, folder in self._day_folders(LANDING) for found in arrivals(day, folder))

    @contextmanager
    def local_copy(self, landed: LandedFile) -> Iterator[Path]:
        path = Path(landed.uri)
        before = check_same(landed, path)
        try:
            yield path
        except Exception:
            check_same(landed, path, before)  # prefer "the file was replaced" as the explanation
            raise
        check_same(landed, path, before)

    @contextmanager
    def stage(self, dataset: Dataset, day: date, evaluation_id: str) -> Iterator[Path]:
        final = self.root / day_folder(dataset, day) / file_name(dataset, evaluation_id)
        temporary = final.with_name(f".{final.name}{TEMPORARY}")
        with as_lake_errors("write", final):
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
        try:
            yield temporary
            if not temporary.is_file():
                raise manifest.nothing_written(temporary, final)
            with as_lake_errors("write", final):
                make_visible(temporary, final)
        except BaseException as error:
            with suppress(OSError):  # what matters is the error under way; prune removes what is left
                temporary.unlink(missing_ok=True)
            if refused := disk_refusal("write", final, error):
                raise refused from error
            raise

    def publish(self, report: DayReport) -> None:
        for dataset in DATASETS:
            for path in self._named(report, dataset):
                if not path.is_file():
                    raise manifest.not_there(report.day, str(path))
        for place in (manifest_place(report.day), run_manifest_place(report.day, report.run_id)):
            final = self.root / place
            with as_lake_errors("write", final):
                final.parent.mkdir(parents=True, exist_ok=True)
                put(final, manifest.encode(report))

    def report(self, day: date, run_id: str | None = None) -> DayReport | None:
        path = self.root / (manifest_place(day) if run_id is None else run_manifest_place(day, run_id))
        with as_lake_errors("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        return manifest.decode(content, day, str(path), self.feed)

    def days(self) -> list[date]:
        with as_lake_errors("read", self.root / EVALUATION):
            return [day for day, folder in self._day_folders(EVALUATION) if (folder / MANIFEST).is_file()]

    @contextmanager
    def local_files(self, report: DayReport, dataset: Dataset) -> Iterator[Sequence[Path]]:
        paths = self._named(report, dataset)
        self._check_present(report, paths)
        try:
            yield paths
        except Exception:
            self._check_present(report, paths)  # prefer "the files were pruned" as the explanation
            raise

    def prune(self, day: date) -> list[str]:
        current = self.report(day)
        named = {path for dataset in DATASETS for path in (self._named(current, dataset) if current else ())}
        removed = []
        kinds = {day_folder(dataset, day): Path(file_name(dataset, "e")).suffix for dataset in DATASETS}
        for place, kind in {**kinds, day_folder(EVALUATION, day): TEMPORARY}.items():
            folder = self.root / place
            with as_lake_errors("tidy", folder):
                for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                    if path.name.endswith((TEMPORARY, kind)) and path not in named:
                        path.unlink(missing_ok=True)
                        removed.append(str(path.relative_to(self.root)))
        return removed + self._prune_runs(day) + self._prune_landing(day)

    def uri_of(self, dataset: Dataset, day: date, name: str = "") -> str:
        return str(self.root / day_folder(dataset, day) / name)

    @contextmanager
    def lock(self, day: date) -> Iterator[None]:
        with self._locked(str(day), f"The day {day}"):
            yield

    def examine(self) -> Iterator[Finding]:
        yield examine_folder("lake", self.root, "MOVIES_LAKE")

    @contextmanager
    def _locked(self, name: str, what: str, timeout: float | None = None) -> Iterator[None]:
        """Hold a lock of the operating system, which frees it when the holder dies."""
        path = self.root / ".locks" / f"{name}.lock"
        holder = path.with_suffix(".holder")
        lock = FileLock(path)
        with as_lake_errors("lock", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=self.lock_timeout_seconds if timeout is None else timeout, poll_interval=0.1)
            except Timeout as error:
                by = holder.read_text() if holder.is_file() else "another process"
                raise DayLockedError(
                    f"{what} is being worked on by {by}; gave up after {self.lock_timeout_seconds:g} s.",
                    "wait until it has ended, or end it, then run again; "
                    "MOVIES_LOCK_TIMEOUT_SECONDS sets how long to wait",
                ) from error
        try:
            with as_lake_errors("lock", path):
                put(holder, f"process {os.getpid()} on {socket.gethostname()}".encode())
            yield
        finally:
            with suppress(OSError):  # only for messages: who holds it
                holder.unlink(missing_ok=True)
            lock.release()

    def _prune_runs(self, day: date) -> list[str]:
        folder, oldest = self.root / day_folder(RUN, day), time() - RUNS_KEPT.total_seconds()
        removed = []
        with as_lake_errors("tidy", folder):
            for path in entries(folder):
                if path.name.endswith(TEMPORARY) or path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
                    removed.append(str(path.relative_to(self.root)))
        return removed

    def _prune_landing(self, day: date) -> list[str]:
        folder = self.root / day_folder(LANDING, day)
        removed = []
        leftovers = [path for path in entries(folder) if path.name.endswith(TEMPORARY)]
        with suppress(DayLockedError):  # a file is landing right now
            if leftovers:
                with self._locked(f"{day}.landing", f"The landing of {day}", timeout=0), as_lake_errors("tidy", folder):
                    for path in leftovers:
                        path.unlink(missing_ok=True)
                        removed.append(str(path.relative_to(self.root)))
        return removed

    def _named(self, report: DayReport, dataset: Dataset) -> list[Path]:
        folder = self.root / day_folder(dataset, report.day)
        return [folder / name for name in report.files.get(dataset, ())]

    def _check_present(self, report: DayReport, paths: list[Path]) -> None:
        missing = [str(path) for path in paths if not path.is_file()]
        if missing:
            raise manifest.gone(report, self.report(report.day), missing, self.feed)

    def _day_folders(self, area: str) -> Iterator[tuple[date, Path]]:
        for folder in sorted(entries(self.root / area)):
            if day := day_of_folder(folder.name):
                yield day, folder
