"""The public evaluation: a ruleset, a table, a result. Nothing else in the language reads the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import duckdb

from movie_assets.dqdl.declaring.file_source import FileSource, local_files
from movie_assets.dqdl.declaring.plan import JUDGED, PRIMARY, ROW_ID, CompositeMethod, FilteredRows, NullPolicy, Options
from movie_assets.dqdl.engines.duckdb.engine import RULE_TIMEOUT, DuckDBEngine
from movie_assets.dqdl.engines.duckdb.errors import said
from movie_assets.dqdl.engines.duckdb.loading import load, load_references
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.evaluation.evaluator import History, judge
from movie_assets.dqdl.evaluation.outcomes import FAIL, PASS, RESULT, SKIP
from movie_assets.dqdl.evaluation.result import EvaluationResult
from movie_assets.dqdl.language.nodes import Ruleset
from movie_assets.dqdl.sql.columns import Schema, identifier

if TYPE_CHECKING:
    import pyarrow as pa

    from movie_assets.dqdl.engines.duckdb.loading import Table

INPUT = "__input"

SETTING = "files=, or --files-root of dqdl check,"
"""Where the folders of file rules are named."""


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
    """The ruleset judged on a table: a frame of pandas or polars, an Arrow table, batch, reader or dataset, another
    object with ``__arrow_c_stream__``, or the path of a CSV file, a Parquet file or a folder of Parquet files.

    ``references`` maps an alias to such a table; ``history`` a metric key to its earlier values, most recent first;
    ``now`` is the clock of rules that speak of time: the present where it isn't given, UTC where it has no zone.
    ``nulls="ignore"`` leaves null cells out of ColumnValues rules that don't name NULL; ``composite="row"`` judges
    composite rules row by row; ``filtered_rows`` says where rows land that a rule's ``where`` leaves out; all three in
    any case. ``rule_labels`` adds a rule's labels to its text in the row-level columns. ``types`` gives a CSV's columns
    types (string, long, double, boolean, date, timestamp, decimal(p,s) ...), others are strings. ``files`` are the
    folders file rules may look into, the folder of the table's own file where none is given; or what lists the files of
    a path. A rule that takes longer than ``rule_timeout`` seconds is Failed.

    Raises: EvaluationError, when a table can't be read, an option has a value that isn't known, or memory runs out. A
    rule that can't be evaluated is Failed with its reason.
    """
    if not isinstance(ruleset, Ruleset):
        raise EvaluationError(f"the ruleset is a {type(ruleset).__name__}; parse it first: dqdl.parse(text)")
    options = Options(
        nulls=_chosen("nulls", nulls, NullPolicy),
        composite=_chosen("composite", composite, CompositeMethod),
        filtered_rows=_chosen("filtered_rows", filtered_rows, FilteredRows),
        rule_labels=rule_labels,
        now=_moment(now),
    )
    earlier = _earlier(history or {})
    engine = DuckDBEngine.open(rule_timeout=rule_timeout)
    loaded = load(engine, INPUT, table, types)
    options = replace(options, files=files if callable(files) else _files(table, files))
    _refuse_verdicts(loaded.schema)
    known = load_references(engine, references or {})
    try:
        engine.execute(f"CREATE VIEW {JUDGED} AS SELECT *, rowid AS {ROW_ID} FROM {INPUT}")
        engine.execute(f"CREATE VIEW {identifier(PRIMARY)} AS SELECT * FROM {INPUT}")
        engine.lock_down()
        judged = judge(engine, ruleset, options, known, earlier)
        totals = judged.split.totals()
    except duckdb.Error as error:
        raise EvaluationError(f"the ruleset can't be judged: {said(error)}") from error

    def rows() -> "pa.Table":
        try:
            return engine.arrow(judged.split.with_verdicts(", ".join(column.sql for column in loaded.schema.columns)))
        except duckdb.Error as error:
            raise EvaluationError(f"the rows can't be read back: {said(error)}") from error

    return EvaluationResult(
        judged.rule_outcomes, judged.analyzer_outcomes, judged.observations, totals, loaded.unreadable, rows
    )


def _chosen(option: str, given: object, allowed: Any) -> Any:
    """The value of an option that is one of a Literal's, in any case."""
    known = get_args(allowed)
    chosen = given.lower() if isinstance(given, str) else given
    if chosen not in known:
        raise EvaluationError(f"{option} can't be {given!r}; it is {' or '.join(map(repr, known))}")
    return chosen


def _files(table: object, roots: Sequence[str | Path]) -> FileSource:
    """The files of this machine that file rules may look into."""
    if isinstance(roots, str) or not all(isinstance(root, (str, Path)) for root in roots):
        raise EvaluationError(f"files can't be {roots!r}; it is a list of folders")
    own = [Path(table)] if isinstance(table, (str, Path)) else []
    beside = [file if _is_folder(file) else file.parent for file in own]
    return local_files(own, roots=[Path(root) for root in roots] or beside, setting=SETTING)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that no system takes: loading the table refuses it
        return False


def _moment(now: datetime | None) -> datetime:
    if now is None:
        return datetime.now(UTC)
    if not isinstance(now, datetime):
        raise EvaluationError(f"now can't be {now!r}; it is a datetime")
    return now if now.tzinfo else now.replace(tzinfo=UTC)


def _earlier(history: Any) -> History:
    """The history, once its shape is known to be that of metrics with numbers."""
    shape = "history maps a metric's name to the list of its earlier values, most recent first"
    if not isinstance(history, Mapping):
        raise EvaluationError(f"{shape}; it can't be a {type(history).__name__}")
    for metric, values in history.items():
        if not isinstance(metric, str) or isinstance(values, str) or not isinstance(values, Sequence):
            raise EvaluationError(f"{shape}; the values of {metric!r} are {values!r}")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise EvaluationError(f"{shape}; {value!r}, a value of '{metric}', is not a number")
    found: History = history
    return found


def _refuse_verdicts(schema: Schema) -> None:
    taken = [column for column in (PASS, FAIL, SKIP, RESULT) if schema.find(column)]
    if taken:
        raise EvaluationError(f"the table has columns of an earlier evaluation: {', '.join(taken)}; drop them")
