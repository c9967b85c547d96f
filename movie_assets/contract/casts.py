"""How each column's text becomes the value that the rules see, and what is wrong with a text that does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from movie_assets.contract.columns import Column, RuleType, columns
from movie_assets.reading.casts import blank_sql, fits_scale_sql, scale_of, value_sql


@dataclass(frozen=True, slots=True)
class Cast:
    """DuckDB SQL that reads one column from `text`; `value` is null where it says nothing or can't be read."""

    column: Column
    text: str
    value: str

    @property
    def refuses(self) -> bool:
        """Whether any text can be wrong."""
        return self.column.rule_type != "string"

    def violation(self, value: str | None = None) -> str:
        """What is wrong with the text; null where nothing is. `value` is a column that already holds the cast value.

        Decimals are counted on the text: the double nearest to 9.999999999999999999 is 10.
        """
        if not self.refuses:
            return "NULL"
        unread = f"CASE WHEN NOT {blank_sql(self.text)} THEN '{_UNREAD[self.column.rule_type]}' END"
        found = f"WHEN {value or self.value} IS NULL THEN {unread}"
        scale = scale_of(self.column.target_type)
        if scale is not None:
            found += f" WHEN NOT {fits_scale_sql(self.text, scale)} THEN '{too_many_decimals(self.column)}'"
        return f"CASE {found} END"


_UNREAD: Mapping[RuleType, str] = {
    "long": "is not a whole number within 64 bits",
    "double": "is not a finite number",
}


def too_many_decimals(column: Column) -> str:
    """What is wrong with a number that its target would round."""
    return f"has more decimals than {column.target_type}"


def cast_expressions(source: str | None = None) -> tuple[Cast, ...]:
    """How to read each column from its text, in contract order; `source` is the alias of the table of texts."""
    prefix = f"{source}." if source else ""
    return tuple(_cast(column, f'{prefix}"{column.stored_name}"') for column in columns())


def _cast(column: Column, text: str) -> Cast:
    return Cast(column, text, value_sql(column.rule_type, text))
