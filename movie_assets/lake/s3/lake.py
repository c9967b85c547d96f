"""A lake in an S3 bucket, or in any compatible store with conditional writes."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

from movie_assets.errors import LakeError, PipelineError
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
from movie_assets.lake.encryption import Encryption
from movie_assets.lake.files import as_lake_errors, disk_refusal
from movie_assets.lake.landing import empty, is_landing_name, landing_name, readable
from movie_assets.lake.s3.lock import LEASE_SECONDS, LOCKING, Lease, hold
from movie_assets.lake.s3.objects import ClientFactory, ObjectGoneError, Objects, Stored, make_client
from movie_assets.lake.scratch import scratch
from movie_assets.model import DayReport, LandedFile
from movie_assets.program import FIRST_FEED
from movie_assets.visible import visible_logger

logger = visible_logger(__name__)

_ABANDONED = timedelta(days=1)
"""The age from which an unfinished upload of a landing counts as abandoned."""


class S3Lake:
    """A `Lake` below a prefix of an existing bucket. Files are read and written through local copies."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        feed: str = FIRST_FEED,
        encryption: Encryption | None = None,
        lock_timeout_seconds: float = 60.0,
        lease_seconds: float = LEASE_SECONDS,
        client_factory: ClientFactory = make_client,
    ) -> None:
        self.feed = feed
        encryption = encryption or Encryption()
        self.objects = Objects(bucket, prefix, encryption=encryption, client_factory=client_factory)
        # For calls that must not block: renewal of a lock, a sensor's listing.
        self._prompt = Objects(bucket, prefix, encryption=encryption, config=LOCKING, client_factory=client_factory)
        self.lock_timeout_seconds = lock_timeout_seconds
        self.lease_seconds = lease_seconds
        self._leases: dict[date, Lease] = {}

    @classmethod
    def at(
        cls,
        uri: str,
        *,
        feed: str = FIRST_FEED,
        encryption: Encryption | None = None,
        lock_timeout_seconds: float = 60.0,
    ) -> Self:
        """The lake at `s3://bucket/prefix`.

        Raises:
            LakeError: the URI is not one.
        """
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        # Not shown: any other URI may hold a password.
        if not bucket.replace("-", "").replace(".", "").replace("_", "").isalnum() or set("?#") & set(prefix):
            raise LakeError(
                "The lake is not at a bucket of S3.", "set MOVIES_LAKE=s3://bucket/prefix; no keys, port or options"
            )
        return cls(
            bucket, prefix.strip("/"), feed=feed, encryption=encryption, lock_timeout_seconds=lock_timeout_seconds
        )

    def __repr__(self) -> str:
        return f"S3Lake({self.objects.uri('')!r})"

    def land(self, source: Path, day: date) -> LandedFile:
        key = f"{day_folder(LANDING, day)}/{landing_name(source, self.feed)}"
        with readable(source) as reading:
            before = [stored for stored in self._landing(day) if stored.key != key]
            with as_lake_errors("read", source), os.fdopen(reading, "rb", closefd=False) as file:
                if not file.peek(1):
                    raise empty(source)
                # A path is read part by part as it is sent; the content of a pipe would have to be kept for retries.
                regular = stat.S_ISREG(os.fstat(reading).st_mode)
                self.objects.upload(source if regular else file, key)
        for older in before:
            if self.objects.find(older.key) == older:  # else it has just landed
                self.objects.delete(older.key)
        landed = self.objects.find(key)
        if landed is None:
            raise LakeError(f"{self.objects.uri(key)} was removed as it landed, by another landing.", "land it again")
        return self._landed_file(day, landed)

    def landed(self, day: date) -> LandedFile:
        found = sorted(self._landing(day), key=lambda stored: (stored.modified, stored.key))
        folder = self.objects.uri(day_folder(LANDING, day))
        if not found:
            raise manifest.nothing_landed(day, f"{folder}/*.csv", self.feed)
        *ignored, newest = found
        if ignored:
            logger.warning("%s has several files; using the newest, %s", folder, newest.key.rpartition("/")[2])
        return self._landed_file(day, newest)

    def landed_days(self) -> list[date]:
        return sorted({arrival.day for arrival in self._arrivals(self.objects)})

    def arrivals(self) -> list[Arrival]:
        return in_order(self._arrivals(self._prompt))

    @contextmanager
    def local_copy(self, landed: LandedFile) -> Iterator[Path]:
        with scratch() as folder:
            copy = folder / landed.name
            try:
                self._fetch(self._check_same(landed), copy)
            except ObjectGoneError as error:
                raise manifest.replaced(landed.uri) from error
            yield copy
        self._check_same(landed)

    @contextmanager
    def stage(self, dataset: Dataset, day: date, evaluation_id: str) -> Iterator[Path]:
        name = file_name(dataset, evaluation_id)
        key = f"{day_folder(dataset, day)}/{name}"
        with scratch() as folder:
            local = folder / name
            try:
                yield local
            except BaseException as error:
                if refused := disk_refusal("write", local, error):
                    raise refused from error
                raise
            if not local.is_file():
                raise manifest.nothing_written(local, self.objects.uri(key))
            with as_lake_errors("read", local):
                self.objects.upload(local, key)

    def publish(self, report: DayReport) -> None:
        for dataset in DATASETS:
            there = {stored.key for stored in self.objects.listing(f"{day_folder(dataset, report.day)}/")}
            for key in self._named(report, dataset):
                if key not in there:
                    raise manifest.not_there(report.day, self.objects.uri(key))
        if lease := self._leases.get(report.day):
            lease.renew()  # an evaluation that lost the lock must not be published
        for place in (manifest_place(report.day), run_manifest_place(report.day, report.run_id)):
            self.objects.put(place, manifest.encode(report))

    def report(self, day: date, run_id: str | None = None) -> DayReport | None:
        key = manifest_place(day) if run_id is None else run_manifest_place(day, run_id)
        found = self.objects.get(key)
        return manifest.decode(found.content, day, self.objects.uri(key), self.feed) if found else None

    def days(self) -> list[date]:
        keys = (stored.key for stored in self.objects.listing(f"{EVALUATION}/"))
        days = {_day_of(key) for key in keys if key.count("/") == 2 and key.endswith(f"/{MANIFEST}")}
        return sorted(day for day in days if day)

    @contextmanager
    def local_files(self, report: DayReport, dataset: Dataset) -> Iterator[Sequence[Path]]:
        with scratch() as folder:
            copies = []
            for stored in self.stored(report, dataset):
                copies.append(folder / stored.key.rpartition("/")[2])
                try:
                    self._fetch(stored, copies[-1])
                except ObjectGoneError as error:
                    raise self._gone(report, stored.key) from error
            yield copies

    def stored(self, report: DayReport, dataset: Dataset) -> list[Stored]:
        """The objects of a dataset that a report names.

        Raises: as `local_files` does.
        """
        found = []
        for key in self._named(report, dataset):
            stored = self.objects.find(key)
            if stored is None:
                raise self._gone(report, key)
            found.append(stored)
        return found

    def prune(self, day: date) -> list[str]:
        current = self.report(day)
        removed = []
        for dataset in DATASETS:
            named = self._named(current, dataset) if current else []
            folder, kind = f"{day_folder(dataset, day)}/", Path(file_name(dataset, "e")).suffix
            for stored in self.objects.listing(folder):
                ours = stored.key.endswith(kind) and "/" not in stored.key.removeprefix(folder)
                if ours and stored.key not in named:
                    self.objects.delete(stored.key)
                    removed.append(stored.key)
            removed += self.objects.abort_uploads(folder)
        oldest = datetime.now(UTC) - RUNS_KEPT
        for stored in self.objects.listing(f"{day_folder(RUN, day)}/"):
            if stored.modified < oldest:
                self.objects.delete(stored.key)
                removed.append(stored.key)
        return removed + self.objects.abort_uploads(f"{day_folder(LANDING, day)}/", _ABANDONED)

    def uri_of(self, dataset: Dataset, day: date, name: str = "") -> str:
        return self.objects.uri(f"{day_folder(dataset, day)}/{name}")

    @contextmanager
    def lock(self, day: date) -> Iterator[None]:
        lease = Lease(self._prompt, f".locks/{day}.json", f"The day {day}", self.lease_seconds)
        with ExitStack() as held:
            held.enter_context(hold(lease, self.lock_timeout_seconds))
            self._leases[day] = lease
            held.callback(self._leases.pop, day)
            yield

    def examine(self) -> Iterator[Finding]:
        """Health checks: a finding per call that the lake makes, under a key of its own that is removed afterwards."""
        from movie_assets.aws.services import ONCE
        from movie_assets.lake.s3.examination import examine

        return examine(self.objects.asked_with(ONCE))

    def _landing(self, day: date) -> list[Stored]:
        return [stored for stored in self.objects.listing(f"{day_folder(LANDING, day)}/") if _is_landed(stored.key)]

    def _arrivals(self, objects: Objects) -> Iterator[Arrival]:
        for stored in objects.listing(f"{LANDING}/"):
            day = _day_of(stored.key)
            if day and _is_landed(stored.key):
                landed = self._landed_file(day, stored)
                yield Arrival(day, landed.uri, landed.name, landed.size, landed.version, landed.landed_at)

    def _landed_file(self, day: date, stored: Stored) -> LandedFile:
        name = stored.key.rpartition("/")[2]
        version = stored.etag.strip('"')
        return LandedFile(day, self.objects.uri(stored.key), name, stored.size, version, stored.modified)

    def _check_same(self, landed: LandedFile) -> Stored:
        stored = self.objects.find(f"{day_folder(LANDING, landed.day)}/{landed.name}")
        if stored is None or (stored.etag.strip('"'), stored.size) != (landed.version, landed.size):
            raise manifest.replaced(landed.uri)
        return stored

    def _fetch(self, stored: Stored, to: Path) -> None:
        with as_lake_errors(f"copy {self.objects.uri(stored.key)} to", to):
            self.objects.download(stored, to)

    def _gone(self, report: DayReport, key: str) -> PipelineError:
        return manifest.gone(report, self.report(report.day), [self.objects.uri(key)], self.feed)

    def _named(self, report: DayReport, dataset: Dataset) -> list[str]:
        return [f"{day_folder(dataset, report.day)}/{name}" for name in report.files.get(dataset, ())]


def _is_landed(key: str) -> bool:
    """Whether an object below landing/ is a day's file: `landing/ingest_date=D/<name>.csv`."""
    folder, _, name = key.rpartition("/")
    return folder.count("/") == 1 and bool(name) and is_landing_name(name)


def _day_of(key: str) -> date | None:
    return day_of_folder(key.split("/")[1])
