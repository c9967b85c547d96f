"""One pandera model as a contract: header, casts, batches, stored types. Knows no feed."""

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from movie_assets.contract.column_casts import Cast
from movie_assets.contract.column_matching import match_columns
from movie_assets.contract.columns import ContractColumn, columns_of
from movie_assets.errors import ContractError
from movie_assets.quoting import identifier
from movie_assets.reading.reader import HeaderMatch

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from pandera.polars import DataFrameModel, DataFrameSchema

    from movie_assets.contract.batches import Batch


class Contract:
    """The interface to a pandera model.

    The model may be given by name, `package.module:Model`; it is then imported on first use, because importing pandera
    takes a second.
    """

    def __init__(self, model: "type[DataFrameModel] | str") -> None:
        self._model = model

    def __repr__(self) -> str:
        return f"Contract({self._model if isinstance(self._model, str) else self._model.__name__})"

    @cached_property
    def columns(self) -> tuple[ContractColumn, ...]:
        """The columns in the order of the model.

        Raises: ContractError, for a model that can't be a contract.
        """
        return columns_of(self._declared)

    @property
    def names(self) -> tuple[str, ...]:
        """The stored names of the columns."""
        return tuple(column.stored_name for column in self.columns)

    def match_header(self, header: Sequence[str]) -> HeaderMatch:
        """The position of each column in a file's header; Raises: HeaderError."""
        return match_columns(self.columns, header)

    def casts(self, source: str | None = None) -> tuple[Cast, ...]:
        """The cast of each column; `source` is the alias of the table of texts."""
        prefix = f"{source}." if source else ""
        return tuple(Cast(column, prefix + identifier(column.stored_name)) for column in self.columns)

    def validate(self, batch: "Batch") -> "tuple[pl.DataFrame, pl.DataFrame]":
        """The rows that satisfy the contract, and one row per violation of the others; see `batches`."""
        from movie_assets.contract.batches import validate_batch

        return validate_batch(self.columns, self._guarded, batch)

    @cached_property
    def parquet_schema(self) -> "pa.Schema":
        """The schema of stored accepted rows: the columns in the target's types, then `line_number`."""
        from movie_assets.contract.storage import stored_schema

        return stored_schema(self.columns)

    def to_storage(self, rows: "pa.Table") -> "pa.Table":
        """Rows that satisfy the contract, converted to the types of `parquet_schema`, in the same order."""
        return rows.select(self.parquet_schema.names).cast(self.parquet_schema)

    @cached_property
    def _declared(self) -> "DataFrameSchema":
        model = self._model
        if isinstance(model, str):
            module, _, name = model.partition(":")
            try:
                model = getattr(import_module(module), name)
            except (ImportError, AttributeError) as error:
                raise ContractError(
                    f"The contract {self._model} can't be imported: {error}.",
                    "write it as package.module:Model, and install what it imports",
                ) from error
        return model.to_schema()

    @cached_property
    def _guarded(self) -> "DataFrameSchema":
        from movie_assets.contract.batches import guarded

        return guarded(self._declared, self.columns)
