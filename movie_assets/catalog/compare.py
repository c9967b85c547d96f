"""Compares the schemas of a landed file, the contract and the tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from movie_assets.catalog.landed import LandedColumn, LandedSchema
from movie_assets.contract import Contract, ContractColumn
from movie_assets.contract.differences import Types, column_differences
from movie_assets.errors import nearest


@dataclass(frozen=True, slots=True)
class TableShape:
    """The actual and expected columns of a table; `found` is empty if the table does not exist."""

    name: str
    found: Types
    wanted: Types
    made_by: str | None = None
    """The command that creates the table, if its absence is a difference."""

    def differences(self) -> Mapping[str, str]:
        """What differs, by column."""
        different = column_differences(self.wanted, self.found) if self.found else ()
        return {name: f"{self.name} {_said(wanted, found)}" for name, wanted, found in different}


@dataclass(frozen=True, slots=True)
class ColumnDiff:
    """A column in each place, None where it is missing, and the differences."""

    name: str
    landed: str | None
    contract: str | None
    tables: tuple[str | None, ...]
    differences: tuple[str, ...]


def compare(contract: Contract, landed: LandedSchema | None, tables: tuple[TableShape, ...]) -> list[ColumnDiff]:
    """Every column of any place: the contract's in order, then those that tables add, then those only in the file."""
    wanted = {column.stored_name: column for column in contract.columns}
    there = _by_stored_name(contract, landed) if landed else {}
    names = [*wanted, *(name for table in tables for name in (*table.wanted, *table.found)), *there]
    renamed = _renamed(wanted, there) if landed else {}
    different = [table.differences() for table in tables]
    made = []
    for name in dict.fromkeys(names):
        said = list(_said_of_file(wanted.get(name), there.get(name), renamed.get(name))) if landed else []
        said += [table[name] for table in different if name in table]
        made.append(
            ColumnDiff(
                name=there[name].name if name in there and name not in wanted else name,
                landed=str(there[name]) if name in there else None,
                contract=_shown(wanted[name]) if name in wanted else None,
                tables=tuple(table.found.get(name) for table in tables),
                differences=tuple(said),
            )
        )
    return made


def _said(wanted: str | None, found: str | None) -> str:
    if found is None:
        return "lacks it"
    return "has it besides" if wanted is None else f"has {found}, not {wanted}"


def _said_of_file(wanted: ContractColumn | None, there: LandedColumn | None, other: str | None) -> Iterator[str]:
    perhaps = f"; perhaps {other}" if other else ""
    if wanted and not there:
        yield f"the file lacks it{perhaps}"
    elif there and not wanted:
        yield f"the contract has none{perhaps}"
    elif there and wanted and not there.fits(wanted.kind):
        yield f"the file has {there.type}, not {wanted.kind}"
    if there and there.times > 1:
        yield f"the file has it {there.times} times"


def _renamed(wanted: Mapping[str, ContractColumn], there: Mapping[str, LandedColumn]) -> Mapping[str, str]:
    """Pairs of missing and extra columns with similar names."""
    more = [column.name for name, column in there.items() if name not in wanted]
    found: dict[str, str] = {}
    for name in wanted:
        if name not in there and (near := nearest(name, more)):
            more.remove(near)
            found |= {name: near, near.lower(): name}
    return found


def _shown(column: ContractColumn) -> str:
    return f"{column.kind}, {column.target_type}"


def out_of_order(contract: Contract, landed: LandedSchema) -> bool:
    """Whether a reader by position, as the table `raw`, would show cells under other names."""
    wanted = list(contract.names)
    return list(_by_stored_name(contract, landed))[: len(wanted)] != wanted


def _by_stored_name(contract: Contract, landed: LandedSchema) -> Mapping[str, LandedColumn]:
    """The file's columns in its order; those of the contract, which match by title, under their stored names."""
    stored = {column.name.lower(): column.stored_name for column in contract.columns}
    return {stored.get(name, name): column for name, column in landed.columns.items()}
