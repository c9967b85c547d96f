"""One statement of Redshift's SQL as what the stand-in has to do for it; what it can't do honestly is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from movie_assets_tests.support.redshift.copy_syntax import Copy, parse_copy
from movie_assets_tests.support.redshift.sql import Token, after_name, closing, meaning, spaced, text_of, word_pairs
from movie_assets_tests.support.redshift.tables import (
    column,
    column_type,
    refused,
    syntax,
    table_body,
    without_attributes,
)


@dataclass(frozen=True)
class Plain:
    """PostgreSQL runs it, as written or rewritten."""

    sql: str


@dataclass(frozen=True)
class Truncate:
    """Empties a table and commits the transaction it is in."""

    sql: str


Task = Plain | Truncate | Copy

# fmt: off
_AS_WRITTEN = {
    "BEGIN", "START", "COMMIT", "END", "ABORT", "ROLLBACK", "LOCK", "SHOW", "RESET", "GRANT", "REVOKE", "COMMENT",
    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "EXPLAIN", "DECLARE", "FETCH", "CLOSE", "ANALYZE",
    "DROP", "REFRESH", "PREPARE", "EXECUTE", "DEALLOCATE",
}
# fmt: on
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
_DROPPABLE = ("DROP TABLE", "DROP VIEW", "DROP SCHEMA", "DROP MATERIALIZED")
_OWN_PARAMETERS = ("QUERY_GROUP", "ENABLE_RESULT_CACHE_FOR_SESSION", "WLM_QUERY_SLOT_COUNT")


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
    if verb == "TRUNCATE":
        return Truncate(spaced(parts))
    if verb == "CREATE":
        return Plain(_create(parts))
    if verb == "ALTER":
        return Plain(_alter(parts))
    if verb == "SET":
        return Plain(_set(statement, parts))
    if verb == "VACUUM":
        return Plain(_vacuum(parts))
    if verb not in _AS_WRITTEN:
        raise refused(verb or parts[0].text)
    if verb == "DROP" and not pairs & set(_DROPPABLE):
        raise refused(f"DROP {parts[1].upper}" if len(parts) > 1 else "DROP")
    return Plain(text_of(statement))


def _create(parts: Sequence[Token]) -> str:
    uppers = [part.upper for part in parts]
    words = [word for word in uppers[1:5] if word not in ("TEMP", "TEMPORARY", "LOCAL")]
    if words[:1] == ["TABLE"]:
        return _create_table(parts, uppers.index("TABLE") + 1)
    if words[:2] == ["MATERIALIZED", "VIEW"]:
        name_end = after_name(parts, 3)
        return f"{spaced(parts[:name_end])} {spaced(without_attributes(parts[name_end:]))}"
    if words[:1] == ["VIEW"] or words[:3] == ["OR", "REPLACE", "VIEW"]:
        if "BINDING" in uppers:
            raise refused("WITH NO SCHEMA BINDING")
        return spaced(parts)
    if words[:1] == ["SCHEMA"] and not {"QUOTA", "EXTERNAL"} & set(uppers):
        return spaced(parts)
    raise refused(" ".join(uppers[:3]))


def _create_table(parts: Sequence[Token], at: int) -> str:
    if [part.upper for part in parts[at : at + 3]] == ["IF", "NOT", "EXISTS"]:
        at += 3
    name_end = after_name(parts, at)
    head = spaced(parts[:name_end])
    if name_end < len(parts) and parts[name_end].upper == "(":
        end = closing(parts, name_end)
        if end < 0:
            raise syntax("(")
        rest = without_attributes(parts[end + 1 :])
        if rest:
            return f"{head} ({spaced(parts[name_end + 1 : end])}) {spaced(rest)}"
        return f"{head} ({table_body(parts[name_end + 1 : end])})"
    rest = without_attributes(parts[name_end:])
    if not rest:
        raise syntax(parts[-1].text)
    return f"{head} {spaced(rest)}"


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


def _set(statement: Sequence[Token], parts: Sequence[Token]) -> str:
    name = parts[1].upper if len(parts) > 1 else ""
    if name in _OWN_PARAMETERS:
        return f"SET redshift.{spaced(parts[1:])}"
    return text_of(statement)


def _vacuum(parts: Sequence[Token]) -> str:
    kept = [part for part in parts if part.upper not in ("FULL", "SORT", "DELETE", "ONLY", "RECLUSTER", "BOOST")]
    if any(part.upper in ("REINDEX", "TO", "(") for part in kept):
        raise refused("this VACUUM")
    return spaced(kept)
