"""How the columns of a table differ from those it should have."""

from collections.abc import Iterator, Mapping

Types = Mapping[str, str]
"""Type by column name."""


def column_differences(wanted: Types, found: Types) -> Iterator[tuple[str, str | None, str | None]]:
    """Name, wanted type and found type of each column that is missing, unexpected or of another type."""
    for name in {**wanted, **found}:
        if wanted.get(name) != found.get(name):
            yield name, wanted.get(name), found.get(name)


def differences(
    wanted: Types, found: Types, *, missing: str = "{} missing", unexpected: str = "{} unexpected"
) -> list[str]:
    """The differences in words: missing columns in one text, unexpected ones in another, a text per other type."""
    different = list(column_differences(wanted, found))
    names = {
        missing: [name for name, _, there in different if there is None],
        unexpected: [name for name, kind, _ in different if kind is None],
    }
    said = [text.format(", ".join(those)) for text, those in names.items() if those]
    return said + [f"{name} is {there}, not {kind}" for name, kind, there in different if None not in (kind, there)]
