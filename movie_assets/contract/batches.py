"""The second, independent look: rows of a batch against the model."""

from collections.abc import Mapping
from typing import cast

import polars as pl
import pyarrow
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrors

from movie_assets.contract.casts import too_many_decimals
from movie_assets.contract.columns import LINE_NUMBER, Movie, columns_by_name
from movie_assets.errors import MoviesError

REFUSED_SCHEMA: Mapping[str, type[pl.DataType]] = {
    LINE_NUMBER: pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}


def validate_batch(batch: pyarrow.RecordBatch | pyarrow.Table | pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that keep the contract, and one row for every cell of the others that breaks it.

    The batch holds the 16 columns in rule types and `line_number`; columns beyond are dropped. Accepted rows keep the
    batch's order. Refused is (line_number, column, value as text or null, reason), in the batch's order, then the
    contract's; a row may be there several times.

    Raises:
        MoviesError: the batch lacks a column or has one in another type.
    """
    frame = batch if isinstance(batch, pl.DataFrame) else cast(pl.DataFrame, pl.from_arrow(batch))
    names = list(columns_by_name())
    lacking = [name for name in [*names, LINE_NUMBER] if name not in frame.columns]
    if lacking:
        raise MoviesError(f"A batch of movies lacks {', '.join(lacking)}.", "It must hold every contract column.")
    frame = frame.select(*names, LINE_NUMBER)
    try:
        # The context outranks pandera's environment variables, which could switch the check off.
        with config_context(True, ValidationDepth.SCHEMA_AND_DATA):
            Movie.validate(frame.select(names), lazy=True)
    except SchemaErrors as errors:
        return _split(frame, errors)
    return frame, pl.DataFrame(schema=REFUSED_SCHEMA)


def _split(frame: pl.DataFrame, errors: SchemaErrors) -> tuple[pl.DataFrame, pl.DataFrame]:
    # The verdict per row is each error's check_output; pandera's failure_cases would copy every failing cell.
    for error in errors.schema_errors:
        if not isinstance(error.check_output, pl.DataFrame):
            raise MoviesError(f"A batch of movies is not as the contract reads it: {error}.") from errors
    numbered = frame.with_row_index("row")
    accepted = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    refused = []
    for error in sorted(errors.schema_errors, key=lambda error: frame.columns.index(error.schema.name)):
        holds = error.check_output.to_series()
        accepted &= holds
        name = error.schema.name
        refused.append(
            numbered.filter(~holds).select(
                "row",
                pl.col(LINE_NUMBER).cast(pl.Int64),
                column=pl.lit(name),
                value=pl.col(name).cast(pl.String),
                reason=pl.lit(_reason(error)),
            )
        )
    return frame.filter(accepted), pl.concat(refused).sort("row", maintain_order=True).drop("row")


def _reason(error: SchemaError) -> str:
    column = columns_by_name()[error.schema.name]
    check = error.check if isinstance(error.check, str) else error.check.name
    if check == "in_range":
        bounds = error.check.statistics
        return f"is not between {bounds['min_value']} and {bounds['max_value']}"
    return {
        "not_nullable": "is empty or not a number, and may not be",
        "fits_target": f"is longer than the {column.max_bytes} bytes of {column.target_type}",
        "two_decimals": too_many_decimals(column),
    }[check]
