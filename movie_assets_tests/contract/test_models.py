"""Models of other columns than the movies': the types there are, and what is refused."""

import datetime
from decimal import Decimal
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl
import pytest

from movie_assets.contract import Contract
from movie_assets.errors import ContractError
from movie_assets_tests.support.orders import ORDERS

KINDS = """
order_id   long          BIGINT
customer   string        VARCHAR(40)
placed_at  timestamp     TIMESTAMP
shipped_on date          DATE
amount     decimal(12,2) DECIMAL(12,2)
items      int           INT
weight     double        DOUBLE_PRECISION
paid       boolean       BOOLEAN
"""


def model(**fields: Any) -> Contract:
    """A contract of these fields: a type, or a type and what `pa.Field` takes."""
    annotations, values = {}, {}
    for name, field in fields.items():
        kind, options = field if isinstance(field, tuple) else (field, {})
        annotations[name], values[name] = kind, pa.Field(**options)
    return Contract(type("Model", (pa.DataFrameModel,), {"__annotations__": annotations, **values}))


def test_every_type_has_a_kind_and_a_place_in_the_warehouse() -> None:
    found = [[c.stored_name, c.kind, c.target_type.replace(" ", "_")] for c in ORDERS.contract.columns]
    assert found == [line.split() for line in KINDS.strip().splitlines()]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Order": str}, r"column 'Order' has no name that every warehouse takes\. Hint: name the field in lower case"),
        ({"run_id": str}, "column run_id has a name that the pipeline itself adds"),
        ({"a": (int, {"unique": True})}, 'a contract sees a batch at a time. Hint: write the rule IsUnique "a"'),
        ({"rowid": str}, "column rowid has a name that the pipeline itself adds"),
        ({"a": Annotated[pl.Decimal, 99, 2]}, "column a is of type Decimal"),
        ({"a": pl.Int16}, r"column a is of type Int16, which can't be read from a CSV\. Hint: types are str, int"),
        ({"a": Annotated[pl.Datetime, "ms", None]}, "column a is of type Datetime"),
        ({"a": (str, {"metadata": {"max_bytes": 70_000}})}, "column a can't have 70000 bytes"),
        ({"a": (str, {"metadata": {"target_type": "DATE"}})}, r"can't be DATE in the warehouse\. Hint: a string is"),
        ({"a": (float, {"metadata": {"target_type": "FLOAT"}})}, r"a double is DOUBLE PRECISION or DECIMAL\(p,s\)"),
        ({"a": (float, {"metadata": {"target_type": "DECIMAL(50,2)"}})}, r"can't be DECIMAL\(50,2\)"),
        ({"a": (str, {"title": "X"}), "b": (str, {"title": "x"})}, "Several columns of the contract are called x"),
    ],
)
def test_what_can_not_be_a_contract_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        _ = model(**fields).columns


@pytest.mark.parametrize("name", ["nowhere:Model", "movie_assets_tests.support.orders:Nothing"])
def test_a_model_that_can_not_be_imported_is_named(name: str) -> None:
    with pytest.raises(ContractError, match=f"The contract {name} can't be imported: .*package.module:Model"):
        _ = Contract(name).columns


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ((int, {"metadata": {"target_type": "INT"}}), 2**31, "is too large for INT"),
        ((float, {"metadata": {"target_type": "DECIMAL(4,1)"}}), 1000.0, "is too large for DECIMAL(4,1)"),
        ((float, {"metadata": {"target_type": "DECIMAL(4,1)"}}), 0.25, "has more decimals than DECIMAL(4,1)"),
        ((datetime.date, {}), None, "is empty or not a date, and may not be"),
        ((bool, {}), None, "is empty or not a boolean, and may not be"),
        ((str, {"isin": ["a"]}), "b", "breaks the contract's check isin(['a'])"),
    ],
)
def test_what_the_target_can_not_hold_is_refused(field: tuple[Any, Any], cell: object, reason: str) -> None:
    contract = model(a=field)
    kind = {int: pl.Int64, float: pl.Float64, bool: pl.Boolean, str: pl.String, datetime.date: pl.Date}[field[0]]
    batch = pl.DataFrame({"a": pl.Series([cell], dtype=kind), "line_number": [2]})
    accepted, refused = contract.validate(batch)
    assert accepted.height == 0
    assert refused["reason"].to_list() == [reason]


def test_a_check_of_the_whole_row_has_its_own_name_and_no_value() -> None:
    class Paid(pa.DataFrameModel):
        amount: Annotated[pl.Decimal, 12, 2]
        paid: Annotated[pl.Decimal, 12, 2]

        @pa.dataframe_check
        @classmethod
        def paid_in_full(cls, data: Any) -> pl.LazyFrame:
            frame: pl.LazyFrame = data.lazyframe
            return frame.select(pl.col("paid") >= pl.col("amount"))

    rows = {"amount": [Decimal("2.00"), Decimal("3.00")], "paid": [Decimal("2.00"), Decimal("1.00")]}
    schema = {"amount": pl.Decimal(12, 2), "paid": pl.Decimal(12, 2)}
    batch = pl.DataFrame(rows, schema=schema).with_columns(line_number=pl.Series([2, 3]))
    accepted, refused = Contract(Paid).validate(batch)
    assert accepted["line_number"].to_list() == [2]
    assert refused.rows() == [(3, "paid_in_full", None, "breaks the contract's check paid_in_full")]
