"""A table changed outside the pipeline is reported column by column."""

import duckdb
import pytest

from movie_assets.catalog.compare import TableShape
from movie_assets.lake import Lake
from movie_assets.warehouse import Warehouse
from movie_assets.warehouse.duckdb import DuckDBWarehouse
from movie_assets_tests.support.accepted import accept, films
from movie_assets_tests.support.feeds import TABLE
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.warehouses import run

CHANGES = {
    "a column more": ([f"ALTER TABLE {TABLE} ADD COLUMN country VARCHAR(20)"], {"country": "has it besides"}),
    "a column less": ([f"ALTER TABLE {TABLE} DROP COLUMN gross"], {"gross": "lacks it"}),
    "a column renamed": (
        [f"ALTER TABLE {TABLE} RENAME COLUMN genre TO genres"],
        {"genre": "lacks it", "genres": "has it besides"},
    ),
    "another type": (
        [f"ALTER TABLE {TABLE} DROP COLUMN no_of_votes", f"ALTER TABLE {TABLE} ADD COLUMN no_of_votes BIGINT"],
        {"no_of_votes": "has BIGINT, not INTEGER"},
    ),
}


@pytest.mark.parametrize(("statements", "said"), CHANGES.values(), ids=CHANGES)
def test_what_a_table_has_otherwise(
    warehouse: Warehouse,
    request: pytest.FixtureRequest,
    lake: Lake,
    statements: list[str],
    said: dict[str, str],
) -> None:
    warehouse.load_day(accept(lake, films(1)), lake, run_id="r")
    if isinstance(warehouse, DuckDBWarehouse):
        with duckdb.connect(warehouse.path) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        server: RedshiftStandIn = request.getfixturevalue("redshift")
        run(server, *statements)
    shape = TableShape("it", warehouse.columns(), warehouse.columns_wanted())
    assert shape.differences() == {name: f"it {text}" for name, text in said.items()}
