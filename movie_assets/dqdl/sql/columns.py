"""Small pieces of SQL, and the column types as Spark names them (Glue's messages speak of those)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from movie_assets.dqdl.language.escapes import unescaped
from movie_assets.quoting import identifier

TypeFamily = Literal["string", "integral", "fractional", "decimal", "boolean", "date", "timestamp", "other"]

_SPARK_NAMES = {
    "VARCHAR": "StringType",
    "TINYINT": "ByteType",
    "UTINYINT": "ShortType",
    "USMALLINT": "IntegerType",
    "UINTEGER": "LongType",
    "UBIGINT": "DecimalType(20,0)",
    "HUGEINT": "DecimalType(38,0)",
    "UHUGEINT": "DecimalType(38,0)",
    "DECIMAL": "DecimalType",
    "TIMESTAMP": "TimestampType",
    "TIME": "TimeType",
    "INTERVAL": "IntervalType",
    "STRUCT": "StructType",
    "MAP": "MapType",
    '"NULL"': "NullType",
    "SMALLINT": "ShortType",
    "INTEGER": "IntegerType",
    "BIGINT": "LongType",
    "FLOAT": "FloatType",
    "DOUBLE": "DoubleType",
    "BOOLEAN": "BooleanType",
    "DATE": "DateType",
    "BLOB": "BinaryType",
}
_WORD = re.compile(r'"(?:[^"]|"")*"|(TIMESTAMP|TIME)(?:_[A-Z]+| WITH TIME ZONE)?|[A-Z]+')
"""A word of a type's name, or a name in quotes."""
_INTEGRAL = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)")


def family_of(type_name: str) -> TypeFamily:
    """The family of one of the engine's types."""
    if type_name.endswith("]"):
        return "other"
    if type_name == "VARCHAR":
        return "string"
    if _INTEGRAL.fullmatch(type_name):
        return "integral"
    if type_name in ("FLOAT", "DOUBLE"):
        return "fractional"
    if type_name.startswith("DECIMAL"):
        return "decimal"
    if type_name.startswith("TIMESTAMP"):
        return "timestamp"
    families: dict[str, TypeFamily] = {"BOOLEAN": "boolean", "DATE": "date"}
    return families.get(type_name, "other")


def _spark(type_name: str) -> str:
    if found := re.fullmatch(r"(.*)\[\d*\]", type_name, re.DOTALL):
        return f"ArrayType({_spark(found[1])})"
    return _WORD.sub(lambda word: _SPARK_NAMES.get(word[1] or word[0], word[0]), type_name)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name there and its DuckDB type."""

    name: str
    type: str

    @property
    def sql(self) -> str:
        return identifier(self.name)

    @property
    def family(self) -> TypeFamily:
        return family_of(self.type)

    @property
    def is_number(self) -> bool:
        return self.family in ("integral", "fractional", "decimal")

    @property
    def spark_type(self) -> str:
        """The type as Spark writes it in messages."""
        return _spark(self.type)


class Schema:
    """The columns of a table, in order; names resolve without regard to case, an exact match wins.

    A name may stand in backticks, as Spark writes names with dots, and have backslashes before any character.
    """

    def __init__(self, columns: Iterable[Column]) -> None:
        self.columns = tuple(columns)
        self._exact: Mapping[str, Column] = {column.name: column for column in self.columns}
        self._folded: Mapping[str, Column] = {column.name.lower(): column for column in reversed(self.columns)}

    def find(self, name: str) -> Column | None:
        plain = unescaped(name)
        bare = plain[1:-1].replace("``", "`") if re.fullmatch("`.+`", plain, re.DOTALL) else plain
        for spelling in dict.fromkeys((name, plain, bare)):
            found = self._exact.get(spelling) or self._folded.get(spelling.lower())
            if found is not None:
                return found
        return None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)
