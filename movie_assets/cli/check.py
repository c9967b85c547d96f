"""`dqdl`: a ruleset on any CSV or Parquet file."""

import json as codec
import re
import shlex
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click

from movie_assets import dqdl as language
from movie_assets.cli import printing
from movie_assets.cli.options import JSON, Group, console
from movie_assets.dqdl.declaring.judges import NUMERIC, expected_type
from movie_assets.dqdl.declaring.plan import CompositeMethod, FilteredRows, NullPolicy
from movie_assets.dqdl.engines.duckdb.engine import LONGEST_TIMEOUT, RULE_TIMEOUT
from movie_assets.dqdl.engines.duckdb.loading import is_parquet
from movie_assets.dqdl.evaluation.result import EvaluationResult
from movie_assets.errors import HeaderError, MoviesError
from movie_assets.reading.header import read_header
from movie_assets.visible import as_json

FILE = click.Path(path_type=Path)

NUMBER_MEETS_TEXT = re.compile(re.escape(expected_type("\0", NUMERIC, "StringType")).replace("\0", "(.+)"))
"""Why a rule that compares numbers fails on a column of text."""


class Moment(click.ParamType[datetime]):
    """A time in ISO's format; without a zone it is in UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write it as 2024-03-24T08:00 or 2024-03-24T08:00+02:00", param, ctx)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def dqdl() -> None:
    """Judge data by a ruleset in DQDL, the language of AWS Glue Data Quality."""


def _choice(allowed: Any) -> click.Choice[str]:
    return click.Choice(get_args(allowed), case_sensitive=False)


@dqdl.command()
@click.argument("ruleset", type=FILE)
@click.argument("data", type=FILE)
@click.option("--types", metavar="a:string,b:long", help="Types of CSV columns; those not named are strings.")
@click.option(
    "--reference", "references", metavar="alias=path", multiple=True, help="A table that rules name; may be repeated."
)
@click.option("--history", type=FILE, help='Earlier values of metrics, most recent first, as JSON: {"metric": [2, 1]}.')
@click.option("--now", type=Moment(), help="The time of rules that speak of it, in ISO's format. [default: now]")
@click.option(
    "--nulls",
    type=_choice(NullPolicy),
    default="fail",
    show_default=True,
    help="Null cells fail ColumnValues rules, or are left out of them.",
)
@click.option(
    "--composite",
    type=_choice(CompositeMethod),
    default="column",
    show_default=True,
    help="Judge and/or rules on the whole table, or row by row.",
)
@click.option(
    "--filtered-rows",
    type=_choice(FilteredRows),
    default="passed",
    show_default=True,
    help="Where rows land that a rule's where leaves out.",
)
@click.option(
    "--files-root",
    "files",
    metavar="DIR",
    multiple=True,
    type=FILE,
    help="A folder that file rules may look into; may be repeated. [default: DATA's folder]",
)
@click.option(
    "--rule-timeout",
    type=click.FloatRange(0, LONGEST_TIMEOUT, min_open=True),
    default=RULE_TIMEOUT,
    show_default=True,
    help="Seconds a rule may take before it is Failed.",
)
@click.option("--strict", is_flag=True, help="Refuse a CSV with lines that can't be read.")
@JSON
@click.pass_context
def check(
    context: click.Context,
    /,
    ruleset: Path,
    data: Path,
    types: str | None,
    references: tuple[str, ...],
    history: Path | None,
    strict: bool,
    json: bool,
    **options: Any,
) -> None:
    """Judge DATA, a CSV or Parquet file or a folder of Parquet files, by RULESET.

    Exit code 0: all rules passed; 1: some failed; 2: could not run; 130 or 143: interrupted.
    """
    parsed = language.parse(_text_of(ruleset, "ruleset"))
    if not data.exists():
        raise MoviesError(f"There is no file '{data}'.", "DATA is a CSV or Parquet file")
    result = language.evaluate(
        parsed,
        data,
        types=_types_of(types, data),
        references=_references(references),
        history=_history(history) if history else None,
        **options,
    )
    if strict and result.unreadable:
        raise MoviesError(f"'{data}' has {_lines(result)}.", "without --strict they are left out")
    if json:
        console().print(as_json(as_plain(result)))
    else:
        _print(result)
        if types is None and not is_parquet(data):
            _hint(result)
    context.exit(0 if all(outcome.passed for outcome in result.rule_outcomes) else 1)


def as_plain(result: EvaluationResult) -> dict[str, object]:
    """The result as `--json` prints it."""
    totals = result.row_totals
    return {
        "score": result.score,
        "rules": [
            {
                "rule": str(outcome.rule),
                "outcome": outcome.outcome,
                "failure_reason": outcome.failure_reason,
                "metrics": dict(outcome.metrics),
                "evaluated_rule": outcome.evaluated_rule,
                "rows_failed": outcome.rows_failed,
            }
            for outcome in result.rule_outcomes
        ],
        "rows": {"total": totals.total, "accepted": totals.accepted, "quarantined": totals.quarantined},
        "unreadable": result.unreadable,
    }


def _text_of(file: Path, what: str) -> str:
    try:
        with file.open(encoding="utf-8-sig") as opened:
            text = opened.read(LONGEST_TEXT + 1)
    except OSError as error:
        raise MoviesError(f"The {what} '{file}' can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise MoviesError(f"The {what} '{file}' is not UTF-8 text.") from error
    if len(text) > LONGEST_TEXT:
        raise MoviesError(f"The {what} '{file}' is longer than {LONGEST_TEXT:,} characters.")
    return text


def _references(given: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in given:
        alias, equals, path = pair.partition("=")
        if not (alias and equals and path):
            raise click.BadParameter(f"{pair!r} is not alias=path, as in --reference people=people.csv")
        if alias in found:
            raise click.BadParameter(f"two references are called {alias!r}: {found[alias]!r} and {path!r}")
        found[alias] = path
    return found


def _history(file: Path) -> Any:
    try:
        return codec.loads(_text_of(file, "history"))
    except (ValueError, RecursionError) as error:
        raise MoviesError(f"The history '{file}' is not JSON: {error}.") from error


def _types_of(given: str | None, data: Path) -> dict[str, str] | None:
    """The types named, or the contract's where a CSV has the movies' header; None leaves all to be strings."""
    if given is not None:
        pairs = [pair.partition(":") for pair in re.split(r",(?![^(]*\))", given) if pair.strip()]
        wrong = next((name for name, colon, type_ in pairs if not (name.strip() and colon and type_.strip())), None)
        if wrong is not None:
            raise click.BadParameter(f"{wrong!r} is not name:type, as in --types year:long,title:string")
        return {name.strip(): type_.strip() for name, _, type_ in pairs}
    if is_parquet(data) or not data.is_file():
        return None
    header = read_header(data).names
    # The contract brings pandera, a second to import: only a file of that many columns may be one of movies.
    if len(header) != MOVIE_COLUMNS:
        return None
    from movie_assets.contract import columns, match_header

    try:
        places = match_header(header).mapping
    except HeaderError:
        return None
    return {header[places[column.stored_name]]: column.rule_type for column in columns()}


MOVIE_COLUMNS = 16
LONGEST_TEXT = 10_000_000


def _print(result: EvaluationResult) -> None:
    out = console()
    failed = [outcome for outcome in result.rule_outcomes if not outcome.passed]
    totals = result.row_totals
    passed = len(result.rule_outcomes) - len(failed)
    out.print(
        f"{passed} of {len(result.rule_outcomes)} rules passed, score {result.score:.4f}; "
        f"{totals.total} rows: {totals.accepted} accepted, {totals.quarantined} quarantined"
        + (f"; {_lines(result)} left out" if result.unreadable else "")
    )
    if failed:
        out.print(printing.failed_rules(failed))


def _hint(result: EvaluationResult) -> None:
    """Where rules that compare numbers failed on text: how to give a CSV's columns types."""
    reasons = "\n".join(outcome.failure_reason or "" for outcome in result.rule_outcomes)
    if columns := list(dict.fromkeys(NUMBER_MEETS_TEXT.findall(reasons))):
        types = ",".join(f"{column}:double" for column in columns)
        console(stderr=True).print(f"Hint: a CSV's columns are text; for numbers, add --types {shlex.quote(types)}")


def _lines(result: EvaluationResult) -> str:
    return f"{result.unreadable:,} line{'s' * (result.unreadable != 1)} that can't be read"
