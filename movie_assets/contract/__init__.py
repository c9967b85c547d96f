"""The 16 columns of a movie, once: what a file must carry, what the rules read, what the warehouse takes.

`Movie` is the only place that says so; header, casts, batch check, DDL, Parquet schema and UI schema are read off it.
Importing this package costs a second or two (pandera): import it late.
"""

from movie_assets.contract.batches import REFUSED_SCHEMA, validate_batch
from movie_assets.contract.casts import Cast, cast_expressions
from movie_assets.contract.columns import LINE_NUMBER, LOAD_COLUMNS, MAX_BYTES, Column, Movie, RuleType, columns
from movie_assets.contract.header import match_header, plain_name
from movie_assets.contract.storage import dagster_columns, parquet_schema, to_storage, warehouse_ddl

__all__ = [
    "LINE_NUMBER",
    "LOAD_COLUMNS",
    "MAX_BYTES",
    "REFUSED_SCHEMA",
    "Cast",
    "Column",
    "Movie",
    "RuleType",
    "cast_expressions",
    "columns",
    "dagster_columns",
    "match_header",
    "parquet_schema",
    "plain_name",
    "to_storage",
    "validate_batch",
    "warehouse_ddl",
]
