"""A second feed, as a team declares its own: orders, of every type that a contract knows."""

import datetime
import sys
from pathlib import Path
from typing import Annotated

import pandera.polars as pa
import polars as pl
import pytest

from movie_assets.contract import Contract
from movie_assets.feed import Aggregate, AggregateColumn, Feed


class Order(pa.DataFrameModel):
    order_id: int = pa.Field(title="Order ID", ge=1, description="Number of the order")
    customer: str = pa.Field(title="Customer", metadata={"max_bytes": 40})
    placed_at: datetime.datetime = pa.Field(title="Placed at")
    shipped_on: datetime.date = pa.Field(title="Shipped on", nullable=True)
    amount: Annotated[pl.Decimal, 12, 2] = pa.Field(title="Amount", ge=0)
    items: pl.Int32 = pa.Field(title="Items")
    weight: float = pa.Field(title="Weight", nullable=True)
    paid: bool = pa.Field(title="Paid")


PER_CUSTOMER = Aggregate(
    "orders_per_customer",
    table="sales.orders_per_customer",
    columns={"customer": AggregateColumn("VARCHAR(40)", "customer"), "total": AggregateColumn("DECIMAL(38,2)")},
    select="SELECT customer, CAST(sum(amount) AS DECIMAL(38,2)) FROM day_rows GROUP BY customer",
    description="What each customer ordered on the day.",
)
ORDERS = Feed(
    "orders",
    contract=Contract(Order),
    ruleset=Path(__file__).with_suffix(".dqdl"),
    table="sales.orders",
    start_date=datetime.date(2024, 3, 1),
    title="customer",
    aggregates=(PER_CUSTOMER,),
)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """An entry point of the group of feeds, as an installed package has it."""
    metadata = folder / "site" / "orders-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: orders\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[movie_assets.feeds]\n{point}\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / "site")])
