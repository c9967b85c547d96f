"""`movies run`: days through Dagster, told in a few lines each."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from rich.console import Console
from rich.status import Status

from movie_assets.alerts import Audience, configured_audience
from movie_assets.cli import printing
from movie_assets.cli.options import console
from movie_assets.definitions import pipeline
from movie_assets.errors import AdapterError
from movie_assets.lake import Lake, configured_lake
from movie_assets.pipeline.alerting import Delivery, deliver_from_command_line
from movie_assets.pipeline.home import open_instance
from movie_assets.pipeline.partitions import require_partition
from movie_assets.pipeline.reporting import Progress
from movie_assets.pipeline.running import DayRun, InterruptedRunError, close_killed_runs, run_day
from movie_assets.pipeline.schedules import JOB
from movie_assets.settings import Settings
from movie_assets.warehouse import MOVIES, configured_warehouse

__all__ = ["InterruptedRunError", "run_and_print"]


class Shown(Progress):
    """Progress as a line that moves while a day is worked on; nothing of it stays, and a pipe gets none."""

    def __init__(self, status: Status, day: date | None = None) -> None:
        self.status = status
        self.day = day

    def __call__(self, doing: str) -> None:
        self.status.update(f"{self.day}: {doing} ...")


def run_and_print(settings: Settings, days: Sequence[date], now: datetime) -> bool:
    """Run the days and say what became of each; whether all runs succeeded and all alerts were delivered."""
    for day in days:
        require_partition(settings, day)
    logging.getLogger("movie_assets.alerts").addHandler(logging.NullHandler())  # told below, in one line
    out = console()
    lake = configured_lake(settings)
    with out.status("starting ...") as status, open_instance(settings) as instance:
        close_killed_runs(instance)
        progress = Shown(status)
        definitions = pipeline(settings, progress)
        job = definitions.resolve_job_def(JOB)
        runs = []
        for day in days:
            progress.day = day
            progress("starting")
            runs.append(run_day(job, instance, day))
            _print_day(out, lake, runs[-1])
        status.update("delivering alerts ...")
        audience = configured_audience(settings)
        delivery = deliver_from_command_line(instance, audience, lake, settings, now)
    _print_places(out, settings, audience, delivery)
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


def _print_places(out: Console, settings: Settings, audience: Audience, delivery: Delivery) -> None:
    told = f"{', '.join(map(str, audience.publishers))} ({delivery.sent} new)"
    if audience.recorders:
        told += f"; every evaluation: {', '.join(map(str, audience.recorders))}"
    if delivery.problem:
        told += f"; not delivered: {delivery.problem.rstrip('.')}. The next run tries again."
    places = {
        "files": settings.lake,
        "table": f"{settings.warehouse}: {MOVIES}, {_rows(settings)}",
        "alerts": told,
        "UI": "make ui (or: movies ui)",
    }
    for name, place in places.items():
        out.print(f"{name:8}{place}")


def _rows(settings: Settings) -> str:
    try:
        loaded = configured_warehouse(settings).loaded()
    except AdapterError as error:
        return error.message
    return f"{printing.counted(sum(loaded.values()), 'row')} of {printing.counted(len(loaded), 'day')}"
