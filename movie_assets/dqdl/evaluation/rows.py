"""Rows: a bit mask per row over the row tests, and from it counts, verdicts and the split.

Only rows with a bit set are stored. What a mask means for a rule is an SQL expression over its bits, so that nothing
here loops over rows, nor over the masks that occur.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from movie_assets.dqdl.declaring.plan import JUDGED, ROW_ID, CompositeMethod
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.errors import said
from movie_assets.dqdl.evaluation.measuring import Measurements
from movie_assets.dqdl.evaluation.outcomes import FAIL, PASS, RESULT, SKIP, RowTotals
from movie_assets.dqdl.evaluation.planning import Planned
from movie_assets.dqdl.language.nodes import AnyRule, Rule
from movie_assets.dqdl.sql.columns import literal

BITS = 62
"""Bits of one mask word, a BIGINT; one statement fills one word, as plans of more tests are slow, then too deep."""

MASKS = "__masks"


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit of the mask and when it is set."""

    index: int
    when: str

    @property
    def word(self) -> str:
        return f"__mask_{self.index // BITS}"

    @property
    def test(self) -> str:
        return f"({self.word} & {1 << self.index % BITS}) <> 0"


@dataclass(slots=True)
class Masks:
    """The masks of one evaluation: which bit says what of which leaf rule.

    ``every_row`` stores rows without a bit set too: for rules that may fail a row that none of its leaves fails.
    """

    engine: DuckDBEngine
    total: int = 0
    every_row: bool = False
    _bits: dict[str, Bit] = field(default_factory=dict)
    _fails: dict[int, Bit] = field(default_factory=dict)
    _filtered: dict[int, Bit] = field(default_factory=dict)

    def fails(self, leaf: Planned) -> str:
        """When a mask says that the leaf's row fails."""
        return self._fails[id(leaf)].test

    def filtered(self, leaf: Planned) -> str:
        """When a mask says that ``where`` left the leaf's row out (only with ``filtered_rows="skipped"``)."""
        bit = self._filtered.get(id(leaf))
        return bit.test if bit else "FALSE"

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(bit.word for bit in self._bits.values())) or ["__mask_0"]

    def build(self, leaves: Sequence[Planned], measurements: Measurements) -> list[Planned]:
        """Fill the masks table; a leaf whose test fails on this data comes back refused, others go on."""
        try:
            with self.engine.one_rule():
                self._create(leaves, measurements)
            return list(leaves)
        except duckdb.Error:  # some rule's test fails on this data or takes too long: find out whose
            tried = [self._try(leaf, measurements) for leaf in leaves]
            self._create(tried, measurements)  # takes as long as it takes: none of them took too long
            return tried

    def _try(self, leaf: Planned, measurements: Measurements) -> Planned:
        if leaf.plan.row is None:
            return leaf
        try:
            # Counted as it is filled: as a filter the engine may know the answer without computing all of it.
            test = f"CASE WHEN {_fails_sql(leaf, measurements)} THEN 1 ELSE 0 END"
            with self.engine.one_rule():
                self.engine.row(f"SELECT sum({test}) FROM {JUDGED}")
        except duckdb.Error as error:
            return leaf.refused(said(error))
        return leaf

    def _create(self, leaves: Sequence[Planned], measurements: Measurements) -> None:
        self._bits, self._fails, self._filtered = {}, {}, {}
        for leaf in leaves:
            if leaf.plan.row is None:
                continue
            self._fails[id(leaf)] = self._bit(_fails_sql(leaf, measurements))
            if leaf.subject.where and leaf.subject.options.filtered_rows == "skipped":
                self._filtered[id(leaf)] = self._bit(f"NOT coalesce({leaf.subject.where}, FALSE)")
        words = self.words
        if len(words) == 1:
            self._fill(words[0], MASKS)
            return
        for word in words:
            self._fill(word, f"{MASKS}_{word}")
        union = " UNION ALL BY NAME ".join(f"FROM {MASKS}_{word}" for word in words)
        merged = ", ".join(f"coalesce(bit_or({word}), 0) AS {word}" for word in words)
        self.engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {MASKS} AS SELECT {ROW_ID}, {merged} FROM ({union}) GROUP BY {ROW_ID}"
        )

    def _fill(self, word: str, table: str) -> None:
        """Create the table of one word, for the rows with a bit set in it."""
        bits = " | ".join(
            f"CASE WHEN {bit.when} THEN {1 << bit.index % BITS} ELSE 0 END"
            for bit in self._bits.values()
            if bit.word == word
        )
        stored = "TRUE" if self.every_row else f"{word} <> 0"
        self.engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM "
            f"(SELECT {ROW_ID}, CAST({bits or '0'} AS BIGINT) AS {word} FROM {JUDGED}) WHERE {stored}"
        )

    def _bit(self, when: str) -> Bit:
        """The bit of a test; rules with the same test share it."""
        return self._bits.setdefault(when, Bit(len(self._bits), when))

    def counts(self, tests: Sequence[str]) -> list[int]:
        """For each expression over the mask, the number of stored rows that satisfy it."""
        if not tests:
            return []
        self.engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {MASKS}_n AS "
            f"SELECT {', '.join(self.words)}, count(*) AS n FROM {MASKS} GROUP BY ALL"
        )
        sums = {test: f"coalesce(sum(CASE WHEN {test} THEN n END), 0)" for test in tests}
        found = dict(zip(sums, self.engine.aggregates(list(sums.values()), f"{MASKS}_n"), strict=True))
        return [int(found[test]) for test in tests]


