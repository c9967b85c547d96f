"""The second, independent check: rows of a batch against the model."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TypeAlias, cast

import pandera.polars as pa
import polars as pl
import pyarrow
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrors

from movie_assets.contract.column_casts import too_many_decimals
from movie_assets.contract.columns import LINE_NUMBER, ContractColumn
from movie_assets.errors import ContractError
from movie_assets.reading.cell_casts import decimal_of

Batch: TypeAlias = pyarrow.RecordBatch | pyarrow.Table | pl.DataFrame

REFUSED_SCHEMA: Mapping[str, type[pl.DataType]] = {
    LINE_NUMBER: pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}

_TOO_LARGE = "too_large"
_TOO_LONG = "too_long"
_TOO_FINE = "too_fine"
_ONES: Mapping[str, str] = {"boolean": "boolean", "date": "date", "timestamp": "timestamp"}


def guarded(declared: pa.DataFrameSchema, columns: Sequence[ContractColumn]) -> pa.DataFrameSchema:
    """The model's schema with checks of the target types: widths, ranges, decimals."""
    schema = deepcopy(declared)
    schema.strict = schema.ordered = True
    for column in columns:
        checks = schema.columns[column.stored_name].checks
        bounded = any(check.name == "in_range" for check in checks)
        checks += [guard for guard in _guards(column) if not (bounded and guard.name == _TOO_LARGE)]
    for part in (schema, *schema.columns.values()):
        for check in part.checks:
            check.n_failure_cases = 1  # pandera would copy every failing cell
    return schema


def _guards(column: ContractColumn) -> list[pa.Check]:
    guards = []
    if column.max_bytes is not None:
        guards.append(_guard(_TOO_LONG, pl.col(column.stored_name).str.len_bytes() <= column.max_bytes))
    cell = pl.col(column.stored_name)
    if column.target_type == "INT" and column.kind == "long":
        guards.append(_guard(_TOO_LARGE, cell.is_between(-(2**31), 2**31 - 1)))
    width = decimal_of(column.target_type)
    if width is not None and column.kind == "double":
        precision, scale = width
        guards.append(_guard(_TOO_LARGE, cell.round(scale).abs() < 10 ** (precision - scale)))
        guards.append(_guard(_TOO_FINE, cell.round(scale) == cell))
    return guards


def _guard(name: str, holds: pl.Expr) -> pa.Check:
    def check(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds)

    return pa.Check(check, name=name)


def validate_batch(
    columns: Sequence[ContractColumn], schema: pa.DataFrameSchema, batch: Batch
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that satisfy the contract, and one row per violation of the others.

    The batch holds the columns as rules see them and `line_number`; other columns are dropped. Accepted rows keep the
    batch's order. Violations are (line_number, column, value as text or null, reason), in the batch's order, then the
    contract's; a row may have several. For a check of the whole row, the column is the check's name and there is no
    value.

    Raises:
        ContractError: the batch lacks a column or has one of another type, or a check of the model raises.
    """
    frame = batch if isinstance(batch, pl.DataFrame) else cast(pl.DataFrame, pl.from_arrow(batch))
    names = [column.stored_name for column in columns]
    lacking = [name for name in [*names, LINE_NUMBER] if name not in frame.columns]
    if lacking:
        raise ContractError(f"A batch of rows lacks {', '.join(lacking)}.", "It must hold every contract column.")
    frame = frame.select(*names, LINE_NUMBER)
    try:
        # The context overrides pandera's environment variables, which could turn validation off.
        with config_context(True, ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame.select(names), lazy=True)
    except SchemaErrors as errors:
        return _split(frame, {column.stored_name: column for column in columns}, errors)
    return frame, pl.DataFrame(schema=REFUSED_SCHEMA)


def _split(
    frame: pl.DataFrame, columns: Mapping[str, ContractColumn], errors: SchemaErrors
) -> tuple[pl.DataFrame, pl.DataFrame]:
    # The verdict per row is each error's check_output; pandera's failure_cases would copy every failing cell.
    for error in errors.schema_errors:
        if not isinstance(error.check_output, pl.DataFrame) or error.check_output.height != frame.height:
            raise ContractError(f"A batch of rows is not as the contract reads it: {error}.") from errors
    numbered = frame.with_row_index("row")
    accepted = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    refused = []
    places = {name: place for place, name in enumerate(columns)}
    for error in sorted(errors.schema_errors, key=lambda error: places.get(error.schema.name, len(places))):
        holds = error.check_output.to_series().fill_null(True)
        accepted &= holds
        column = columns.get(error.schema.name)
        refused.append(
            numbered.filter(~holds).select(
                "row",
                pl.col(LINE_NUMBER).cast(pl.Int64),
                column=pl.lit(column.stored_name if column else _check_name(error)),
                value=pl.col(column.stored_name).cast(pl.String) if column else pl.lit(None, pl.String),
                reason=pl.lit(_reason(error, column)),
            )
        )
    return frame.filter(accepted), pl.concat(refused).sort("row", maintain_order=True).drop("row")


def _reason(error: SchemaError, column: ContractColumn | None) -> str:
    check = _check_name(error)
    if column is not None:
        if check == "in_range":
            bounds = error.check.statistics
            return f"is not between {bounds['min_value']} and {bounds['max_value']}"
        ours = {
            "not_nullable": f"is empty or not a {_ONES.get(column.kind, 'number')}, and may not be",
            _TOO_LONG: f"is longer than the {column.max_bytes} bytes of {column.target_type}",
            _TOO_LARGE: f"is too large for {column.target_type}",
            _TOO_FINE: too_many_decimals(column),
        }
        if check in ours:
            return ours[check]
    said = None if isinstance(error.check, str) else error.check.error
    return f"breaks the contract's check {said or check}"


def _check_name(error: SchemaError) -> str:
    return error.check if isinstance(error.check, str) else str(error.check.name)
