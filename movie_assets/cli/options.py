"""What both programs share: errors in one message, days as options, where text goes."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from movie_assets.dqdl import DQDLError
from movie_assets.errors import MoviesError

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 120
"""Columns of text where there is no terminal to ask."""


class Group(click.Group):
    """Commands whose foreseeable errors are one message and exit code 2, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (MoviesError, DQDLError) as error:
            raise Refusal(error) from error


class Refusal(click.ClickException):
    """A foreseeable error on its way to the terminal."""

    exit_code = 2

    def __init__(self, error: MoviesError | DQDLError) -> None:
        super().__init__(error.message if isinstance(error, MoviesError) else str(error))
        self.hint = error.hint if isinstance(error, MoviesError) else None

    def show(self, file: Any = None) -> None:
        super().show(file)
        if self.hint:
            click.echo(f"Hint: {self.hint}", err=True)


class StoppedRun(Refusal):
    """A run that somebody stopped: it was tried."""

    exit_code = 1


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
    """A range of days written as 2024-03-24..2024-03-26, both ends in it."""

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


def one_or_many(day: date | None, days: list[date] | None) -> list[date]:
    """The days of `--day` or `--days`, of which there must be one."""
    if (day is None) == (days is None):
        raise click.UsageError("Give --day D or --days A..B.")
    return days if days is not None else [day] if day is not None else []


def console() -> "Console":
    """Where people read: as wide as the terminal, or PIPED_WIDTH into a pipe."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
