"""Shared by both programs: error messages, options for days, the console."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

from movie_assets.cli.stopping import ended_by_signals
from movie_assets.dqdl import DQDLError
from movie_assets.errors import PipelineError
from movie_assets.program import FIRST_FEED

if TYPE_CHECKING:
    from movie_assets.cli.terminal import Terminal
    from movie_assets.feed import Feed
    from movie_assets.settings import Settings


class Group(click.Group):
    """Commands that end on a foreseeable error or a signal with one message and an exit code, without a traceback."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        # A command without a short help is listed with as much of its help as fits a line.
        cmd.short_help = cmd.short_help or " ".join((cmd.help or "").partition("\n\n")[0].split())
        super().add_command(cmd, name)

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        with ended_by_signals():
            return self._main(*args, standalone_mode=standalone_mode, **extra)

    def _main(self, *args: Any, standalone_mode: bool, **extra: Any) -> Any:
        run: Callable[..., Any] = super().main
        if not standalone_mode:
            return run(*args, standalone_mode=False, **extra)
        try:
            sys.exit(run(*args, standalone_mode=False, **extra))
        except click.ClickException as error:
            said = StringIO()
            error.show(said)
            console(stderr=True).print(said.getvalue(), end="")
            sys.exit(error.exit_code)
        except OSError as error:  # for example, the output goes to a full disk
            at = f" (at {error.filename})" if error.filename else ""
            with suppress(OSError):
                console(stderr=True).print(f"Error: the operating system refuses: {error.strerror or error}{at}.")
            _drop_output()  # or Python would try to write the rest again at exit
            sys.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (PipelineError, DQDLError) as error:
            raise Refusal(error) from error
        except ModuleNotFoundError as error:
            missing = f"This needs the package {error.name}, which is not installed."
            raise Refusal(
                PipelineError(missing, "make install, or pip install '.[aws]' in the project's folder")
            ) from error


def _drop_output() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)


class Refusal(click.ClickException):
    """A foreseeable error as a click exception."""

    exit_code = 2

    def __init__(self, error: PipelineError | DQDLError) -> None:
        hint = error.hint if isinstance(error, PipelineError) else None
        said = error.message if isinstance(error, PipelineError) else str(error)
        super().__init__(said if hint is None else f"{said}\nHint: {hint}")


class StoppedRun(Refusal):
    """A run stopped by a signal."""

    exit_code = 128 + signal.SIGINT


class Day(click.ParamType[date]):
    """A day written as 2024-03-24."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2024-03-24", param, ctx)


class Days(click.ParamType[list[date]]):
    """A range of days written as 2024-03-24..2024-03-26, inclusive."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[date]:
        if isinstance(value, list):
            return value
        first, dots, last = str(value).partition("..")
        if not dots:
            self.fail(f"{value!r} is not a range of days; write it as 2024-03-24..2024-03-26", param, ctx)
        start, end = (Day().convert(text.strip(), param, ctx) for text in (first, last))
        if end < start:
            self.fail(f"{value!r} ends before it starts", param, ctx)
        return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def chosen() -> "tuple[Settings, Feed]":
    """The settings, and the feed that `--feed` names.

    Raises: SettingsError; FeedError, if there is no such feed.
    """
    from movie_assets.feeds import feed_named
    from movie_assets.settings import settings

    found = settings()
    return found, feed_named(found, click.get_current_context().find_root().params.get("feed", FIRST_FEED))


ROWS = click.IntRange(1, 1_000_000_000)
"""Rows to show."""

JSON = click.option("--json", is_flag=True, help="Print JSON, for programs.")


def one_or_many(day: date | None, days: list[date] | None) -> list[date]:
    """The days of `--day` or `--days`; exactly one must be given."""
    if (day is None) == (days is None):
        raise click.UsageError("Give --day D or --days A..B.")
    return days if days is not None else [day] if day is not None else []


def console(*, stderr: bool = False) -> "Terminal":
    """The console for people."""
    from movie_assets.cli.terminal import Terminal  # imports rich, which --help does not need

    return Terminal(stderr=stderr)
