"""What an evaluation asks of the engine that holds the table.

Expressions and queries are the declarations' SQL over the judged relation. How an engine counts keys, remembers which
test failed which row, and parts the rows, is its own.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from movie_assets.dqdl.declaring.plan import Keys
from movie_assets.dqdl.sql.columns import Schema


class EngineError(Exception):
    """The engine refused or stopped a statement: why, in one readable clause without a full stop."""


@dataclass(frozen=True, slots=True)
class RuleRows:
    """A rule's meaning over marks: its text, when it fails a row (None: it judges no rows), when it skips one."""

    text: str
    fails: str | None
    skipped: str = "FALSE"


class Split(Protocol):
    """How the judged rows part."""

    @property
    def total(self) -> int:
        """How many rows there are."""
        ...

    def quarantined(self) -> int:
        """How many rows at least one rule fails."""
        ...

    def quarantined_ids(self) -> str:
        """A query of the ids of these rows."""
        ...

    def failed_ids(self, rule: RuleRows) -> str:
        """A query of the ids of the rows that a rule fails."""
        ...

    def with_verdicts(self, relation: str, columns: str) -> str:
        """A query of the rows of a relation, which has their ids: the given columns, then Glue's four."""
        ...


class Engine(Protocol):
    """Every failure of a statement is an ``EngineError``."""

    def one_rule(self) -> AbstractContextManager[None]:
        """What runs in this block may take the rule's time limit in all."""
        ...

    def schema(self, relation: str) -> Schema:
        """The columns of a relation, in order."""
        ...

    def describe(self, query: str) -> Schema:
        """The columns of a query, in order."""
        ...

    def rows(self, query: str) -> list[tuple[Any, ...]]: ...

    def row(self, query: str) -> tuple[Any, ...]:
        """The first row of a query, which must have one."""
        ...

    def aggregates(self, expressions: Sequence[str], relation: str) -> list[Any]:
        """One value per aggregate over a relation, in as few passes as the engine does well."""
        ...

    def over_keys(self, keys: Keys, expression: str) -> Any:
        """The value of an expression over the statistics of some keys, as ``OverKeys`` defines them."""
        ...

    def occurs_again(self, keys: Keys) -> str:
        """When a judged row has a key that other rows have too."""
        ...

    def mark(self, tests: Sequence[str], *, every_row: bool) -> None:
        """Remember for each judged row which of the tests hold, in place of what was marked before.

        Rows for which no test holds are stored with ``every_row`` only.
        """
        ...

    def marked(self, test: str) -> str:
        """When a stored row is one for which a marked test holds: an expression for ``counts`` and ``RuleRows``."""
        ...

    def counts(self, expressions: Sequence[str]) -> list[int]:
        """For each expression over marks, the number of stored rows that satisfy it."""
        ...

    def split(self, rules: Sequence[RuleRows], total: int) -> Split:
        """How the marks part the rows, of which there are ``total``."""
        ...
