"""`dqdl`: a ruleset on any CSV or Parquet file."""

import json as codec
import re
import shlex
from collections.abc import Callable
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
from movie_assets.errors import HeaderError, PipelineError
from movie_assets.reading.folders import read_text
from movie_assets.reading.header import read_header
from movie_assets.visible import as_json


class File(click.Path):
    """A path; an empty one would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


FILE = File(path_type=Path)

_COMMA = re.compile(r",(?![^(]*\))")
"""Between types, not within decimal(10,2)."""

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


def _named(between: str, shape: str, example: str) -> Callable[..., Any]:
    """Parses an option of name=value pairs: separated by commas, or one per option."""

    def read(_: click.Context, option: click.Parameter, given: str | tuple[str, ...] | None) -> dict[str, str] | None:
        if not given:
            return None if given is None else {}
        from movie_assets.setting_types import named  # imports pydantic: a quarter of a second

        try:
            return named(_COMMA.split(given) if isinstance(given, str) else given, between, shape)
        except ValueError as error:
            raise click.BadParameter(f"it takes {error}; as in {option.opts[0]} {example}") from error

    return read


def _choice(allowed: Any) -> click.Choice[str]:
    return click.Choice(get_args(allowed), case_sensitive=False)


@dqdl.command()
@click.argument("ruleset", type=FILE)
@click.argument("data", type=FILE)
@click.option(
    "--types",
    metavar="a:string,b:long",
    callback=_named(":", "name:type", "year:long,title:string"),
    help="Types of CSV columns; those not named are strings.",
)
@click.option(
    "--reference",
    "references",
    metavar="alias=path",
    multiple=True,
    callback=_named("=", "alias=path", "people=people.csv"),
    help="A table that rules name; may be repeated.",
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
    types: dict[str, str] | None,
    references: dict[str, str],
    history: Path | None,
    strict: bool,
    json: bool,
    **options: Any,
) -> None:
    """Judge DATA, a CSV or Parquet file or a folder of Parquet files, by RULESET.

    Exit code 0: all rules passed; 1: some failed; 2: could not run; 130 or 143: interrupted.
    """
    parsed = language.parse(read_text(ruleset, "ruleset"))
    result = language.evaluate(
        parsed,
        data,
        types=_movies_types(data) if types is None else types,
        references=references,
        history=_history(history) if history else None,
        **options,
    )
    if strict and result.unreadable:
        raise PipelineError(f"'{data}' has {_lines(result)}.", "without --strict they are left out")
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


def _history(file: Path) -> Any:
    try:
        return codec.loads(read_text(file, "history"))
    except (ValueError, RecursionError) as error:
        raise PipelineError(f"The history '{file}' is not JSON: {error}.") from error


def _movies_types(data: Path) -> dict[str, str] | None:
    """The contract's types if a CSV has the movies' header; None makes all columns strings."""
    if is_parquet(data) or not data.is_file():
        return None
    header = read_header(data).names
    # The contract imports pandera, which takes a second: skip it for files with another number of columns.
    if len(header) < MOVIE_COLUMNS:
        return None
    from movie_assets.movies.feed import CONTRACT

    try:
        places = CONTRACT.match_header(header).mapping
    except HeaderError:
        return None
    return {header[places[column.stored_name]]: column.kind for column in CONTRACT.columns}


MOVIE_COLUMNS = 16


def _print(result: EvaluationResult) -> None:
    out = console()
    failed = [outcome for outcome in result.rule_outcomes if not outcome.passed]
    totals = result.row_totals
    passed = len(result.rule_outcomes) - len(failed)
    out.print(
        f"{passed} of {len(result.rule_outcomes)} rules passed, score {result.score:.4f}; "
        f"{printing.counted(totals.total, 'row')}: {totals.accepted:,} accepted, {totals.quarantined:,} quarantined"
        + (f"; {_lines(result)} left out" if result.unreadable else "")
    )
    if failed:
        out.print(printing.failed_rules(failed))


def _hint(result: EvaluationResult) -> None:
    """A hint on `--types`, if rules that compare numbers failed on text."""
    reasons = "\n".join(outcome.failure_reason or "" for outcome in result.rule_outcomes)
    if columns := list(dict.fromkeys(NUMBER_MEETS_TEXT.findall(reasons))):
        types = ",".join(f"{column}:double" for column in columns)
        console(stderr=True).print(f"Hint: a CSV's columns are text; for numbers, add --types {shlex.quote(types)}")


def _lines(result: EvaluationResult) -> str:
    return f"{printing.counted(result.unreadable, 'line')} that can't be read"
