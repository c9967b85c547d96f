"""`make bench`: the whole job beside its limit, interleaved in one run; prints a Markdown table.

Each is a process of its own; figures are the operating system's: wall, user plus system time, peak resident set.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

FOLDER = Path(".movies/bench")
DAY = date(2024, 3, 24)


@dataclass(frozen=True, slots=True)
class Figures:
    """One process: seconds of wall and CPU, peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def measure(module: str, source: Path) -> Figures:
    """Run a module on the file in a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(source), str(FOLDER)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read().strip()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status):
        raise click.ClickException(f"{module} failed")
    if said:
        click.echo(f"  {said}", err=True)
    scale = 1 if sys.platform == "darwin" else 1024
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale / 1e6)


def median(runs: list[Figures]) -> Figures:
    return Figures(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "peak")))


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Rows of the sample file.")
@click.option("--dirt", default=0.05, show_default=True, help="Share of rows with dirt, over all kinds together.")
@click.option("--runs", default=3, show_default=True, help="Runs of each; the median is shown.")
def main(rows: int, dirt: float, runs: int) -> None:
    """Measure the whole job beside its limit."""
    from movie_assets.movies.sample import DIRT, write_sample

    FOLDER.mkdir(parents=True, exist_ok=True)
    source = FOLDER.resolve() / f"movies-{rows}-{dirt}.csv"
    if not source.exists():
        total = sum(DIRT.values())
        write_sample(source, rows=rows, day=DAY, dirt={kind: rate * dirt / total for kind, rate in DIRT.items()})
    limit, job = [], []
    for _ in range(runs):
        limit.append(measure("benchmarks.limit", source))
        job.append(measure("benchmarks.whole_job", source))
    click.echo(table(source, rows, dirt, runs, median(limit), median(job)))


def _cells(figures: Figures) -> str:
    return f"{figures.wall:.2f} | {figures.cpu:.2f} | {figures.peak:.0f}"


def table(source: Path, rows: int, dirt: float, runs: int, limit: Figures, job: Figures) -> str:
    size = source.stat().st_size / 1e6
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {date.today()}"
    return "\n".join(
        [
            f"{rows:,} rows, {size:.0f} MB, {dirt:.0%} with dirt; medians of {runs}, interleaved; {machine}.",
            "",
            "| process | wall s | CPU s | peak MB |",
            "|---|---|---|---|",
            f"| limit: Polars scan_csv to sink_parquet, no rules | {_cells(limit)} |",
            f"| whole job: 43 rules, row lists, contract, Parquet | {_cells(job)} |",
            f"| ratio | {job.wall / limit.wall:.2f} | {job.cpu / limit.cpu:.2f} | {job.peak / limit.peak:.2f} |",
        ]
    )


if __name__ == "__main__":
    main()
