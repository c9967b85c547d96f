"""The public function: evaluates a ruleset on a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from movie_assets.dqdl.declaring.file_source import FileSource
from movie_assets.dqdl.declaring.plan import (
    FAIL,
    JUDGED,
    PASS,
    RESULT,
    ROW_ID,
    SKIP,
    CompositeMethod,
    FilteredRows,
    NullPolicy,
    Options,
)
from movie_assets.dqdl.engines.base import EngineError
from movie_assets.dqdl.engines.duckdb.engine import RULE_TIMEOUT, DuckDBEngine
from movie_assets.dqdl.engines.duckdb.loading import load, load_references
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.evaluation import arguments
from movie_assets.dqdl.evaluation.evaluator import History, judge
from movie_assets.dqdl.evaluation.outcomes import RowTotals
from movie_assets.dqdl.evaluation.result import EvaluationResult
from movie_assets.dqdl.language.nodes import Ruleset
from movie_assets.dqdl.sql.columns import Schema

if TYPE_CHECKING:
    import pyarrow as pa

    from movie_assets.dqdl.engines.duckdb.loading import Table

INPUT = "__input"


def evaluate(
    ruleset: Ruleset,
    table: "Table",
    *,
    references: "Mapping[str, Table] | None" = None,
    history: History | None = None,
    now: datetime | None = None,
    nulls: NullPolicy = "fail",
    composite: CompositeMethod = "column",
    filtered_rows: FilteredRows = "passed",
    rule_labels: bool = False,
    types: Mapping[str, str] | None = None,
    files: FileSource | Sequence[str | Path] = (),
    rule_timeout: float = RULE_TIMEOUT,
) -> EvaluationResult:
    """Evaluate a ruleset on a table: a frame of pandas or polars, an Arrow table, batch, reader or dataset, another
    object with ``__arrow_c_stream__``, or the path of a CSV file, a Parquet file or a folder of Parquet files.

    ``references`` maps an alias to such a table; ``history`` a metric key to its earlier values, most recent first;
    ``now`` is the clock of rules about time: by default the current time, in UTC if it has no zone. ``nulls="ignore"``
    leaves null cells out of ColumnValues rules that don't name NULL; ``composite="row"`` judges composite rules row by
    row; ``filtered_rows`` says how rows count that a rule's ``where`` excludes; all three in any case. ``rule_labels``
    adds a rule's labels to its text in the row-level columns. ``types`` gives a CSV's columns types (string, long,
    double, boolean, date, timestamp, decimal(p,s) ...), others are strings. ``files`` are the folders that file rules
    may read, by default the folder of the table's file; or a lister of the files of a path. A rule that takes longer
    than ``rule_timeout`` seconds is Failed.

    Raises: EvaluationError, if a table can't be read, an option has an unknown value, or memory runs out. A
    rule that can't be evaluated is Failed with its reason.
    """
    if not isinstance(ruleset, Ruleset):
        raise EvaluationError(f"the ruleset is a {type(ruleset).__name__}; parse it first: dqdl.parse(text)")
    options = Options(
        nulls=arguments.chosen("nulls", nulls, NullPolicy),
        composite=arguments.chosen("composite", composite, CompositeMethod),
        filtered_rows=arguments.chosen("filtered_rows", filtered_rows, FilteredRows),
        rule_labels=arguments.flag("rule_labels", rule_labels),
        now=arguments.moment("now", now),
    )
    named = arguments.by_name("references", references, "aliases to tables")
    kinds = arguments.by_name("types", types, "columns to types, all texts", str)
    earlier = arguments.history(history)
    engine = DuckDBEngine.open(rule_timeout=arguments.seconds("rule_timeout", rule_timeout))
    loaded = load(engine, INPUT, table, kinds)
    options = replace(options, files=arguments.files(files, table))
    _refuse_verdicts(loaded.schema)
    known = load_references(engine, named)
    try:
        engine.set_primary(INPUT, "*", "rowid")
        engine.lock_down()
        judged = judge(engine, ruleset, options, known, earlier)
        quarantined = judged.split.quarantined()
    except EngineError as error:
        raise EvaluationError(f"the ruleset can't be judged: {error}") from error

    def rows() -> "pa.Table":
        try:
            columns = ", ".join(column.sql for column in loaded.schema.columns)
            return engine.arrow(f"{judged.split.with_verdicts(JUDGED, columns)} ORDER BY {ROW_ID}")
        except EngineError as error:
            raise EvaluationError(f"the rows can't be read back: {error}") from error

    total = judged.split.total
    totals = RowTotals(total, total - quarantined, quarantined)
    return EvaluationResult(
        judged.rule_outcomes, judged.analyzer_outcomes, judged.observations, totals, loaded.unreadable, rows
    )


def _refuse_verdicts(schema: Schema) -> None:
    taken = [column for column in (PASS, FAIL, SKIP, RESULT) if schema.find(column)]
    if taken:
        raise EvaluationError(f"the table has columns of an earlier evaluation: {', '.join(taken)}; drop them")
