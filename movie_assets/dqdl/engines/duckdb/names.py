"""Validates the column names of a table."""

from collections import Counter
from collections.abc import Sequence

from movie_assets.dqdl.declaring.plan import ROW_ID
from movie_assets.dqdl.errors import EvaluationError

RESERVED = ("rowid", ROW_ID)
"""The engine's own columns."""


def refuse_names(names: Sequence[str], table: str) -> None:
    """Check the column names of a table, called ``table`` in messages; they are case-insensitive.

    Raises: EvaluationError, when there are none, or one is missing, occurs twice or is the engine's.
    """
    if not names:
        raise EvaluationError(f"{table} has no columns")
    if "" in names:
        raise EvaluationError(f"column {names.index('') + 1} of {table} has no name")
    counts = Counter(name.lower() for name in names)
    if twice := sorted({name for name in names if counts[name.lower()] > 1}):
        raise EvaluationError(f"columns of {table} occur twice: {', '.join(map(repr, twice))}")
    if taken := [name for name in names if name.lower() in RESERVED]:
        raise EvaluationError(f"a column called '{taken[0]}' can't be judged; rename it")
