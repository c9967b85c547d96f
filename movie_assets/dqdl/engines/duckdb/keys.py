"""Counts keys by hash first: 8 bytes per key, whatever its length.

A unique hash means a unique key; only rows with a repeated hash are compared exactly.
"""

import math
from typing import TYPE_CHECKING

from movie_assets.dqdl.declaring.plan import JUDGED, ROW_ID, Keys

if TYPE_CHECKING:
    from movie_assets.dqdl.engines.duckdb.statements import Runner

HASH = "hash"
"""The hash function of the first pass; a poor one costs time, not correctness."""


class KeyCounts:
    """The counted keys, each counted once however many rules need it."""

    def __init__(self) -> None:
        self._counted: dict[Keys, tuple[str, str]] = {}

    def duplicates(self, engine: "Runner", keys: Keys) -> str:
        """The table of the row ids whose key occurs more than once."""
        return self._count(engine, keys)[0]

    def statistics(self, engine: "Runner", keys: Keys) -> str:
        """A query of one row: rows, null_rows, singles, groups, spread, as ``OverKeys`` defines them."""
        return self._count(engine, keys)[1]

    def _count(self, engine: "Runner", keys: Keys) -> tuple[str, str]:
        if keys in self._counted:
            return self._counted[keys]
        name = f"__keys_{len(self._counted)}"
        columns = ", ".join(keys.columns)
        where = f"({keys.where})" if keys.where else "TRUE"
        again = f"FROM {JUDGED} WHERE {where} AND {HASH}({columns}) IN (SELECT key_hash__ FROM {name}_again)"
        run = engine.execute
        run(
            f"CREATE TEMP TABLE {name}_again AS SELECT {HASH}({columns}) AS key_hash__, count(*) AS n__ "
            f"FROM {JUDGED} WHERE {where} GROUP BY ALL HAVING count(*) > 1"
        )
        run(f"CREATE TEMP TABLE {name}_groups AS SELECT {columns}, count(*) AS n__ {again} GROUP BY {columns}")
        collisions = engine.row(f"SELECT count(*) FROM {name}_groups WHERE n__ = 1")[0]
        exact = ""
        if collisions:
            same = " AND ".join(f"g.{column} IS NOT DISTINCT FROM {JUDGED}.{column}" for column in keys.columns)
            exact = f" AND EXISTS (SELECT 1 FROM {name}_groups g WHERE g.n__ > 1 AND {same})"
        run(f"CREATE TEMP TABLE {name} AS SELECT {ROW_ID} {again}{exact}")
        self._counted[keys] = (name, _statistics(engine, name, keys, where))
        return self._counted[keys]


def _statistics(engine: "Runner", name: str, keys: Keys, where: str) -> str:
    empty = " AND ".join(f"{column} IS NULL" for column in keys.columns)
    rows, null_rows = engine.row(f"SELECT count(*), count(*) FILTER (WHERE {empty}) FROM {JUDGED} WHERE {where}")
    again = engine.row(f"SELECT coalesce(sum(n__), 0) FROM {name}_again")[0]
    groups, alone, spread = engine.row(
        f"SELECT count(*), count(*) FILTER (WHERE n__ = 1), coalesce(sum(n__ * ln(n__)), 0) FROM {name}_groups"
    )
    once = rows - again
    singles = once + alone - (null_rows == 1)
    spread -= null_rows * math.log(null_rows) if null_rows else 0
    return (
        f"SELECT {rows} AS rows, {null_rows} AS null_rows, {singles} AS singles, "
        f"{once + groups - (null_rows > 0)} AS groups, CAST('{spread!r}' AS DOUBLE) AS spread"
    )
