"""A feed of other columns and types beside the movies, from the landed file to the table, on a laptop and on AWS."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from movie_assets.definitions import all_pipelines
from movie_assets.movies.sample import write_golden
from movie_assets.warehouse import configured_warehouse
from movie_assets_tests.aws.conftest import Terminal
from movie_assets_tests.support.orders import ORDERS, install

pytestmark = [
    pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning"),  # by the driver
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # pooled connections of boto3
    pytest.mark.usefixtures("collected"),
    pytest.mark.slow,
]

DAY = "2024-03-24"
FILE = """\
Customer,Order ID,Placed at,Shipped on,Amount,Items,Weight,Paid,Note
Ada,1,2024-03-24 08:30:00,2024-03-25,10.50,2,0.5,yes,
Ada,2,2024-03-24T09:00:00Z,,0.01,1,,true,gift
Grace,3,2024-03-24,2024-03-24,99.99,3,1e2,t,
Grace,4,2024-03-24 10:00:00,,1.005,1,,true,
Alan,5,2024-03-24 10:00:00,,-1,1,,true,
Alan,6,yesterday,,5,1,,true,
Alan,7,2024-03-24 11:00:00,,5,101,,true,
Alan,8,2024-03-24 11:00:00,,5,1,,no,
Alan,9
"""
LOADED = [
    (1, "Ada", datetime(2024, 3, 24, 8, 30), date(2024, 3, 25), Decimal("10.50"), 2, 0.5, True),
    (2, "Ada", datetime(2024, 3, 24, 9, 0), None, Decimal("0.01"), 1, None, True),
    (3, "Grace", datetime(2024, 3, 24), date(2024, 3, 24), Decimal("99.99"), 3, 100.0, True),
]


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed as an installed package of another team declares it."""
    install(tmp_path, monkeypatch, "orders = movie_assets_tests.support.orders:ORDERS")


@pytest.fixture(
    params=["laptop", pytest.param("terminal", marks=pytest.mark.servers)],
    ids=["folder and DuckDB", "S3 and Redshift"],
)
def place(request: pytest.FixtureRequest) -> Terminal:
    found: Terminal = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def environment(place: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)


def rows(place: Terminal, sql: str) -> list[tuple[Any, ...]]:
    found = configured_warehouse(place.settings, ORDERS).query(sql).to_pylist()
    return [tuple(row.values()) for row in found]


@pytest.mark.usefixtures("environment")
def test_a_feed_of_other_columns_runs_beside_the_movies(place: Terminal, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(FILE)
    write_golden(tmp_path / "movies.csv")
    place("land", str(tmp_path / "movies.csv"), "--day", DAY)
    place("--feed", "orders", "land", str(tmp_path / "orders.csv"), "--day", DAY)
    place("run", "--day", DAY)
    said = place("--feed", "orders", "run", "--day", DAY)
    assert "9 lines in = 3 accepted + 5 quarantined + 1 unreadable; 1 of 3 rules passed" in said
    assert "columns the contract does not know, kept out: Note" in said
    assert "sales.orders, 3 rows of 1 day\n" in said

    names = ", ".join(ORDERS.contract.names)
    assert rows(place, f"SELECT {names} FROM sales.orders ORDER BY order_id") == LOADED
    per_customer = rows(place, "SELECT customer, total FROM sales.orders_per_customer ORDER BY customer")
    assert per_customer == [("Ada", Decimal("10.51")), ("Grace", Decimal("99.99"))]
    assert rows(place, "SELECT rows_loaded FROM sales.orders_load_audit") == [(3,)]
    assert rows(place, f"SELECT count(*) FROM movies.imdb_movies_rating WHERE ingest_date = '{DAY}'") == [(20,)]

    [status] = json.loads(place("--feed", "orders", "status", "--json"))["days"]
    assert (status["state"], status["lines"], status["rows_loaded"]) == ("loaded", 9, 3)
    [movies] = [day for day in json.loads(place("status", "--json"))["days"] if day["day"] == DAY]
    assert (movies["state"], movies["lines"], movies["rows_loaded"]) == ("loaded", 1000, 20)
    bad = json.loads(place("--feed", "orders", "show", "bad_data", "--day", DAY, "--json"))["rows"]
    broken = {row["order_id"]: [each["reason"] for each in row["violations"] or ()] for row in bad}
    assert broken == {
        "4": ["is not a number that fits DECIMAL(12,2)"],
        "5": ["breaks the contract's check greater_than_or_equal_to(0)"],
        "6": ["is not a timestamp such as 2024-03-24 06:00:00"],
        "7": [],
        "8": [],
    }
    shown = place("--feed", "orders", "show", "validated", "--day", DAY)
    assert "Ada" in shown
    [alert] = [
        json.loads(path.read_text()) for path in place.settings.outbox.glob("*.json") if "orders" in path.read_text()
    ]
    assert (alert["feed"], alert["rules_failed"]) == ("orders", 2)
    assert alert["next_step"] == f"movies --feed orders show bad_data --day {DAY}"


@pytest.mark.usefixtures("environment")
def test_each_feed_has_its_own_assets_job_schedule_and_sensors(place: Terminal) -> None:
    definitions = all_pipelines(place.settings)
    keys = {spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs()}
    assert {key for key in keys if key.startswith("orders/")} == {
        "orders/raw_orders",
        "orders/validated_orders",
        "orders/bad_orders",
        "orders/rule_outcomes",
        "orders/orders",
        "orders/orders_per_customer",
    }
    assert {"raw_movies", "validated_movies", "imdb_movies_rating"} <= keys
    repository = definitions.get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} >= {"movies_day", "orders_day"}
    assert {schedule.name for schedule in repository.schedule_defs} == {"daily_movies", "daily_orders"}
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "file_arrival",
        "failed_rules_alert",
        "orders_file_arrival",
        "orders_failed_rules_alert",
    }
    checks = definitions.resolve_asset_graph().asset_check_keys
    mine = {check.name for check in checks if check.asset_key == dg.AssetKey(["orders", "validated_orders"])}
    assert mine == {"IsUnique_order_id", "ColumnValues_items", "CustomSql", "load_gate"}


@pytest.mark.servers
def test_its_tables_are_in_the_catalog(terminal: Terminal) -> None:
    terminal("--feed", "orders", "catalog", "sync")
    shown = terminal("--feed", "orders", "catalog", "show")
    assert "movies.orders_validated" in shown
    assert "/orders/validated/" in shown
    assert "decimal(12,2)" in shown
    assert "timestamp" in shown
