"""Which test holds for which row: a bit mask per row, and from it counts, verdicts and the split.

Only rows with a bit set are stored. What a mask means for a rule is an SQL expression over its bits, so that nothing
here loops over rows, nor over the masks that occur.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from movie_assets.dqdl.declaring.plan import FAIL, JUDGED, PASS, RESULT, ROW_ID, SKIP
from movie_assets.dqdl.engines.base import RuleRows
from movie_assets.quoting import literal

if TYPE_CHECKING:
    from movie_assets.dqdl.engines.duckdb.statements import Runner

BITS = 62
"""Bits of one mask word, a BIGINT; one statement fills one word, as plans of more tests are slow, then too deep."""

_MASKS = "__masks"


@dataclass(frozen=True, slots=True)
class _Bit:
    index: int
    when: str

    @property
    def word(self) -> str:
        return f"__mask_{self.index // BITS}"

    @property
    def test(self) -> str:
        return f"({self.word} & {1 << self.index % BITS}) <> 0"


class Masks:
    """The table of masks: a bit per test, rules with the same test share it."""

    def __init__(self) -> None:
        self._bits: dict[str, _Bit] = {}

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(bit.word for bit in self._bits.values())) or ["__mask_0"]

    def fill(self, engine: "Runner", tests: Sequence[str], *, every_row: bool) -> None:
        """Fill the table; ``every_row`` stores rows without a bit set too."""
        self._bits = {when: _Bit(index, when) for index, when in enumerate(dict.fromkeys(tests))}
        words = self.words
        if len(words) == 1:
            self._fill(engine, words[0], _MASKS, every_row)
            return
        for word in words:
            self._fill(engine, word, f"{_MASKS}_{word}", every_row)
        union = " UNION ALL BY NAME ".join(f"FROM {_MASKS}_{word}" for word in words)
        merged = ", ".join(f"coalesce(bit_or({word}), 0) AS {word}" for word in words)
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {_MASKS} AS SELECT {ROW_ID}, {merged} FROM ({union}) GROUP BY {ROW_ID}"
        )

    def marked(self, test: str) -> str:
        """When a mask has the bit of a test."""
        return self._bits[test].test

    def counts(self, engine: "Runner", expressions: Sequence[str]) -> list[int]:
        """For each expression over the mask, the number of stored rows that satisfy it."""
        if not expressions:
            return []
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {_MASKS}_n AS "
            f"SELECT {', '.join(self.words)}, count(*) AS n FROM {_MASKS} GROUP BY ALL"
        )
        sums = {test: f"coalesce(sum(CASE WHEN {test} THEN n END), 0)" for test in expressions}
        found = dict(zip(sums, engine.aggregates(list(sums.values()), f"{_MASKS}_n"), strict=True))
        return [int(found[test]) for test in expressions]

    def _fill(self, engine: "Runner", word: str, table: str, every_row: bool) -> None:
        """Create the table of one word, for the rows with a bit set in it."""
        bits = " | ".join(
            f"CASE WHEN {bit.when} THEN {1 << bit.index % BITS} ELSE 0 END"
            for bit in self._bits.values()
            if bit.word == word
        )
        stored = "TRUE" if every_row else f"{word} <> 0"
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM "
            f"(SELECT {ROW_ID}, CAST({bits or '0'} AS BIGINT) AS {word} FROM {JUDGED}) WHERE {stored}"
        )


@dataclass(frozen=True, slots=True)
class MaskSplit:
    """A ``Split`` by the table of masks."""

    engine: "Runner"
    masks: Masks
    rules: tuple[RuleRows, ...]
    total: int

    @property
    def _failing(self) -> str:
        """When a mask says that at least one rule fails the row."""
        return " OR ".join(rule.fails for rule in self.rules if rule.fails) or "FALSE"

    def failed_ids(self, rule: RuleRows) -> str:
        return f"SELECT {ROW_ID} FROM {_MASKS} WHERE {rule.fails or 'FALSE'}"

    def quarantined_ids(self) -> str:
        return f"SELECT {ROW_ID} FROM {_MASKS} WHERE {self._failing}"

    def quarantined(self) -> int:
        return self.masks.counts(self.engine, [self._failing])[0]

    def with_verdicts(self, relation: str, columns: str) -> str:
        verdicts = self._verdicts()
        words = ", ".join(f"coalesce(m.{word}, 0) AS {word}" for word in self.masks.words)
        same = " AND ".join(f"v.{word} = r.{word}" for word in self.masks.words)
        return (
            f"SELECT {columns}, {PASS}, {FAIL}, {SKIP}, {RESULT} FROM (SELECT j.*, {words} FROM {relation} j "
            f"LEFT JOIN {_MASKS} m USING ({ROW_ID})) r JOIN {verdicts} v ON {same}"
        )

    def _verdicts(self) -> str:
        """Create the table of Glue's four columns per mask that occurs, the all-clear one too; returns its name."""
        words = ", ".join(self.masks.words)
        zero = ", ".join(f"CAST(0 AS BIGINT) AS {word}" for word in self.masks.words)
        lists = {
            PASS: [(f"NOT ({rule.fails}) AND NOT ({rule.skipped})", rule) for rule in self.rules if rule.fails],
            FAIL: [(rule.fails, rule) for rule in self.rules if rule.fails],
            SKIP: [(rule.skipped if rule.fails else "TRUE", rule) for rule in self.rules],
        }
        columns = ", ".join(f"{_texts(members)} AS {column}" for column, members in lists.items())
        self.engine.execute(
            f"CREATE OR REPLACE TEMP TABLE __verdicts AS SELECT {words}, {columns}, "
            f"CASE WHEN {self._failing} THEN 'Failed' ELSE 'Passed' END AS {RESULT} "
            f"FROM (SELECT DISTINCT {words} FROM {_MASKS} UNION SELECT {zero})"
        )
        return "__verdicts"


def _texts(members: Sequence[tuple[str | None, RuleRows]]) -> str:
    """The list of the texts whose expression holds, in ruleset order."""
    cases = ", ".join(f"CASE WHEN {test} THEN {literal(rule.text)} END" for test, rule in members if test != "FALSE")
    return f"list_filter(CAST([{cases}] AS VARCHAR[]), lambda text: text IS NOT NULL)"
