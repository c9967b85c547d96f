"""Finds the columns of a contract in a file's header."""

from collections import Counter
from collections.abc import Sequence

from movie_assets.contract.columns import ContractColumn
from movie_assets.errors import HeaderError, nearest
from movie_assets.reading.reader import HeaderMatch


def match_columns(columns: Sequence[ContractColumn], header: Sequence[str]) -> HeaderMatch:
    """The position of each column in a header, whatever its order, case, blanks or byte order mark.

    `mapping` is by stored name, in the contract's order; `extra` keeps the file's order and spelling.

    Raises:
        HeaderError: columns are missing or duplicate; all of them are named.
    """
    names = [plain_name(cell) for cell in header]
    keys = [name.lower() for name in names]
    wanted = {column.name.lower(): column for column in columns}
    missing = [column for key, column in wanted.items() if key not in keys]
    doubled = [wanted[key].name for key, times in Counter(keys).items() if key in wanted and times > 1]
    extra = tuple(name for name, key in zip(names, keys, strict=True) if key not in wanted)
    if missing or doubled:
        problems = []
        if missing:
            problems.append(f"lacks {', '.join(column.name for column in missing)}")
        if doubled:
            problems.append(f"has {', '.join(doubled)} more than once")
        raise HeaderError(f"The header {' and '.join(problems)}.", _header_hint(columns, missing, extra))
    return HeaderMatch({column.stored_name: keys.index(key) for key, column in wanted.items()}, extra)


def plain_name(cell: str) -> str:
    """The name of a column without surrounding blanks, byte order mark, and quotes behind that mark."""
    name = cell.strip()
    # Behind a byte order mark a quoted cell does not start with its quote, so readers keep the quotes.
    return name.lstrip("\ufeff").strip().strip('"').strip() if name.startswith("\ufeff") else name


def _header_hint(columns: Sequence[ContractColumn], missing: Sequence[ContractColumn], extra: Sequence[str]) -> str:
    near = [
        f"did you mean {column.name} by {spelled!r}?" for column in missing if (spelled := nearest(column.name, extra))
    ]
    expected = ",".join(column.name for column in columns)
    return " ".join([*near, f"The header must hold each of {expected} once, in any order and case."])
