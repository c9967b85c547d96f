"""How a text becomes the value that the rules see, as DuckDB SQL."""

from dataclasses import dataclass

from movie_assets.contract.columns import Column, columns


@dataclass(frozen=True, slots=True)
class Cast:
    """DuckDB SQL that reads one text column: `value` by its rule type, `violation` where the text is refused.

    `violation` is None for a column that takes any text; it is never null, and false for a blank cell.
    """

    column: Column
    value: str
    violation: str | None
    reason: str | None


def cast_expressions(source: str | None = None) -> tuple[Cast, ...]:
    """How to read each column from its text, in contract order; `source` is the alias of the table of texts.

    A missing cell is `''` in a string column; any other text stays as it is. A long is an integer, or one with a
    fraction of zeros ("84.0"), within 64 bits. A double is a finite decimal number, with or without an exponent.
    Spaces, tabs and line ends around a number are ignored; nothing but them is null.
    """
    prefix = f"{source}." if source else ""
    return tuple(_cast(column, f'{prefix}"{column.stored_name}"') for column in columns())


_BLANKS = r"E' \t\r\n'"
_LONG = r"'[+-]?[0-9]+(\.0+)?'"
_DOUBLE = r"'[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?'"


def _cast(column: Column, text: str) -> Cast:
    trimmed = f"trim({text}, {_BLANKS})"
    # DuckDB's own casts round 7.9 to 8 and take 1_000, 0x1F, 1e3 and inf, so the spelling is looked at too. Most cells
    # are plain digits, which a cast there and back proves far faster than a regular expression.
    if column.rule_type == "string":
        return Cast(column, f"coalesce({text}, '')", None, None)
    if column.rule_type == "long":
        value = (
            f"CASE WHEN CAST(try_cast({trimmed} AS BIGINT) AS VARCHAR) = {trimmed} THEN try_cast({trimmed} AS BIGINT)"
            f" WHEN regexp_full_match({trimmed}, {_LONG}) THEN try_cast(split_part({trimmed}, '.', 1) AS BIGINT) END"
        )
        reason = "is not a whole number within 64 bits"
    else:
        digits = f"replace({trimmed}, '.', '')"
        number = f"try_cast({trimmed} AS DOUBLE)"
        value = (
            f"CASE WHEN CAST(try_cast({digits} AS BIGINT) AS VARCHAR) = {digits} THEN {number}"
            f" WHEN regexp_full_match({trimmed}, {_DOUBLE}) AND isfinite({number}) THEN {number} END"
        )
        reason = "is not a finite number"
    return Cast(column, value, f"({value}) IS NULL AND coalesce({trimmed}, '') <> ''", reason)
