"""The columns of everything in the lake, and Hive's names for their types."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.types as kinds

from movie_assets.contract import LINE_NUMBER, Contract
from movie_assets.dqdl.declaring.plan import FAIL, PASS, RESULT, SKIP
from movie_assets.dqdl.evaluation.glue import rule_outcomes_table
from movie_assets.lake.base import DATASETS, EVALUATION, LANDING

_SCALARS: tuple[tuple[pa.DataType, str], ...] = (
    (pa.string(), "string"),
    (pa.int32(), "int"),
    (pa.int64(), "bigint"),
    (pa.float64(), "double"),
    (pa.bool_(), "boolean"),
    (pa.date32(), "date"),
    (pa.timestamp("us"), "timestamp"),
)

_TEXT, _WHOLE = pa.string(), pa.int64()


def _texts(*names: str, nullable: bool = True) -> list["pa.Field[pa.DataType]"]:
    return [pa.field(name, _TEXT, nullable) for name in names]


_TEXTS = pa.list_(pa.field("element", _TEXT))  # as DuckDB names it
_VIOLATION = pa.struct([("column", _TEXT), ("value", _TEXT), ("reason", _TEXT)])
_ADDED_TO_BAD_DATA = (
    pa.field(LINE_NUMBER, _WHOLE, nullable=False),
    *(pa.field(name, _TEXTS, nullable=False) for name in (PASS, FAIL, SKIP)),
    pa.field(RESULT, _TEXT, nullable=False),
    pa.field("violations", pa.list_(pa.field("element", _VIOLATION))),
    *_texts("evaluation_id", "ruleset_hash", nullable=False),
)
_UNREADABLE = pa.schema(
    [
        pa.field(LINE_NUMBER, _WHOLE, nullable=False),
        *_texts("text", "reason", "evaluation_id", nullable=False),
    ]
)
_SOURCE = pa.struct(
    [("day", _TEXT), ("uri", _TEXT), ("name", _TEXT), ("size", _WHOLE), ("version", _TEXT), ("landed_at", _TEXT)]
)
# Without rules, metrics and observations: rule_outcome has the first, and the others have keys of their own.
_MANIFEST = pa.schema(
    [
        pa.field("format", _WHOLE),
        *_texts("evaluation_id", "run_id", "day", "evaluated_at"),
        pa.field("source", _SOURCE),
        *_texts("ruleset_name", "ruleset_hash", "nulls"),
        *(pa.field(name, _WHOLE) for name in ("lines", "accepted", "quarantined", "unreadable")),
        pa.field("extra_columns", pa.list_(_TEXT)),
        pa.field("score", pa.float64()),
        pa.field("files", pa.struct([(dataset, pa.list_(_TEXT)) for dataset in DATASETS])),
        pa.field("excluded", pa.bool_()),
    ]
)


def written_schemas(contract: Contract) -> Mapping[str, pa.Schema]:
    """The schema of each area of a feed's lake: `landing`, the datasets, and `evaluation`, the manifests.

    The schemas do not depend on the ruleset. Landed and quarantined cells are text.
    """
    return {
        LANDING: pa.schema(_texts(*contract.names)),
        "validated": contract.parquet_schema,
        "bad_data": pa.schema([*_texts(*contract.names, nullable=False), *_ADDED_TO_BAD_DATA]),
        "unreadable": _UNREADABLE,
        "rule_outcome": pa.schema([*rule_outcomes_table([], 0).schema, *_texts("evaluation_id", "ruleset_hash")]),
        EVALUATION: _MANIFEST,
    }


def hive_type(kind: pa.DataType) -> str:
    """The type as Glue's catalog spells it.

    Raises:
        TypeError: the pipeline writes no such type yet.
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
