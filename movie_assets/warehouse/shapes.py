"""What a table or file looks like against what it should: names and types, differences in words."""

import re
from collections.abc import Mapping

_COLUMN = re.compile(r"^ {4}(\w+) (.+?)(?: NOT NULL)?,?$", re.MULTILINE)
_SPELLINGS = {"INT": "INTEGER", "VARCHAR(MAX)": "VARCHAR(65535)"}


def columns_in(ddl: str) -> Mapping[str, str]:
    """Type by column name, of a CREATE TABLE of this package: a column a line."""
    return {name: _SPELLINGS.get(kind, kind) for name, kind in _COLUMN.findall(ddl)}


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    """What is missing, unexpected or of another type, in words; empty when nothing is."""
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in expected]
    retyped = [
        f"{name} is {found[name]}, not {kind}" for name, kind in expected.items() if found.get(name, kind) != kind
    ]
    said = [f"{', '.join(missing)} missing"] if missing else []
    said += [f"{', '.join(unexpected)} unexpected"] if unexpected else []
    return "; ".join(said + retyped)
