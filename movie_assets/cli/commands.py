"""`movies`: land a file, run days, open the UI."""

import os
import socket
from datetime import UTC, date, datetime
from pathlib import Path

import click

from movie_assets.cli.catalog import catalog
from movie_assets.cli.doctor import doctor
from movie_assets.cli.history import history
from movie_assets.cli.options import Day, Days, Group, StoppedRun, chosen, console, one_or_many
from movie_assets.cli.show import query, show, status
from movie_assets.errors import PipelineError
from movie_assets.lake import configured_lake
from movie_assets.program import FIRST_FEED
from movie_assets.scratch import Scratch
from movie_assets.settings import settings
from movie_assets.visible import visible

DAY = click.option("--day", type=Day(), help="A day: 2024-03-24.")
DAYS = click.option("--days", type=Days(), help="A range of days: 2024-03-24..2024-03-26.")
SAMPLE_NAME = "imdb_movies_rating.csv"


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--feed", default=FIRST_FEED, show_default=True, help="The feed that the command is about.")
def movies(feed: str) -> None:
    """The daily file of movies, from the landed CSV to the warehouse.

    Exit code 0: done; 1: a run failed, or an alert was not delivered; 2: could not be tried (usage, settings, a file
    that is refused); 130 or 143: stopped by Ctrl-C or SIGTERM.
    """


movies.add_command(catalog)
movies.add_command(doctor)
movies.add_command(history)
movies.add_command(query)
movies.add_command(status)
movies.add_command(show)


@movies.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--day", type=Day(), required=True, help="The day the file is of: 2024-03-24.")
def land(file: Path, day: date) -> None:
    """Copy the CSV FILE to the lake, as the file of a day; an earlier file of that day is replaced."""
    _land(file, day)


@movies.command()
@DAY
@DAYS
@click.option("--rows", type=click.IntRange(min=0), default=1000, show_default=True, help="Films per file.")
@click.option("--dirt", metavar="SHARE|KIND=SHARE,...", help="Share of rows with dirt, of all kinds or by kind.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the file here and land nothing; one day only.")
def sample(day: date | None, days: list[date] | None, rows: int, dirt: str | None, out: Path | None) -> None:
    """Make a look-alike of the daily file, of fictional films, and land it."""
    from movie_assets.movies.sample import write_sample

    wanted = one_or_many(day, days)
    _, feed = chosen()
    if feed.name != FIRST_FEED:
        raise PipelineError(f"There is no sample of {feed.name}.", "samples are of movies only: movies sample")
    shares = _shares(dirt)
    if out is not None:
        if len(wanted) > 1:
            raise click.UsageError("--out takes one --day.")
        report = write_sample(out, rows=rows, day=wanted[0], dirt=shares)
        console().print(f"wrote {out} ({report.rows:,} films)")
        return
    for each in wanted:
        with Scratch() as folder:
            path = folder / SAMPLE_NAME
            write_sample(path, rows=rows, day=each, dirt=shares)
            _land(path, each)


@movies.command()
@DAY
@DAYS
def run(day: date | None, days: list[date] | None) -> None:
    """Run the days: judge the landed file, load the accepted rows, deliver alerts."""
    wanted = one_or_many(day, days)
    from movie_assets.cli.running import InterruptedRunError, run_and_print  # imports Dagster: a second and a half

    try:
        done = run_and_print(*chosen(), wanted, datetime.now(UTC))
    except InterruptedRunError as error:
        raise StoppedRun(error) from error
    if not done:
        raise SystemExit(1)


@movies.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def ui(port: int, host: str) -> None:
    """Open the Dagster UI on the runs made here; stop it with Ctrl-C."""
    import sys

    from movie_assets.feeds import feeds
    from movie_assets.pipeline.home import environment, open_instance
    from movie_assets.pipeline.ingestion import configured_ingestion
    from movie_assets.pipeline.running import close_killed_runs

    found = settings()
    for feed in feeds(found):
        _ = configured_ingestion(found, feed).keys.assets  # raised here, before Dagster wraps the error
    with open_instance(found) as instance:
        close_killed_runs(instance)
    child = environment(found)
    _require_address(host, port)
    console().print(f"The Dagster UI: http://{host}:{port} (Ctrl-C stops it)")
    quiet = ["-W", "ignore:Function `dev_command` is superseded"]  # from a package that nothing else needs
    program = [
        sys.executable,
        *quiet,
        "-m",
        "dagster",
        "dev",
        "-m",
        "movie_assets.definitions",
        "-h",
        host,
        "-p",
        str(port),
    ]
    os.execve(sys.executable, program, child)


def _require_address(host: str, port: int) -> None:
    """Raises: PipelineError, if nothing can listen there: Dagster's daemon would go on without its UI."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise PipelineError(
            f"The UI can't listen on {host}:{port}: {error.strerror or error}.", "choose others: --host, --port"
        ) from error


def _land(file: Path, day: date) -> None:
    found, feed = chosen()
    if day < feed.start_date:
        raise PipelineError(
            f"There is no partition for {day}, so no run could take the file: the first day is {feed.start_date}.",
            f"{feed.set_by('start_date')} sets it",
        )
    landed = configured_lake(found, feed).land(file, day)
    console().print(f"landed {visible(landed.uri)} ({landed.size:,} bytes)")


def _shares(dirt: str | None) -> dict[str, float] | None:
    """`0.1`: a tenth of the rows in total, kinds in their default proportion; or a share by name."""
    from movie_assets.movies.sample import DIRT

    if dirt is None:
        return None
    try:
        if "=" not in dirt:
            total = float(dirt)
            return {kind: share * total / sum(DIRT.values()) for kind, share in DIRT.items()}
        return {kind.strip(): float(share) for kind, share in (pair.split("=") for pair in dirt.split(","))}
    except ValueError as error:
        raise PipelineError(
            f"--dirt {dirt!r} is not understood.", "write 0.1, or blank_title=0.01,ragged_line=0.02"
        ) from error
