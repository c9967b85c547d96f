"""`movies run`: runs days through Dagster and prints a few lines for each."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from rich.console import Console
from rich.status import Status

from movie_assets.alerts import Alert, Evaluation, Publishers, configured_publishers
from movie_assets.cli import printing
from movie_assets.cli.options import console
from movie_assets.definitions import pipeline
from movie_assets.errors import AdapterError
from movie_assets.feed import Feed
from movie_assets.lake import Lake, lake_uri
from movie_assets.pipeline.alerting import Delivery, deliver_from_command_line
from movie_assets.pipeline.home import open_instance
from movie_assets.pipeline.ingestion import Ingestion, Progress, configured_ingestion
from movie_assets.pipeline.running import DayRun, InterruptedRunError, close_killed_runs, run_day
from movie_assets.settings import Settings

__all__ = ["InterruptedRunError", "run_and_print"]


class Shown(Progress):
    """Progress as a status line while a day runs; it is erased at the end, and never goes to a pipe."""

    def __init__(self) -> None:
        self.status: Status | None = None
        self.day: date | None = None

    def __call__(self, doing: str) -> None:
        if self.status is not None:
            self.status.update(f"{self.day}: {doing} ...")


def run_and_print(settings: Settings, feed: Feed, days: Sequence[date], now: datetime) -> bool:
    """Run the days and print the result of each; returns whether all runs succeeded and all alerts were delivered."""
    progress = Shown()
    ingestion = configured_ingestion(settings, feed, progress)
    for day in days:
        ingestion.require_partition(day)
    logging.getLogger("movie_assets.alerts").addHandler(logging.NullHandler())  # told below, in one line
    out = console()
    with out.status("starting ...") as status, open_instance(settings) as instance:
        close_killed_runs(instance)
        progress.status = status
        job = pipeline(ingestion).resolve_job_def(ingestion.keys.job)
        runs = []
        for day in days:
            progress.day = day
            progress("starting")
            runs.append(run_day(feed, job, instance, day))
            _print_day(out, ingestion.lake, runs[-1])
        status.update("delivering alerts ...")
        publishers = configured_publishers(settings)
        delivery = deliver_from_command_line(ingestion, instance, publishers, now)
    _print_places(out, ingestion, publishers, delivery)
    return delivery.problem is None and all(run.problem is None for run in runs)


def _print_day(out: Console, lake: Lake, run: DayRun) -> None:
    report = lake.report(run.day)
    out.print(str(run.day), style="bold")
    if report is not None and report.run_id == run.run_id:
        out.print(printing.summary(report))
        if report.extra_columns:
            out.print(f"columns the contract does not know, kept out: {', '.join(report.extra_columns)}")
        if report.failed_rules:
            out.print(printing.failed_rules(report.failed_rules))
    if run.problem is not None:
        out.print(f"the run failed: {run.problem}", style="red")
    out.print()


def _print_places(out: Console, ingestion: Ingestion, publishers: Publishers, delivery: Delivery) -> None:
    alerted, counting = (
        ", ".join(str(publisher) for publisher in publishers if publisher.kind is kind) for kind in (Alert, Evaluation)
    )
    told = f"{alerted} ({delivery.sent} new)"
    if counting:
        told += f"; every evaluation: {counting}"
    if delivery.problem:
        told += f"; not delivered: {delivery.problem.rstrip('.')}. The next run tries again."
    places = {
        "files": lake_uri(ingestion.settings, ingestion.feed),
        "table": f"{ingestion.settings.warehouse}: {ingestion.feed.table}, {_rows(ingestion)}",
        "alerts": told,
        "UI": "make ui (or: movies ui)",
    }
    for name, place in places.items():
        out.print(f"{name:8}{place}")


def _rows(ingestion: Ingestion) -> str:
    try:
        loaded = ingestion.warehouse.loaded()
    except AdapterError as error:
        return error.message
    return f"{printing.counted(sum(loaded.values()), 'row')} of {printing.counted(len(loaded), 'day')}"
