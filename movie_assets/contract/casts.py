"""How a text becomes the value that the rules see, as DuckDB SQL."""

from collections.abc import Mapping
from dataclasses import dataclass

from movie_assets.contract.columns import Column, RuleType, columns


@dataclass(frozen=True, slots=True)
class Cast:
    """DuckDB SQL that reads one text column: `value` by its rule type, `blank` where the text says nothing.

    `reason` says what is wrong with a text that is neither; it is None for a column that takes any text.
    """

    column: Column
    value: str
    blank: str
    reason: str | None

    def violation(self, value: str | None = None) -> str:
        """Where the text is refused; never null. `value` is a column that already holds the cast value."""
        return f"({value or self.value}) IS NULL AND NOT {self.blank}" if self.reason else "FALSE"


def cast_expressions(source: str | None = None) -> tuple[Cast, ...]:
    """How to read each column from its text, in contract order; `source` is the alias of the table of texts.

    A missing cell is `''` in a string column; any other text stays as it is. A long is an integer, or one with a
    fraction of zeros ("84.0"), within 64 bits. A double is a finite decimal number, with or without an exponent.
    Spaces, tabs and line ends around a number are ignored; nothing but them is null.
    """
    prefix = f"{source}." if source else ""
    return tuple(_cast(column, f'{prefix}"{column.stored_name}"') for column in columns())


# DuckDB's own casts ignore the blanks around a number, but round 7.9 to 8 and take 1_000, 0x1F, 1e3 and inf: so the
# spelling is looked at first.
_BLANKS = r"[ \t\r\n]*"
_INTEGER = rf"'{_BLANKS}[+-]?[0-9]+{_BLANKS}'"
_WHOLE = rf"'{_BLANKS}[+-]?[0-9]+\.0+{_BLANKS}'"
_DOUBLE = rf"'{_BLANKS}[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?{_BLANKS}'"


_REASONS: Mapping[RuleType, str | None] = {
    "string": None,
    "long": "is not a whole number within 64 bits",
    "double": "is not a finite number",
}


def blank_sql(text: str) -> str:
    """DuckDB SQL: whether a text says nothing."""
    return f"regexp_full_match(coalesce({text}, ''), '{_BLANKS}')"


def value_sql(rule_type: RuleType, text: str) -> str:
    """DuckDB SQL that reads a text as a rule type; null where it is none."""
    if rule_type == "string":
        return f"coalesce({text}, '')"
    if rule_type == "long":
        return (
            f"CASE WHEN regexp_full_match({text}, {_INTEGER}) THEN try_cast({text} AS BIGINT)"
            f" WHEN regexp_full_match({text}, {_WHOLE}) THEN try_cast(split_part({text}, '.', 1) AS BIGINT) END"
        )
    number = f"try_cast({text} AS DOUBLE)"
    return f"CASE WHEN regexp_full_match({text}, {_DOUBLE}) AND isfinite({number}) THEN {number} END"


def _cast(column: Column, text: str) -> Cast:
    return Cast(column, value_sql(column.rule_type, text), blank_sql(text), _REASONS[column.rule_type])
