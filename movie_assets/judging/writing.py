"""Writes the files of one evaluation: accepted and quarantined rows, unreadable lines, outcomes."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TypeVar

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from movie_assets.contract import LINE_NUMBER, Contract
from movie_assets.contract.batches import REFUSED_SCHEMA
from movie_assets.dqdl.declaring.plan import FAIL, PASS, RESULT, ROW_ID, SKIP
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.evaluation.evaluator import Judged
from movie_assets.dqdl.evaluation.glue import rule_outcome_rows
from movie_assets.judging.tables import CELLS, LINES, QUARANTINED, UNREADABLE, VIOLATIONS
from movie_assets.lake.base import Dataset
from movie_assets.quoting import identifier, literal

T = TypeVar("T")

_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 16384, USE_TMP_FILE false"
"""Small row groups: a quarantined row has the text of every rule, and a group stays in memory until it is complete."""


@dataclass(frozen=True, slots=True)
class Written:
    """The number of rows in each dataset."""

    accepted: int
    quarantined: int


def write_day(
    engine: DuckDBEngine,
    judged: Judged,
    contract: Contract,
    paths: Mapping[Dataset, Path],
    *,
    evaluation_id: str,
    ruleset_hash: str,
    batch_rows: int,
) -> Written:
    """Write the evaluation's files, a path per dataset; they count once the manifest names them."""
    engine.execute(f"CREATE TEMP TABLE {QUARANTINED} AS {_not_accepted(judged)}")
    accepted, refused = _write_accepted(engine, judged.split.total, contract, paths["validated"], batch_rows)
    _quarantine(engine, refused)
    quarantined = int(engine.row(f"SELECT count(*) FROM {QUARANTINED}")[0])
    _copy(engine, _quarantined_rows(judged, contract, evaluation_id, ruleset_hash), paths["bad_data"])
    unreadable = f"SELECT *, {literal(evaluation_id)} AS evaluation_id FROM {UNREADABLE} ORDER BY line_number"
    _copy(engine, unreadable, paths["unreadable"])
    _write_outcomes(judged, paths["rule_outcome"], evaluation_id, ruleset_hash)
    return Written(accepted, quarantined)


def _copy(engine: DuckDBEngine, query: str, path: Path) -> None:
    engine.execute(f"COPY ({query}) TO {literal(str(path))} ({_PARQUET})")


def _not_accepted(judged: Judged) -> str:
    """A query for the ids of rows that fail a rule or violate the contract."""
    return f"{judged.split.quarantined_ids()} UNION SELECT {ROW_ID} FROM {VIOLATIONS}"


def _write_accepted(
    engine: DuckDBEngine, total: int, contract: Contract, path: Path, batch_rows: int
) -> tuple[int, pl.DataFrame]:
    """Write the rows that satisfy the contract, in order; returns their number and the violations of the others."""
    accepted, refused = 0, [pl.DataFrame(schema=REFUSED_SCHEMA)]
    candidates = _ahead(_candidates(engine, total, contract, batch_rows))
    validated = ((batch, contract.validate(batch)[1]) for batch in candidates)
    # Snappy, which every reader has: Redshift's COPY reads these very files, and its documentation names no zstd.
    with pq.ParquetWriter(path, contract.parquet_schema, compression="snappy") as writer:
        for batch, broken in _ahead(validated):
            if broken.height:
                refused.append(broken)
                batch = batch.filter(~pc.is_in(pc.field("line_number"), broken["line_number"].to_arrow()))
            if batch.num_rows:
                writer.write_table(contract.to_storage(batch))
            accepted += batch.num_rows
    return accepted, pl.concat(refused)


def _candidates(engine: DuckDBEngine, total: int, contract: Contract, batch_rows: int) -> Iterator[pa.Table]:
    """The rows not quarantined so far, in the file's order, a range of lines at a time.

    Ranges keep the order and bound the memory; one query over all lines on several threads does neither.
    """
    names = ", ".join(identifier(name) for name in contract.names)
    for start in range(0, total, batch_rows):
        within = f"{ROW_ID} >= {start} AND {ROW_ID} < {start + batch_rows}"
        batch = engine.arrow(
            f"SELECT {names}, line_number FROM {CELLS} WHERE {within} "
            f"AND {ROW_ID} NOT IN (SELECT {ROW_ID} FROM {QUARANTINED} WHERE {within})"
        )
        # ORDER BY would sort every batch; nearly all come sorted.
        ordered = pl.Series(batch["line_number"]).is_sorted()
        yield batch if ordered else batch.sort_by("line_number")


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items; a thread makes the next one while the current one is used."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = pool.submit(next, items, None)
            yield item


def _quarantine(engine: DuckDBEngine, refused: pl.DataFrame) -> None:
    """Quarantine the rows that violate the contract, with the violations."""
    if refused.is_empty():
        return
    engine.connection.register("__refused", refused.to_arrow())
    engine.execute(
        f"INSERT INTO {VIOLATIONS} SELECT l.rowid, r.column, r.value, r.reason "
        f"FROM __refused r JOIN {LINES} l USING (line_number) ORDER BY l.rowid"
    )
    engine.connection.unregister("__refused")
    engine.execute(f"INSERT INTO {QUARANTINED} SELECT DISTINCT {ROW_ID} FROM {VIOLATIONS} EXCEPT FROM {QUARANTINED}")


def _quarantined_rows(judged: Judged, contract: Contract, evaluation_id: str, ruleset_hash: str) -> str:
    """A query for the quarantined rows as in the file, with Glue's four columns and the violations."""
    names = ", ".join(map(identifier, (*contract.names, LINE_NUMBER)))
    rows = (
        f"(SELECT {ROW_ID}, {names}, violations FROM (SELECT rowid AS {ROW_ID}, {names} FROM {LINES} "
        f"WHERE rowid IN (SELECT {ROW_ID} FROM {QUARANTINED})) LEFT JOIN ("
        f'SELECT {ROW_ID}, list({{"column": "column", "value": "value", "reason": reason}}) AS violations '
        f"FROM {VIOLATIONS} GROUP BY ALL) USING ({ROW_ID}))"
    )
    return (
        f"SELECT {names}, {PASS}, {FAIL}, {SKIP}, 'Failed' AS {RESULT}, violations, "
        f"{literal(evaluation_id)} AS evaluation_id, {literal(ruleset_hash)} AS ruleset_hash "
        f"FROM ({judged.split.with_verdicts(rows, f'{names}, violations')})"
    )


def _write_outcomes(judged: Judged, path: Path, evaluation_id: str, ruleset_hash: str) -> None:
    """A JSON line per rule, in ruleset order, with the columns of Glue's ruleOutcomes.

    A metric that is NaN or infinite becomes null: JSON has neither, and one such line makes the file unreadable.
    """
    own = {"evaluation_id": evaluation_id, "ruleset_hash": ruleset_hash}
    with path.open("w", encoding="utf-8") as out:
        for row in rule_outcome_rows(judged.rule_outcomes, judged.split.total):
            metrics = {key: value if isfinite(value) else None for key, value in row["EvaluatedMetrics"].items()}
            out.write(json.dumps({**row, "EvaluatedMetrics": metrics, **own}, default=str, allow_nan=False) + "\n")