def _fails_sql(leaf: Planned, measurements: Measurements) -> str:
    """When the leaf's row fails, over the judged relation."""
    row = leaf.plan.row
    assert row is not None
    fails = f"NOT coalesce({row.passes}, FALSE)"
    if row.unique is not None:
        fails = f"({fails} OR {ROW_ID} IN (SELECT {ROW_ID} FROM {measurements.duplicates(row.unique)}))"
    return f"coalesce({leaf.subject.where}, FALSE) AND {fails}" if leaf.subject.where else fails


def _row_test(rule: AnyRule, leaves: Mapping[int, Planned], masks: Masks, verdicts: Mapping[int, bool]) -> str:
    """When a mask says that the rule's row fails; a leaf without row test counts by its verdict."""
    if isinstance(rule, Rule):
        leaf = leaves[id(rule)]
        return masks.fails(leaf) if leaf.plan.row else ("FALSE" if verdicts[id(rule)] else "TRUE")
    joiner = " OR " if rule.operator == "AND" else " AND "
    return "(" + joiner.join(_row_test(operand, leaves, masks, verdicts) for operand in rule.operands) + ")"


@dataclass(frozen=True, slots=True)
class RuleRows:
    """A top-level rule's meaning over masks: its text, when it fails its row (None: it judges no rows) and skips it."""

    text: str
    fails: str | None
    skipped: str = "FALSE"


def rule_rows(
    rule: AnyRule,
    text: str,
    leaves: Mapping[int, Planned],
    masks: Masks,
    verdicts: Mapping[int, bool],
    composite: CompositeMethod,
) -> RuleRows:
    """A composite judges rows when every leaf does; by row, leaves without rows count by their verdict."""
    members = [leaves[id(leaf)] for leaf in rule.leaves()]
    with_rows = [member for member in members if member.plan.row is not None]
    if len(with_rows) < len(members) and (composite == "column" or not with_rows):
        return RuleRows(text, None)
    skipped = masks.filtered(members[0]) if isinstance(rule, Rule) else "FALSE"
    return RuleRows(text, _row_test(rule, leaves, masks, verdicts), skipped)


@dataclass(frozen=True, slots=True)
class Split:
    """How the judged rows part, as SQL: relations for the caller to read, write or count."""

    engine: DuckDBEngine
    masks: Masks
    rules: tuple[RuleRows, ...]

    @property
    def failing(self) -> str:
        """When a mask says that at least one rule fails the row."""
        return " OR ".join(rule.fails for rule in self.rules if rule.fails) or "FALSE"

    def failed_rows(self, rule: RuleRows) -> str:
        """A query of the row ids the rule fails."""
        return f"SELECT {ROW_ID} FROM {MASKS} WHERE {rule.fails or 'FALSE'}"

    def quarantined_ids(self) -> str:
        """A query of the row ids that at least one rule fails."""
        return f"SELECT {ROW_ID} FROM {MASKS} WHERE {self.failing}"

    def totals(self) -> RowTotals:
        quarantined = self.masks.counts([self.failing])[0]
        return RowTotals(self.masks.total, self.masks.total - quarantined, quarantined)

    def verdicts(self, name: str = "__verdicts") -> str:
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
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {words}, {columns}, "
            f"CASE WHEN {self.failing} THEN 'Failed' ELSE 'Passed' END AS {RESULT} "
            f"FROM (SELECT DISTINCT {words} FROM {MASKS} UNION SELECT {zero})"
        )
        return name

    def with_verdicts(self, columns: str) -> str:
        """A query of all judged rows in input order: the given columns, then Glue's four."""
        verdicts = self.verdicts()
        words = ", ".join(f"coalesce(m.{word}, 0) AS {word}" for word in self.masks.words)
        same = " AND ".join(f"v.{word} = r.{word}" for word in self.masks.words)
        return (
            f"SELECT {columns}, {PASS}, {FAIL}, {SKIP}, {RESULT} FROM (SELECT j.*, {words} FROM {JUDGED} j "
            f"LEFT JOIN {MASKS} m USING ({ROW_ID})) r JOIN {verdicts} v ON {same} ORDER BY {ROW_ID}"
        )


def _texts(members: Sequence[tuple[str | None, RuleRows]]) -> str:
    """The list of the texts whose expression holds, in ruleset order."""
    cases = ", ".join(f"CASE WHEN {test} THEN {literal(rule.text)} END" for test, rule in members if test != "FALSE")
    return f"list_filter(CAST([{cases}] AS VARCHAR[]), lambda text: text IS NOT NULL)"
