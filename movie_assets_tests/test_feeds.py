"""Feeds that can't be run are refused by name before any file is read."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from movie_assets.errors import FeedError
from movie_assets.feed import AggregateColumn
from movie_assets.feeds import feed_named, feeds
from movie_assets.pipeline.keys import Keys
from movie_assets.settings import Settings
from movie_assets.warehouse.tables import aggregate_insert
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.judging import csv_of, judge_text
from movie_assets_tests.support.orders import ORDERS, PER_CUSTOMER, install

HERE = sys.modules[__name__]
DECLARED = ORDERS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Orders"}, "can't have the name 'Orders'"),
        ({"prefix": "a/b"}, "can't have the prefix 'a/b'"),
        ({"table": "orders"}, r"can't have the table 'orders'\. Hint: write it as schema\.table"),
        ({"start_date": "2024-03-01"}, r"can't start on '2024-03-01'\. Hint: give a datetime\.date"),
        ({"table": "shop.orders"}, "tables in several schemas: shop.orders and sales.orders_per_customer"),
    ],
)
def test_a_feed_with_a_name_nobody_can_have(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(FeedError, match=said):
        replace(ORDERS, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "movies"}, "Several feeds have the name 'movies'"),
        ({"prefix": ""}, "Several feeds have the prefix ''"),
        ({"table": FEED.table, "aggregates": ()}, "Several feeds have the table 'movies.imdb_movies_rating'"),
        ({"table": "movies.load_audit", "aggregates": ()}, "Several feeds have the table 'movies.load_audit'"),
        ({"prefix": "landing"}, "can't have the prefix 'landing': it is an area of the lake"),
    ],
)
def test_feeds_that_can_not_be_together(
    tmp_path: Path, own_settings: Settings, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(HERE, "DECLARED", replace(ORDERS, **changes))
    install(tmp_path, monkeypatch, f"orders = {__name__}:DECLARED")
    with pytest.raises(FeedError, match=said):
        feeds(own_settings)


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("x = nowhere:ORDERS", r"The feed x \(nowhere:ORDERS\) can't be imported: ModuleNotFoundError"),
        (f"x = {__name__}:install", "is no Feed"),
    ],
)
def test_an_entry_point_that_is_no_feed(
    tmp_path: Path, own_settings: Settings, monkeypatch: pytest.MonkeyPatch, point: str, said: str
) -> None:
    install(tmp_path, monkeypatch, point)
    with pytest.raises(FeedError, match=said):
        feeds(own_settings)


def test_an_unknown_feed_is_told_which_there_are(
    tmp_path: Path, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, f"orders = {__name__}:DECLARED")
    assert feed_named(own_settings, "orders") == ORDERS
    with pytest.raises(FeedError, match=r"There is no feed 'order'\. Hint: feeds are movies, orders"):
        feed_named(own_settings, "order")


def test_columns_that_the_contract_lacks_are_named_before_a_day_is_judged(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movie_assets_tests.support.judging.FEED", replace(FEED, title="name", shown=("year",)))
    with pytest.raises(FeedError, match=r"names columns that its contract lacks: name, year\. Hint: the contract has"):
        judge_text(own_settings, csv_of([{}]))
    aggregate = replace(PER_CUSTOMER, columns={"client": AggregateColumn("VARCHAR(9)", "client")})
    with pytest.raises(FeedError, match="lacks: client"):
        replace(ORDERS, aggregates=(aggregate,)).validate()


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ("SELECT (customer FROM day_rows", "is not SQL of Redshift: "),
        ("DELETE FROM day_rows", "is not one SELECT"),
        ("SELECT 1; SELECT 2", "is not one SELECT"),
    ],
)
def test_an_aggregate_that_is_not_one_select_is_named(select: str, said: str) -> None:
    wrong = replace(PER_CUSTOMER, select=select)
    with pytest.raises(FeedError, match=f"The aggregate orders_per_customer {said}"):
        aggregate_insert(ORDERS, wrong, DAY, "duckdb")
    with pytest.raises(FeedError, match=f"The aggregate orders_per_customer {said}"):
        replace(ORDERS, aggregates=(wrong,)).validate()


@pytest.mark.parametrize("name", ["rule_outcomes", "orders", "raw_orders"])
def test_assets_of_one_name_are_named(name: str) -> None:
    keys = Keys(replace(ORDERS, aggregates=(replace(PER_CUSTOMER, name=name),)))
    with pytest.raises(FeedError, match=f"Several assets of the feed orders are called {name}"):
        _ = keys.assets
