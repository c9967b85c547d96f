"""Finds landed files that no run has seen, from one listing, the manifests and Dagster's runs.

Manifests say what was judged and runs what was requested: there is no third list that could disagree. The cursor only
skips months whose listing has not changed since nothing in them was left to do.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import groupby
from time import monotonic

import dagster as dg

from movie_assets.errors import LakeError
from movie_assets.lake import Arrival
from movie_assets.lake.arrived import is_old
from movie_assets.pipeline.cursors import read_cursor
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.keys import Keys
from movie_assets.pipeline.partitions import PARTITION
from movie_assets.visible import visible

RUNS_PER_POLL = 10
SECONDS_PER_POLL = 30.0

RUN_KEY = "dagster/run_key"
"""Dagster's tag for the run key of a request."""

FILE = "file"
"""The tag of a run with the name of the file that it was requested for."""

FILES = "files"
"""The tag of a run whose day had several files, with the one taken."""

_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _ENDED]


@dataclass(frozen=True, slots=True)
class News:
    """A day's file that no run has seen, and the number of files in the day."""

    arrival: Arrival
    files: int

    @property
    def run_key(self) -> str:
        """The key of one version of the file; a version that comes back gets another key."""
        arrival = self.arrival
        return f"{arrival.uri} {arrival.version or arrival.size} {arrival.landed_at.isoformat()}"

    @property
    def tags(self) -> dict[str, str]:
        """Short enough for a column of the UI."""
        return {FILE: visible(self.arrival.name)} | ({} if self.files == 1 else {FILES: f"newest of {self.files}"})

    def __str__(self) -> str:
        name = visible(self.arrival.name)
        return name if self.files == 1 else f"{name}, the newest of {self.files} files"


@dataclass(slots=True)
class Poll:
    """The result of a poll; `waiting` and `problems` describe what it left to the next one."""

    news: list[News] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    strange: list[date] = field(default_factory=list)
    cursor: str = "{}"


def poll(
    ingestion: Ingestion,
    instance: dg.DagsterInstance,
    cursor: str | None,
    now: datetime,
    *,
    runs: int = RUNS_PER_POLL,
    seconds: float = SECONDS_PER_POLL,
) -> Poll:
    """The files that no run has seen, oldest day first, because dynamic rules look back to earlier days.

    At most `runs` of them and for about `seconds`; the next poll, given the cursor, goes on with the others.

    Raises:
        LakeError: the landed files can't be listed.
    """
    done = read_cursor("the arrivals", cursor, _months)
    found, settled = Poll(), {}
    # Read the runs before the manifests: a run that ends in between has written its manifest by then.
    poller = _Poller(
        ingestion, instance, now, unfinished_runs(instance, ingestion.keys), runs, monotonic() + seconds, found
    )
    arrivals = list(_of_partitions(ingestion, now, found))
    for month, group in groupby(arrivals, key=lambda arrival: f"{arrival.day:%Y-%m}"):
        listed = list(group)
        mark = _mark(listed)
        if done.get(month) == mark or poller.at(listed):
            settled[month] = mark
    found.cursor = json.dumps(settled)
    return found


def unfinished_runs(instance: dg.DagsterInstance, keys: Keys) -> dict[str, str]:
    """The id of an active or queued run of the feed, by partition."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    return {run.tags[PARTITION]: run.run_id for run in runs if PARTITION in run.tags and keys.owns(run)}


def _of_partitions(ingestion: Ingestion, now: datetime, found: Poll) -> Iterator[Arrival]:
    """The arrivals of the feed's partitions; other days are recorded in `found`."""
    with dg.partition_loading_context(effective_dt=now):
        keys = ingestion.days
        first, last = keys.get_first_partition_key(), keys.get_last_partition_key()
    for arrival in ingestion.lake.arrivals():
        if first is not None and last is not None and first <= arrival.day.isoformat() <= last:
            yield arrival
        elif arrival.day not in found.strange[-1:]:
            found.strange.append(arrival.day)


def _months(stored: dict[str, str]) -> dict[str, str]:
    return {month: str(mark) for month, mark in stored.items()}


def _mark(listed: Sequence[Arrival]) -> str:
    """A fingerprint of a listing."""
    return sha256(repr(listed).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Poller:
    """The state of a poll; `working` has the unfinished runs by partition."""

    ingestion: Ingestion
    instance: dg.DagsterInstance
    now: datetime
    working: Mapping[str, str]
    runs: int
    until: float
    found: Poll

    def at(self, listed: Sequence[Arrival]) -> bool:
        """Check the days of a month; returns whether nothing is left for the next poll."""
        left = 0
        for day, group in groupby(listed, key=lambda arrival: arrival.day):
            if len(self.found.news) >= self.runs or monotonic() >= self.until:
                return False
            files = list(group)
            news = News(files[-1], len(files))
            try:
                if waiting := self._unsettled(news.arrival):
                    self.found.waiting.append(visible(f"{day}: {waiting}"))
                elif self._is_known(news):
                    continue
                elif run_id := self.working.get(day.isoformat()):
                    self.found.waiting.append(f"{day}: run {run_id} works on the day")
                else:
                    self.found.news.append(news)
                    continue
            except LakeError as error:
                self.found.problems.append(str(error))
            left += 1
        return left == 0

    def _unsettled(self, arrival: Arrival) -> str | None:
        """Why a file may be incomplete."""
        if arrival.written_at is None:
            return None
        age = (self.now - arrival.written_at).total_seconds()
        return (
            f"{arrival.name} was written to {age:.0f} s ago"
            if age < self.ingestion.settings.arrival_settle_seconds
            else None
        )

    def _is_known(self, news: News) -> bool:
        """Whether this file or a newer one was judged, or a run was requested for it, whatever its end."""
        report = self.ingestion.lake.report(news.arrival.day)
        if report is not None and is_old(self.ingestion.lake, news.arrival, report.source):
            return True
        return bool(self.instance.get_runs(dg.RunsFilter(tags={RUN_KEY: news.run_key}), limit=1))
