"""One statement of Redshift's SQL as what the stand-in has to do for it; what it can't do honestly is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from movie_assets_tests.support.redshift.copy_syntax import Copy, parse_copy
from movie_assets_tests.support.redshift.sql import Token, after_name, closing, meaning, spaced, text_of, word_pairs
from movie_assets_tests.support.redshift.tables import (
    column,
    column_type,
    refused,
    table_body,
)


@dataclass(frozen=True)
class Plain:
    """PostgreSQL runs it, as written or rewritten."""

    sql: str


Task = Plain | Copy

_AS_WRITTEN = (
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "LOCK",
    "SELECT",
    "WITH",
    "INSERT",
    "UPDATE",
    "DELETE",
    "SET",
    "SHOW",
    "GRANT",
)
_UNKNOWN_TO_REDSHIFT = (
    "RETURNING",
    "SAVEPOINT",
    "LATERAL",
    "CONCURRENTLY",
    "ON CONFLICT",
    "FOR UPDATE",
    "FOR SHARE",
    "DISTINCT ON",
    "ON COMMIT",
    "FILTER (",
    "STRING_AGG (",
    "ARRAY_AGG (",
    "UNNEST (",
    "GENERATE_SERIES (",
    "GEN_RANDOM_UUID (",
    "FORMAT (",
    "TO_JSON (",
    "ROW_TO_JSON (",
)
_DROPPABLE = ("DROP TABLE", "DROP SCHEMA")


def translate(statement: Sequence[Token]) -> Task:
    """What to do for a statement.

    Raises:
        SqlError: Redshift doesn't know it, or the stand-in doesn't emulate it.
    """
    parts = meaning(statement)
    verb = parts[0].upper
    pairs = word_pairs(parts)
    for unknown in _UNKNOWN_TO_REDSHIFT:
        if unknown in pairs:
            raise refused(unknown.removesuffix(" ("))
    if verb == "COPY":
        return parse_copy(parts)
    if verb == "CREATE":
        return Plain(_create(parts))
    if verb == "ALTER":
        return Plain(_alter(parts))
    if verb not in _AS_WRITTEN and not (verb == "DROP" and pairs & set(_DROPPABLE)):
        raise refused(f"{verb or parts[0].text} {parts[1].upper if len(parts) > 1 else ''}")
    return Plain(text_of(statement))


def _create(parts: Sequence[Token]) -> str:
    uppers = [part.upper for part in parts]
    at = uppers.index("TABLE") + 1 if "TABLE" in uppers[1:3] else 0
    if at and uppers[1 : at - 1] in ([], ["TEMP"]):
        name_end = after_name(parts, at + 3 if uppers[at : at + 3] == ["IF", "NOT", "EXISTS"] else at)
        if uppers[name_end : name_end + 1] == ["("] and closing(parts, name_end) == len(parts) - 1:
            return f"{spaced(parts[:name_end])} ({table_body(parts[name_end + 1 : -1])})"
    if uppers[1:2] == ["SCHEMA"] and not {"QUOTA", "EXTERNAL"} & set(uppers):
        return spaced(parts)
    raise refused(" ".join(uppers[:3]))


def _alter(parts: Sequence[Token]) -> str:
    if parts[1].upper != "TABLE":
        raise refused(f"ALTER {parts[1].upper}")
    at = after_name(parts, 2)
    words = [part.upper for part in parts[at : at + 4]]
    if words[:1] == ["ADD"]:
        start = at + (2 if words[1:2] == ["COLUMN"] else 1)
        if parts[start].upper in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN"):
            raise refused("ALTER TABLE ADD CONSTRAINT")
        return f"{spaced(parts[:at])} ADD COLUMN {column(parts[start:])}"
    if words[:2] == ["ALTER", "COLUMN"] and words[3:4] == ["TYPE"]:
        kind, _ = column_type(parts, at + 4)
        if not kind.startswith("varchar"):
            raise refused("ALTER COLUMN TYPE other than of VARCHAR")
        return f"{spaced(parts[: at + 4])} {kind}"
    if words[:1] in (["DROP"], ["RENAME"], ["OWNER"]) and words[1:2] != ["CONSTRAINT"]:
        return spaced(parts)
    raise refused(f"ALTER TABLE {' '.join(words[:2])}")
