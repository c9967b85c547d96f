"""Casts of each column's text to the value that rules see, and the violations of text that can't be cast."""

from collections.abc import Mapping
from dataclasses import dataclass

from movie_assets.contract.columns import ContractColumn
from movie_assets.quoting import literal
from movie_assets.reading.cell_casts import blank_sql, decimal_of, fits_scale_sql, value_sql

_NOT_ONE: Mapping[str, str] = {
    "long": "is not a whole number within 64 bits",
    "int": "is not a whole number within 32 bits",
    "double": "is not a finite number",
    "boolean": "is not true or false",
    "date": "is not a date such as 2024-03-24",
    "timestamp": "is not a timestamp such as 2024-03-24 06:00:00",
}


@dataclass(frozen=True, slots=True)
class Cast:
    """DuckDB SQL that casts one column's `text`; `value` is null if the text is blank or can't be cast."""

    column: ContractColumn
    text: str

    @property
    def value(self) -> str:
        return value_sql(self.column.kind, self.text)

    @property
    def refuses(self) -> bool:
        """Whether any text can be invalid."""
        return self.column.kind != "string"

    def violation(self, value: str | None = None) -> str:
        """SQL for why the text is invalid, null if it is valid. `value` is a column with the cast value, if any.

        Decimals are counted on the text: the double nearest to 9.999999999999999999 is 10.
        """
        if not self.refuses:
            return "NULL"
        kind = self.column.kind
        not_one = _NOT_ONE.get(kind, f"is not a number that fits {self.column.target_type}")
        unread = f"CASE WHEN NOT {blank_sql(self.text)} THEN {literal(not_one)} END"
        found = f"WHEN {value or self.value} IS NULL THEN {unread}"
        width = decimal_of(self.column.target_type)
        if width is not None and kind == "double":
            found += f" WHEN NOT {fits_scale_sql(self.text, width[1])} THEN {literal(too_many_decimals(self.column))}"
        return f"CASE {found} END"


def too_many_decimals(column: ContractColumn) -> str:
    """The violation of a number that the target type would round."""
    return f"has more decimals than {column.target_type}"
