"""What the engine's errors mean to a person."""

import duckdb
import pyarrow as pa
import pytest

from movie_assets.dqdl.engines.base import EngineError
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.errors import said

ERRORS = {
    "SELECT nope FROM __judged": "there is no column 'nope'",
    "SELECT n.a FROM __judged": "there is no table 'n'",
    "SELECT * FROM nowhere": "there is no table 'nowhere'",
    "SELECT foo(a) FROM __judged": "there is no function 'foo'",
    "SELECT a + s FROM __judged": "+(BIGINT, VARCHAR) is not defined for these types",
    "SELECT lpad('x', 1000000000000, 'y')": "lpad(STRING, INTEGER, STRING) is not defined for these types",
    "SELECT CAST(s AS INT) FROM __judged": "'it's' is not of the type INT32",
    "SELECT CAST(s AS STRUCT(x INT)) FROM __judged": "'it's' is not of the type STRUCT(x INTEGER)",
    "SELECT CAST(a AS INT[]) FROM __judged": "BIGINT can't be cast to INTEGER[]",
    "SELECT a BETWEEN 'x' AND 'y' FROM __judged": "'x' is not of the type INT64",
    "SELECT CAST('123' AS DECIMAL(2, 1))": "'123' is not of the type DECIMAL(2,1)",
    "SELECT CAST(s AS DATE) FROM __judged": "'it's' is not a date",
    "SELECT CAST('x' AS TIMESTAMP)": "'x' is not a timestamp",
    "SELECT 9223372036854775807 + a FROM __judged": "overflow in addition of INT64 (9223372036854775807 + 1)",
    "SELECT strptime(s, '%Y') FROM __judged": 'could not parse string "it\'s" according to format specifier "%Y"',
    "SELECT a, __row_id, count(*) FROM __judged GROUP BY a": (
        "column the table must appear in the GROUP BY clause or must be part of an aggregate function"
    ),
    "CREATE TABLE films (a INT)": "there already is a table 'films'",
    "SELECT string_agg(repeat('x', 1000000), '') FROM range(1000)": "it needs more memory than 28.6 MiB",
    "SELECT error('a message of its own')": "a message of its own",
}
"""What raises an error of the engine, and what is said of it."""


@pytest.mark.parametrize("sql", ERRORS)
def test_an_error_is_one_clause_in_plain_words(sql: str) -> None:
    engine = DuckDBEngine.open(memory_limit_mb=30)
    engine.execute("CREATE TABLE films AS SELECT 1::BIGINT AS a, 'it''s' AS s")
    engine.execute("CREATE VIEW __judged AS SELECT *, rowid AS __row_id FROM films")
    with pytest.raises(EngineError) as raised:
        engine.rows(sql)
    assert str(raised.value) == ERRORS[sql]


def test_an_error_of_arrow_names_the_column_first() -> None:
    error = pa.ArrowInvalid("Could not convert 'x'", "Conversion failed for column a")
    assert said(error) == "conversion failed for column a: Could not convert 'x'"


def test_an_error_of_the_system_is_said_by_its_own_words() -> None:
    assert said(FileNotFoundError(2, "No such file or directory", "a.csv")) == "No such file or directory: 'a.csv'"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("could not allocate block of size 1.9 MiB (28.0 MiB/28.6 MiB used)", "memory than 28.6 MiB"),
        (
            "failed to pin block of size 256.0 KiB (28.6 MiB/28.6 MiB used)\n\nPossible",
            "memory than 28.6 MiB",
        ),
        ("failed to offload data block of size 256.0 KiB (1.0 GiB/1.0 GiB used).\nThis", "room on disk than 1.0 GiB"),
        ("Allocation failure", "memory than there is"),
    ],
)
def test_too_little_room_is_said_in_one_way(words: str, what: str) -> None:
    assert said(duckdb.OutOfMemoryException(f"Out of Memory Error: {words}")) == f"it needs more {what}"
