"""A sample of failing rows per rule."""

from collections.abc import Mapping, Sequence

from movie_assets.dqdl.declaring.plan import ROW_ID
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.evaluation.evaluator import Judged
from movie_assets.dqdl.language.nodes import AnyRule
from movie_assets.dqdl.sql.columns import Schema
from movie_assets.judging.tables import LINES
from movie_assets.quoting import identifier


def failing_rows(
    engine: DuckDBEngine, judged: Judged, title: str | None, limit: int
) -> list[list[Mapping[str, object]]]:
    """For each rule, in ruleset order, its first failing rows with the cells of the file: line number, the column
    `title`, the rule's columns.

    A rule that fails no row has none. One query fetches all of them.
    """
    schema = engine.schema(LINES)
    wanted = [
        [row_id for (row_id,) in engine.rows(f"{judged.split.failed_ids(rule)} ORDER BY {ROW_ID} LIMIT {limit}")]
        if outcome.rows_failed
        else []
        for rule, outcome in zip(judged.rows, judged.rule_outcomes, strict=True)
    ]
    lines = _lines(engine, schema, sorted({row_id for row_ids in wanted for row_id in row_ids}))
    return [
        [{name: lines[row_id][name] for name in _shown(outcome.rule, title, schema)} for row_id in row_ids]
        for row_ids, outcome in zip(wanted, judged.rule_outcomes, strict=True)
    ]


def _lines(engine: DuckDBEngine, schema: Schema, row_ids: Sequence[int]) -> dict[int, dict[str, object]]:
    if not row_ids:
        return {}
    columns = ", ".join(identifier(name) for name in schema.names)
    found = engine.rows(f"SELECT rowid, {columns} FROM {LINES} WHERE rowid IN ({', '.join(map(str, row_ids))})")
    return {row_id: dict(zip(schema.names, cells, strict=True)) for row_id, *cells in found}


def _shown(rule: AnyRule, title: str | None, schema: Schema) -> list[str]:
    named = [schema.find(parameter.value) for leaf in rule.leaves() for parameter in leaf.parameters]
    return list(
        dict.fromkeys(["line_number", *([title] if title else []), *(column.name for column in named if column)])
    )
