"""The columns of everything in the lake, read off what the pipeline really writes."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kinds

from movie_assets import contract
from movie_assets.dqdl.evaluation.glue import rule_outcomes_table
from movie_assets.judging.judge import judge_day
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.lake.base import EVALUATION, LANDING, Dataset, file_name, manifest_place
from movie_assets.lake.local import LocalLake
from movie_assets.scratch import Scratch
from movie_assets.settings import Settings

PARQUET: tuple[Dataset, ...] = ("validated", "bad_data", "unreadable")
_NOT_IN_THE_TABLE = {"rules", "metrics", "observations"}
"""Of the manifest: what rule_outcome has, and what has keys of its own."""

_RULESET = "Rules = [ RowCount = 0 ]"
_SCALARS: tuple[tuple[pa.DataType, str], ...] = (
    (pa.string(), "string"),
    (pa.int32(), "int"),
    (pa.int64(), "bigint"),
    (pa.float64(), "double"),
    (pa.bool_(), "boolean"),
    (pa.null(), "string"),
)


@cache
def written_schemas() -> Mapping[str, pa.Schema]:
    """The schema of each area of the lake: `landing`, the datasets, and `evaluation`, the manifests.

    They are those of a day without rows, judged for the purpose in a temporary folder; what rules say changes no
    schema. Landed cells are texts.
    """
    with Scratch() as folder:
        lake, day = LocalLake(folder / "lake"), date(2024, 3, 24)
        evaluation_id = _judge(folder, lake, day)
        found: dict[str, pa.Schema] = {
            area: pq.read_schema(_written(lake, area, day, evaluation_id)) for area in PARQUET
        }
        outcome = json.loads(_written(lake, "rule_outcome", day, evaluation_id).read_text().splitlines()[0])
        manifest = json.loads((lake.root / manifest_place(day)).read_text())
    landed = pa.schema([pa.field(column.stored_name, pa.string()) for column in contract.columns()])
    evaluation = {name: value for name, value in manifest.items() if name not in _NOT_IN_THE_TABLE}
    return {
        LANDING: landed,
        **found,
        "rule_outcome": _typed(outcome, rule_outcomes_table([], 0).schema),
        EVALUATION: _typed(evaluation, pa.schema([])),
    }


def hive_type(kind: pa.DataType) -> str:
    """The type as Glue's catalog spells it.

    Raises:
        TypeError: the pipeline writes no such type so far.
    """
    for scalar, name in _SCALARS:
        if kind.equals(scalar):
            return name
    if kinds.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if isinstance(kind, pa.MapType):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if isinstance(kind, pa.ListType):
        return f"array<{hive_type(kind.value_type)}>"
    if isinstance(kind, pa.StructType):
        return f"struct<{','.join(f'{field.name}:{hive_type(field.type)}' for field in kind)}>"
    raise TypeError(f"{kind} has no name in the catalog")


def _judge(folder: Path, lake: LocalLake, day: date) -> str:
    (folder / "ruleset.dqdl").write_text(_RULESET)
    (folder / "movies.csv").write_text(",".join(column.name for column in contract.columns()) + "\n")
    lake.land(folder / "movies.csv", day)
    loaded = load_ruleset(folder / "ruleset.dqdl")
    own = Settings.model_construct(threads=1)  # of the environment nothing, so that it can't change the answer
    return judge_day(
        lake, day, loaded=loaded, settings=own, run_id="catalog", now=datetime(2024, 1, 1, tzinfo=UTC)
    ).evaluation_id


def _written(lake: LocalLake, dataset: Dataset, day: date, evaluation_id: str) -> Path:
    return Path(lake.uri_of(dataset, day, file_name(dataset, evaluation_id)))


def _typed(row: Mapping[str, object], known: pa.Schema) -> pa.Schema:
    """The schema of a JSON object: types that are known, and else those its values have."""
    found = pa.Table.from_pylist([dict(row)]).schema
    return pa.schema([known.field(field.name) if field.name in known.names else field for field in found])
