"""`dqdl`: a ruleset on any CSV or Parquet file."""

import csv
from pathlib import Path
from typing import Literal

import click

from movie_assets import dqdl as language
from movie_assets.cli import printing
from movie_assets.cli.options import Group, console
from movie_assets.dqdl.evaluation.outcomes import EvaluationResult
from movie_assets.errors import HeaderError, MoviesError
from movie_assets.visible import as_json

FILE = click.Path(path_type=Path)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def dqdl() -> None:
    """Judge data by a ruleset in DQDL, the language of AWS Glue Data Quality."""


@dqdl.command()
@click.argument("ruleset", type=FILE)
@click.argument("data", type=FILE)
@click.option("--types", metavar="a:string,b:long", help="Types of CSV columns; those not named are strings.")
@click.option("--nulls", type=click.Choice(["fail", "ignore"]), default="fail", show_default=True)
@click.option("--json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def check(
    context: click.Context,
    ruleset: Path,
    data: Path,
    types: str | None,
    nulls: Literal["fail", "ignore"],
    json: bool,
) -> None:
    """Judge the CSV or Parquet file DATA by RULESET.

    Exit code 0: all rules passed; 1: some failed; 2: could not run.
    """
    parsed = language.parse(_text_of(ruleset))
    if not data.is_file():
        raise MoviesError(f"There is no file '{data}'.", "DATA is a CSV or Parquet file")
    result = language.evaluate(parsed, data, nulls=nulls, types=_types_of(types, data))
    if json:
        console().print(as_json(as_plain(result)))
    else:
        _print(result)
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
    }


def _text_of(ruleset: Path) -> str:
    try:
        return ruleset.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MoviesError(f"The ruleset '{ruleset}' can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise MoviesError(f"The ruleset '{ruleset}' is not UTF-8 text.") from error


def _types_of(given: str | None, data: Path) -> dict[str, str] | None:
    """The types named, or the contract's where a CSV has the movies' header; None leaves all to be strings."""
    if given is not None:
        pairs = [pair.partition(":") for pair in given.split(",") if pair.strip()]
        wrong = next((name for name, colon, type_ in pairs if not (name.strip() and colon and type_.strip())), None)
        if wrong is not None:
            raise click.BadParameter(f"{wrong!r} is not name:type, as in --types year:long,title:string")
        return {name.strip(): type_.strip() for name, _, type_ in pairs}
    if data.suffix.lower() == ".parquet":
        return None
    header = _header(data)
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


def _header(data: Path) -> list[str]:
    with data.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader(file), [])


def _print(result: EvaluationResult) -> None:
    out = console()
    failed = [outcome for outcome in result.rule_outcomes if not outcome.passed]
    totals = result.row_totals
    passed = len(result.rule_outcomes) - len(failed)
    out.print(
        f"{passed} of {len(result.rule_outcomes)} rules passed, score {result.score:.4f}; "
        f"{totals.total} rows: {totals.accepted} accepted, {totals.quarantined} quarantined"
    )
    if failed:
        out.print(printing.failed_rules(failed), soft_wrap=False)
