"""The columns of a contract, derived from its pandera model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from movie_assets.errors import ContractError
from movie_assets.reading.cell_casts import decimal_of, sql_type

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema

MAX_BYTES = 65_535
"""The width of a VARCHAR(MAX), in bytes."""

LINE_NUMBER = "line_number"
"""The column for the physical line where a row's record starts; the header is line 1."""

_KINDS: Mapping[str, str] = {
    "String": "string",
    "Int64": "long",
    "Int32": "int",
    "Float64": "double",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "timestamp",
}
_TARGETS: Mapping[str, str] = {
    "long": "BIGINT",
    "int": "INT",
    "double": "DOUBLE PRECISION",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_TAKEN = (LINE_NUMBER, "rowid", "ingest_date", "run_id", "violations", "evaluation_id", "ruleset_hash")
_OFFERED = "str, int, pl.Int32, float, Annotated[pl.Decimal, 12, 2], bool, datetime.date, datetime.datetime"


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """One column of a contract: `name` as the file spells it, `stored_name` everywhere else.

    `kind` is the type that rules see, as Glue's catalog names it: string, long, int, double, decimal(12,2), boolean,
    date, timestamp. `target_type` is the warehouse's. `max_bytes` is None if the column is not text.
    """

    name: str
    stored_name: str
    kind: str
    target_type: str
    max_bytes: int | None
    nullable: bool
    description: str

    @property
    def is_number(self) -> bool:
        return self.kind in ("long", "int", "double") or self.kind.startswith("decimal")


def columns_of(schema: "DataFrameSchema") -> tuple[ContractColumn, ...]:
    """The columns in the order of the model.

    A field's `title` is its name in the file, `metadata` may have `max_bytes` of a text and the `target_type`.

    Raises:
        ContractError: a column's name or type can't be stored, or its check needs more than a batch.
    """
    columns = tuple(_column(str(stored_name), field) for stored_name, field in schema.columns.items())
    names = [column.name.lower() for column in columns]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"Several columns of the contract are called {', '.join(doubled)} in the file.")
    return columns


def _column(stored_name: str, field: Any) -> ContractColumn:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", stored_name):
        raise ContractError(
            f"The contract's column {stored_name!r} has no name that every warehouse takes.",
            "name the field in lower case, as order_id, and give the file's spelling as its title",
        )
    if stored_name in _TAKEN:
        raise ContractError(f"The contract's column {stored_name} has a name that the pipeline itself adds.")
    if field.unique:
        raise ContractError(
            f"The contract's column {stored_name} asks for unique values, but a contract sees a batch at a time.",
            f'write the rule IsUnique "{stored_name}"',
        )
    metadata = field.metadata or {}
    kind = _kind(stored_name, field.dtype.type if field.dtype else None)
    width = metadata.get("max_bytes", MAX_BYTES) if kind == "string" else None
    if width is not None and width not in range(1, MAX_BYTES + 1):
        raise ContractError(f"The contract's column {stored_name} can't have {width!r} bytes.", f"1 to {MAX_BYTES}")
    return ContractColumn(
        name=field.title or stored_name,
        stored_name=stored_name,
        kind=kind,
        target_type=_target(stored_name, kind, width, metadata.get("target_type")),
        max_bytes=width,
        nullable=field.nullable,
        description=field.description or "",
    )


def _kind(stored_name: str, found: Any) -> str:
    name = getattr(found, "__name__", type(found).__name__)
    kind = _KINDS.get(name)
    if name == "Decimal" and (precision := getattr(found, "precision", None)):
        decimal = f"decimal({precision},{getattr(found, 'scale', 0)})"
        kind = decimal if sql_type(decimal) else None
    if kind is None or (kind == "timestamp" and (found.time_unit, found.time_zone) != ("us", None)):
        raise ContractError(
            f"The contract's column {stored_name} is of type {found}, which can't be read from a CSV.",
            f"types are {_OFFERED}",
        )
    return kind


def _target(stored_name: str, kind: str, width: int | None, wanted: str | None) -> str:
    """The type in the warehouse: the one asked for where the kind can have it."""
    own = _TARGETS.get(kind) or kind.upper()
    if width is not None:
        own = "VARCHAR(MAX)" if width == MAX_BYTES else f"VARCHAR({width})"
    decimal = wanted is not None and decimal_of(wanted) is not None and sql_type(wanted) == wanted
    narrower = (kind, wanted) == ("long", "INT") or (kind == "double" and decimal)
    if wanted in (None, own) or narrower:
        return wanted or own
    others = {"long": " or INT", "double": " or DECIMAL(p,s)"}.get(kind, "")
    raise ContractError(
        f"The contract's column {stored_name} can't be {wanted} in the warehouse.", f"a {kind} is {own}{others}"
    )
