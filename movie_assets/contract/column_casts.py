"""How each column's text becomes the value that the rules see, and what is wrong with a text that does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from movie_assets.contract.columns import ContractColumn
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
    """DuckDB SQL that reads one column from `text`; `value` is null where it says nothing or can't be read."""

    column: ContractColumn
    text: str

    @property
    def value(self) -> str:
        return value_sql(self.column.kind, self.text)

    @property
    def refuses(self) -> bool:
        """Whether any text can be wrong."""
        return self.column.kind != "string"

    def violation(self, value: str | None = None) -> str:
        """What is wrong with the text; null where nothing is. `value` is a column that already holds the cast value.

        Decimals are counted on the text: the double nearest to 9.999999999999999999 is 10.
        """
        if not self.refuses:
            return "NULL"
        kind = self.column.kind
        not_one = _NOT_ONE.get(kind, f"is not a number that fits {self.column.target_type}")
        unread = f"CASE WHEN NOT {blank_sql(self.text)} THEN '{not_one}' END"
        found = f"WHEN {value or self.value} IS NULL THEN {unread}"
        width = decimal_of(self.column.target_type)
        if width is not None and kind == "double":
            found += f" WHEN NOT {fits_scale_sql(self.text, width[1])} THEN '{too_many_decimals(self.column)}'"
        return f"CASE {found} END"


def too_many_decimals(column: ContractColumn) -> str:
    """What is wrong with a number that its target would round."""
    return f"has more decimals than {column.target_type}"
