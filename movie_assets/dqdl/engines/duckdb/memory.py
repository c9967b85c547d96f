"""Converts in-memory tables to Arrow: pandas and polars frames, Arrow's own, and anything that exports a stream."""

import sys
from typing import TYPE_CHECKING, Any, Protocol

from movie_assets.dqdl.engines.duckdb.errors import said
from movie_assets.dqdl.engines.duckdb.names import refuse_names
from movie_assets.dqdl.errors import EvaluationError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.dataset as ds

    class Exporting(Protocol):
        """An object with Arrow's PyCapsule interface."""

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

    Frame = Exporting | pd.DataFrame | pl.LazyFrame | ds.Dataset | ds.Scanner

TAKEN = (
    "a pandas or polars frame, an Arrow table, batch, reader or dataset, another object with __arrow_c_stream__, "
    "or the path of a CSV file, a Parquet file or a folder of these"
)


def arrow_of(table: "Frame") -> "pa.Table | pa.RecordBatchReader":
    """The table as Arrow; a stream is not read yet.

    Raises: EvaluationError, when the object is not a table, can't be converted, or is a reader without batches: it
    was read before.
    """
    try:
        found = _converted(table)
    except EvaluationError:
        raise
    except Exception as error:  # a frame may run its own code: a polars query, a generator of batches
        raise EvaluationError(f"can't read the table: {said(error)}") from error
    if found is None:
        raise EvaluationError(f"can't judge an object of the type {type(table).__name__}; a table is {TAKEN}")
    refuse_names(found.schema.names, "the table")
    return found


def _converted(table: Any) -> "pa.Table | pa.RecordBatchReader | None":
    import pyarrow as pa

    # A library that isn't imported can't have created the frame, so don't import it to check.
    pandas, polars, dataset = map(sys.modules.get, ("pandas", "polars", "pyarrow.dataset"))
    if pandas and isinstance(table, pandas.DataFrame):
        refuse_names([str(name) for name in table.columns], "the table")
        return pa.Table.from_pandas(table, preserve_index=False)
    if polars and isinstance(table, polars.LazyFrame):
        table = table.collect(engine="streaming")
    if polars and isinstance(table, polars.DataFrame) and polars.Object in table.dtypes:
        raise EvaluationError("a column of Python objects can't be judged; cast it")  # its export is their addresses
    if dataset and isinstance(table, dataset.Dataset):
        table = table.scanner()
    if dataset and isinstance(table, dataset.Scanner):
        found: pa.RecordBatchReader = table.to_reader()
        return found
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatchReader):
        return _begun(table)
    if not hasattr(table, "__arrow_c_stream__"):
        return None
    try:
        return pa.RecordBatchReader.from_stream(table)
    except pa.ArrowInvalid as error:
        if "non-struct type" not in str(error):
            raise
        raise EvaluationError(
            f"an object of the type {type(table).__name__} is one column; pass a table that has it, as of to_frame()"
        ) from error


def _begun(reader: "pa.RecordBatchReader") -> "pa.RecordBatchReader":
    """The reader, after reading its first batch."""
    from itertools import chain

    import pyarrow as pa

    first = next(reader, None)
    if first is None:
        raise EvaluationError("the reader has no batches: it was read before, or is empty; pass a table")
    return pa.RecordBatchReader.from_batches(reader.schema, chain([first], reader))
