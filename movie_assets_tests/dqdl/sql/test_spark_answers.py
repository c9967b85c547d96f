"""Answers that Apache Spark gave, recorded, beside those of the engine."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from movie_assets.dqdl.patterns.functions import register
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.spark import statement
from movie_assets.quoting import identifier
from movie_assets_tests.support.judged import NOW

TABLES = {
    "primary": """SELECT 'a' AS k, '7' AS s, '2.5' AS sx, '2024-01-15' AS ds, '2024-01-15 10:30:00' AS ts, 'true' AS sb,
'Heat' AS title, NULL::VARCHAR AS z, 12345::BIGINT AS id, 5 AS n, 2.5::DOUBLE AS x, 7.5::FLOAT AS f,
12.30::DECIMAL(6,2) AS m, TRUE AS b, DATE '2024-01-15' AS d, TIMESTAMP '2024-01-15 10:30:00' AS t,
9223372036854775807 AS bmax, 2147483647 AS imax, (-2147483648)::INTEGER AS imin, 100::TINYINT AS ti,
30000::SMALLINT AS si, NULL::INTEGER AS zn, NULL::DATE AS zd, '' AS e, 'x@y.com' AS mail, 'Crime|Drama' AS genres,
' padded ' AS pad, 'NaN'::DOUBLE AS nn, 'inf'::DOUBLE AS inf, 'Zürich' AS city""",
    "movies": """SELECT * FROM (VALUES
(1, 'Heat', 'Crime|Drama', DATE '1995-12-15', 8.3::DOUBLE, 60000000::BIGINT, 'en'),
(2, 'Alien', 'Horror', DATE '1979-05-25', 8.5, 11000000, 'en'),
(3, 'Amelie', 'Comedy', DATE '2001-04-25', 8.3, NULL, 'fr'),
(4, 'Stalker', 'Drama', DATE '1979-05-13', 8.1, 1000000, 'ru'), (5, NULL, 'Drama', NULL, NULL, 0, 'xx'),
(6, 'Heat', '', DATE '1986-01-01', 3.9, -5, 'en')) t(movie_id, title, genres, released, rating, budget, lang)""",
    "ref": "SELECT * FROM (VALUES ('en', 'English', 1), ('fr', 'French', 2), ('de', 'German', 3)) t(code, name, rank)",
}
ANSWERS = [
    line.rsplit(" => ", 1)
    for line in (Path(__file__).parent / "spark_answers.txt").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        register(connection)
        for name, query in TABLES.items():
            connection.execute(f"CREATE TABLE {identifier(name)} AS {query}")
        yield connection


@pytest.fixture(scope="module")
def schemas(engine: duckdb.DuckDBPyConnection) -> dict[str, Schema]:
    return {
        name: Schema(Column(*found[:2]) for found in engine.execute(f"DESCRIBE {identifier(name)}").fetchall())
        for name in TABLES
    }


def shown(value: object) -> object:
    """A value as the answers have it: numbers in ten digits."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (float, Decimal)):
        return f"{float(value):.10g}"
    return [shown(each) for each in value] if isinstance(value, (list, tuple)) else str(value)


@pytest.mark.parametrize(("text", "answer"), ANSWERS, ids=[text for text, _ in ANSWERS])
def test_the_engine_answers_as_spark(
    text: str, answer: str, engine: duckdb.DuckDBPyConnection, schemas: dict[str, Schema]
) -> None:
    query = text if text.startswith(("select ", "with ")) else f"select {text} from primary"
    rows = [shown(row) for row in engine.execute(statement(query, schemas, NOW)).fetchall()]
    ordered = "order by" in text and " over " not in text
    assert (rows if ordered else sorted(rows, key=str)) == json.loads(answer)
