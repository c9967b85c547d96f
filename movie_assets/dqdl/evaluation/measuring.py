"""The one metrics pass: every aggregate of every rule in one scan, keys counted hash-first."""

import math
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from movie_assets.dqdl.declaring.plan import JUDGED, ROW_ID, Keys, Measure, OverKeys, Scan, Statement, Value
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.errors import said
from movie_assets.dqdl.evaluation.planning import Planned

COUNT = Scan("count(*)")

HASH = "hash"
"""The function whose 8 bytes stand for a key in the first look; a poorer one costs time, not truth."""


def matching(planned: Planned) -> Scan:
    """The number of rows that match the rule's ``where``."""
    return Scan(planned.subject.aggregate("count(*)"))


def counted(planned: Planned) -> Scan:
    """The number of rows that count in the compliance of the rule's row test."""
    row = planned.plan.row
    return Scan(planned.subject.aggregate("count(*)", row.counted if row else None))


def measures_of(planned: Planned) -> list[Measure]:
    """Everything to be measured before the rule can be judged."""
    plan = planned.plan
    if plan.refusal is not None:
        return []
    found: list[Measure] = [*plan.metrics.values(), *plan.hidden.values(), matching(planned)]
    if plan.row is not None:
        found.append(counted(planned))
    return found


class Measurements:
    """Measures by value, each taken once however many rules ask for it."""

    def __init__(self, engine: DuckDBEngine) -> None:
        self._engine = engine
        self._values: dict[Measure, Value] = {}
        self._keys: dict[Keys, tuple[str, str]] = {}

    def __getitem__(self, measure: Measure) -> Value:
        return self._values[measure]

    def take(self, rules: Sequence[Planned]) -> list[Planned]:
        """Measure what the rules ask for; a rule whose SQL fails on the data comes back refused, others go on."""
        scans = dict.fromkeys(m for rule in rules for m in measures_of(rule) if isinstance(m, Scan))
        try:
            with self._engine.one_rule():
                self._scan([COUNT, *scans])
        except duckdb.Error:  # some rule's SQL fails on this data or takes too long: each rule scans for itself
            self._scan([COUNT])
        return [self._take_rule(rule) for rule in rules]

    def _take_rule(self, rule: Planned) -> Planned:
        """Take the measures that are still missing, and count the keys a row test needs."""
        try:
            with self._engine.one_rule():
                self._scan(measures_of(rule))
                for measure in measures_of(rule):
                    if not isinstance(measure, Scan) and measure not in self._values:
                        self._values[measure] = self._take(measure)
                if rule.plan.row is not None and rule.plan.row.unique is not None:
                    self._count_keys(rule.plan.row.unique)
        except duckdb.Error as error:
            return rule.refused(said(error))
        return rule

    def _take(self, measure: OverKeys | Statement) -> Value:
        if isinstance(measure, Statement):
            return _value(self._engine.row(measure.sql)[0])
        _, statistics = self._count_keys(measure.keys)
        return _value(self._engine.row(f"SELECT {measure.sql} FROM ({statistics})")[0])

    def _scan(self, scans: Iterable[Measure]) -> None:
        wanted = [scan for scan in dict.fromkeys(scans) if isinstance(scan, Scan) and scan not in self._values]
        if wanted:
            values = self._engine.aggregates([scan.sql for scan in wanted], JUDGED)
            self._values.update(zip(wanted, map(_value, values), strict=True))

    def duplicates(self, keys: Keys) -> str:
        """The table of the row ids whose key occurs more than once."""
        return self._keys[keys][0]

    def _count_keys(self, keys: Keys) -> tuple[str, str]:
        """The duplicates' table and the statistics' query of some keys.

        Hashes are grouped first: 8 bytes a key, whatever its length. A hash that occurs once is a key that occurs once;
        only rows whose hash occurs again are looked at exactly.
        """
        if keys in self._keys:
            return self._keys[keys]
        name = f"__keys_{len(self._keys)}"
        columns = ", ".join(keys.columns)
        where = f"({keys.where})" if keys.where else "TRUE"
        again = f"FROM {JUDGED} WHERE {where} AND {HASH}({columns}) IN (SELECT key_hash__ FROM {name}_again)"
        run = self._engine.execute
        run(
            f"CREATE TEMP TABLE {name}_again AS SELECT {HASH}({columns}) AS key_hash__, count(*) AS n__ "
            f"FROM {JUDGED} WHERE {where} GROUP BY ALL HAVING count(*) > 1"
        )
        run(f"CREATE TEMP TABLE {name}_groups AS SELECT {columns}, count(*) AS n__ {again} GROUP BY {columns}")
        collisions = self._engine.row(f"SELECT count(*) FROM {name}_groups WHERE n__ = 1")[0]
        exact = ""
        if collisions:
            same = " AND ".join(f"g.{column} IS NOT DISTINCT FROM {JUDGED}.{column}" for column in keys.columns)
            exact = f" AND EXISTS (SELECT 1 FROM {name}_groups g WHERE g.n__ > 1 AND {same})"
        run(f"CREATE TEMP TABLE {name} AS SELECT {ROW_ID} {again}{exact}")
        self._keys[keys] = (name, self._key_statistics(name, keys, where))
        return self._keys[keys]

    def _key_statistics(self, name: str, keys: Keys, where: str) -> str:
        """A query of one row: rows, null_rows, singles, groups, spread, as ``OverKeys`` defines them."""
        empty = " AND ".join(f"{column} IS NULL" for column in keys.columns)
        rows, null_rows = self._engine.row(
            f"SELECT count(*), count(*) FILTER (WHERE {empty}) FROM {JUDGED} WHERE {where}"
        )
        again = self._engine.row(f"SELECT coalesce(sum(n__), 0) FROM {name}_again")[0]
        groups, alone, spread = self._engine.row(
            f"SELECT count(*), count(*) FILTER (WHERE n__ = 1), coalesce(sum(n__ * ln(n__)), 0) FROM {name}_groups"
        )
        once = rows - again
        singles = once + alone - (null_rows == 1)
        spread -= null_rows * math.log(null_rows) if null_rows else 0
        return (
            f"SELECT {rows} AS rows, {null_rows} AS null_rows, {singles} AS singles, "
            f"{once + groups - (null_rows > 0)} AS groups, CAST('{spread!r}' AS DOUBLE) AS spread"
        )


def _value(found: object) -> Value:
    if found is None or isinstance(found, (int, float)):
        return found
    return float(str(found))


def values_of(planned: Planned, measurements: Measurements) -> Mapping[str, Value]:
    """The rule's reported metrics, then its hidden measures, by key."""
    plan = planned.plan
    return {key: measurements[measure] for key, measure in (*plan.metrics.items(), *plan.hidden.items())}
