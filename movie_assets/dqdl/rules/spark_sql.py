"""Spark SQL, as ``where`` and CustomSql speak it, in the engine's SQL."""

from collections.abc import Iterable


class SqlRefusedError(Exception):
    """A piece of SQL that can't be translated or must not run."""


def predicate(text: str) -> str:
    """A ``where`` text as a boolean expression of the engine."""
    raise SqlRefusedError("not translated yet")


def statement(text: str, tables: Iterable[str]) -> str:
    """A CustomSql statement as a query of the engine over the given tables."""
    raise SqlRefusedError("not translated yet")
