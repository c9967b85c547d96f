from decimal import Decimal

import duckdb
import pyarrow
import sqlglot

from movie_assets.pipeline.schemas import stored_columns
from movie_assets.warehouse.tables import LOAD_COLUMNS, rows_table
from movie_assets_tests.contract.test_batches import batch
from movie_assets_tests.support.feeds import CONTRACT, FEED


def test_rows_at_rest_are_in_the_targets_types_with_their_line_last() -> None:
    schema = CONTRACT.parquet_schema
    assert schema.names == [*(column.stored_name for column in CONTRACT.columns), "line_number"]
    assert schema.field("imdb_rating").type == pyarrow.decimal128(10, 2)
    assert schema.field("meta_score").type == schema.field("no_of_votes").type == pyarrow.int32()
    assert schema.field("poster_link").type == pyarrow.string()
    assert schema.field("line_number").type == pyarrow.int64()
    assert [field.name for field in schema if field.nullable] == ["meta_score"]


def test_accepted_rows_are_stored_without_rounding_or_losing_order() -> None:
    accepted, _ = CONTRACT.validate(batch(1001, imdb_rating=[hundredths / 100 for hundredths in range(1001)]))
    table = CONTRACT.to_storage(accepted.to_arrow())
    assert table.schema.equals(CONTRACT.parquet_schema)
    assert table["imdb_rating"].to_pylist() == [Decimal(hundredths).scaleb(-2) for hundredths in range(1001)]
    assert table["line_number"].to_pylist() == list(range(2, 1003))


def test_a_missing_score_is_stored_as_null_and_no_row_as_an_empty_table() -> None:
    accepted, _ = CONTRACT.validate(batch(2, meta_score=[None, 7]))
    assert CONTRACT.to_storage(accepted.to_arrow())["meta_score"].to_pylist() == [None, 7]
    assert CONTRACT.to_storage(accepted.clear().to_arrow()).schema.equals(CONTRACT.parquet_schema)


def test_the_duckdb_table_takes_stored_rows() -> None:
    stored = CONTRACT.to_storage(batch(2, meta_score=[None, 7]).to_arrow())
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA movies")
        connection.execute(rows_table(FEED).ddl("duckdb"))
        connection.execute(rows_table(FEED).ddl("duckdb"))
        connection.register("stored", stored.drop_columns("line_number"))
        connection.execute("INSERT INTO movies.imdb_movies_rating SELECT *, DATE '2024-03-24', 'run' FROM stored")
        described = connection.execute("DESCRIBE movies.imdb_movies_rating").fetchall()
        assert connection.execute(
            "SELECT meta_score, ingest_date::VARCHAR FROM movies.imdb_movies_rating"
        ).fetchall() == [
            (None, "2024-03-24"),
            (7, "2024-03-24"),
        ]
    assert [row[0] for row in described] == [
        *(column.stored_name for column in CONTRACT.columns),
        *(column.name for column in LOAD_COLUMNS),
    ]
    types = {name: kind for name, kind, *_ in described}
    assert types["imdb_rating"] == "DECIMAL(10,2)"
    assert types["no_of_votes"] == "INTEGER"
    assert [name for name, _, null, *_ in described if null == "YES"] == ["meta_score"]


def test_the_redshift_table_has_the_widths_of_the_contract() -> None:
    ddl = rows_table(FEED).ddl("redshift")
    first = '    "poster_link" VARCHAR(MAX) NOT NULL,\n'
    assert ddl.startswith("CREATE TABLE IF NOT EXISTS movies.imdb_movies_rating (\n" + first)
    assert '    "meta_score" INT,\n' in ddl
    assert ddl.endswith('    "ingest_date" DATE NOT NULL,\n    "run_id" VARCHAR(36) NOT NULL\n)')
    table = sqlglot.parse_one(ddl, read="redshift")
    assert len(list(table.find_all(sqlglot.exp.ColumnDef))) == 18


def test_the_ui_sees_the_targets_types() -> None:
    shown = stored_columns(CONTRACT).columns
    assert len(shown) == 16
    score = shown[8]
    assert (score.name, score.type, score.description) == ("meta_score", "INT", "Mean rating of the critics, 0 to 100")
    assert score.constraints.nullable
