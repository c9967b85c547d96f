"""The public evaluation: a ruleset, a table, a result."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import duckdb

from movie_assets.dqdl.engines.duckdb import DuckDBEngine
from movie_assets.dqdl.engines.loading import load
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.evaluation.evaluator import History, judge
from movie_assets.dqdl.evaluation.outcomes import EvaluationResult
from movie_assets.dqdl.language.nodes import Ruleset
from movie_assets.dqdl.rules.file_source import FileSource, local_files
from movie_assets.dqdl.rules.plan import JUDGED, PRIMARY, ROW_ID, Options
from movie_assets.dqdl.sql.columns import identifier

if TYPE_CHECKING:
    import pyarrow as pa

    from movie_assets.dqdl.engines.loading import Table

INPUT = "__input"


def evaluate(
    ruleset: Ruleset,
    table: "Table",
    *,
    references: "Mapping[str, Table] | None" = None,
    history: History | None = None,
    now: datetime | None = None,
    nulls: Literal["fail", "ignore"] = "fail",
    composite: Literal["column", "row"] = "column",
    filtered_rows: Literal["passed", "skipped"] = "passed",
    types: Mapping[str, str] | None = None,
    files: FileSource | None = None,
) -> EvaluationResult:
    """The ruleset judged on a table: a pyarrow Table, a pandas DataFrame, or the path of a Parquet or CSV file.

    ``references`` maps an alias to such a table; ``history`` a metric key to its earlier values, most recent first;
    ``now`` is the clock of rules that speak of time. ``nulls="ignore"`` leaves null cells out of ColumnValues rules
    that don't name NULL; ``composite="row"`` judges composite rules row by row; ``filtered_rows`` says where rows land
    that a rule's ``where`` leaves out. ``types`` gives a CSV's columns types (string, long, double, boolean, date,
    timestamp, decimal(p,s) ...), others are strings. ``files`` lists the files that file rules speak of; without it,
    those of this machine.

    Raises: EvaluationError, when a table can't be read or memory runs out. A rule that can't be evaluated is Failed
    with its reason.
    """
    engine = DuckDBEngine.open()
    schema = load(engine, INPUT, table, types).schema
    engine.execute(f"CREATE VIEW {JUDGED} AS SELECT *, rowid AS {ROW_ID} FROM {INPUT}")
    engine.execute(f"CREATE VIEW {identifier(PRIMARY)} AS SELECT * FROM {INPUT}")
    known = {alias: load(engine, alias, reference).schema for alias, reference in (references or {}).items()}
    engine.lock_down()
    if files is None:
        files = local_files([Path(table)] if isinstance(table, (str, Path)) else [])
    options = Options(nulls=nulls, composite=composite, filtered_rows=filtered_rows, now=now, files=files)
    try:
        judged = judge(engine, ruleset, options, known, history or {})
    except duckdb.Error as error:
        raise EvaluationError(f"the engine can't judge this: {str(error).splitlines()[0]}") from error

    def rows() -> "pa.Table":
        return engine.arrow(judged.split.with_verdicts(", ".join(column.sql for column in schema.columns)))

    return EvaluationResult(
        judged.rule_outcomes, judged.analyzer_outcomes, judged.observations, judged.split.totals(), rows
    )
