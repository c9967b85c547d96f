"""Our tables in a database of the Glue Data Catalog: read, created, updated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from movie_assets.aws.services import PATIENT, ClientFactory, Service, make_client
from movie_assets.catalog.tables import CREATED_BY, DAY, DAY_COLUMN, US, CatalogColumn, CatalogTable
from movie_assets.contract.differences import differences
from movie_assets.errors import CatalogError
from movie_assets.findings import Finding, attempt
from movie_assets.program import command

SYNC = command("catalog sync")

_INPUT = (
    *("Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor"),
    *("PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable"),
)
"""The keys of a table that `update_table` accepts."""

_OURS = "projection."
"""The prefix of our parameters, also of those of earlier versions."""


@dataclass(frozen=True, slots=True)
class ListedTable:
    """A table as the catalog lists it."""

    raw: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.raw["Name"])

    @property
    def columns(self) -> tuple[CatalogColumn, ...]:
        listed = [*self._storage.get("Columns", ()), *self.raw.get("PartitionKeys", ())]
        return tuple(CatalogColumn(found["Name"], found.get("Type", ""), found.get("Comment", "")) for found in listed)

    @property
    def types(self) -> Mapping[str, str]:
        return {column.name: column.type for column in self.columns}

    @property
    def location(self) -> str:
        return str(self._storage.get("Location", ""))

    @property
    def parameters(self) -> Mapping[str, str]:
        return dict(self.raw.get("Parameters") or {})

    @property
    def ours(self) -> bool:
        return self.parameters.get(CREATED_BY) == US

    @property
    def _storage(self) -> Mapping[str, Any]:
        return dict(self.raw.get("StorageDescriptor") or {})


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of a sync on a table, and why."""

    table: str
    did: Literal["created", "updated", "unchanged"]
    differences: tuple[str, ...] = ()


class Catalog:
    """A database of the catalog; every failure is a `CatalogError`."""

    def __init__(self, database: str, *, client_factory: ClientFactory = make_client) -> None:
        self.database = database
        self._service = Service(
            "glue",
            CatalogError,
            resource=f"the Glue database {database}",
            setting="MOVIES_GLUE_DATABASE",
            config=PATIENT,
            client_factory=client_factory,
        )

    def __repr__(self) -> str:
        return f"Catalog({self.database!r})"

    def tables(self) -> dict[str, ListedTable]:
        """All tables of the database by name, including others'.

        Raises:
            CatalogError: the database does not exist or can't be read.
        """
        return {found.name: found for found in self._listed()}

    def sync(self, wanted: Sequence[CatalogTable]) -> list[Change]:
        """Create missing tables and update those that differ, in the given order.

        Parameters that others set on our tables stay.

        Raises:
            CatalogError: another owner has a table of that name (then nothing is changed), or Glue refused.
        """
        found = self.tables()
        for table in wanted:
            there = found.get(table.name)
            if there is not None and not there.ours:
                raise CatalogError(
                    f"The table {table.name} of the catalog's database {self.database} was not made by "
                    f"{SYNC}; nothing was changed.",
                    "rename or drop it, or set MOVIES_GLUE_DATABASE to a database of its own",
                )
        return [self._sync(table, found.get(table.name)) for table in wanted]

    def examine(self, wanted: Sequence[CatalogTable]) -> Iterator[Finding]:
        """Check that the database can be read and each table is as a sync would create it."""
        found: dict[str, ListedTable] = {}
        looked = attempt("Glue", "read the database", lambda: self._look(found))
        yield looked
        for table in wanted if looked.status == "ok" else ():
            yield self._compared(table, found.get(table.name))

    def _look(self, found: dict[str, ListedTable]) -> str:
        # Athena needs this permission of the user who queries.
        self._service.call(f"read the catalog's database {self.database}", "get_database", Name=self.database)
        found |= self.tables()
        return self.database

    def _compared(self, table: CatalogTable, found: ListedTable | None) -> Finding:
        examination = f"table {table.name}"
        if found is None:
            return Finding("Glue", examination, "warning", "It is not there yet.", f"{SYNC} makes it")
        if not found.ours:
            hint = "rename or drop it, or set MOVIES_GLUE_DATABASE to a database of its own"
            return Finding("Glue", examination, "failed", f"It was not made by {SYNC}.", hint)
        if differences := "; ".join(differing(table, found)):
            said = f"It is not as the pipeline writes it: {differences}."
            return Finding("Glue", examination, "failed", said, f"{SYNC} brings it up to date")
        return Finding("Glue", examination, "ok", "")

    def _sync(self, table: CatalogTable, found: ListedTable | None) -> Change:
        if found is None:
            self._service.call(
                f"make the table {table.name}",
                "create_table",
                DatabaseName=self.database,
                TableInput=table.as_input(),
            )
            return Change(table.name, "created")
        differences = tuple(differing(table, found))
        if not differences:
            return Change(table.name, "unchanged")
        # Only if the version is unchanged, so that a concurrent change is not undone.
        version = {"VersionId": found.raw["VersionId"]} if found.raw.get("VersionId") else {}
        self._service.call(
            f"update the table {table.name}",
            "update_table",
            DatabaseName=self.database,
            TableInput=_merged(table, found),
            **version,
        )
        return Change(table.name, "updated", differences)

    def _listed(self) -> Iterator[ListedTable]:
        doing = f"read the catalog's database {self.database}"
        token: dict[str, str] = {}
        while True:
            page = self._service.call(doing, "get_tables", DatabaseName=self.database, **token)
            yield from map(ListedTable, page["TableList"])
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def differing(table: CatalogTable, found: ListedTable) -> Iterator[str]:
    """The differences between a table and its definition, as text."""
    wanted, there = table.as_input(), found.raw
    storage = dict(there.get("StorageDescriptor") or {})
    del wanted["StorageDescriptor"]["Columns"]
    yield from differences(table.types, found.types, missing="without {}", unexpected="with {}")
    if table.types.keys() == found.types.keys() and [column.name for column in found.columns] != list(table.types):
        yield "columns in another order"
    comments = {column.name: column.comment for column in found.columns}
    if any(comments.get(column.name, column.comment) != column.comment for column in (*table.columns, DAY_COLUMN)):
        yield "comments"
    if [key["Name"] for key in there.get("PartitionKeys", ())] != [DAY]:
        yield "other partition keys"
    for key in ("Description", "TableType"):
        if there.get(key) != wanted[key]:
            yield key.lower()
    for key, value in wanted["StorageDescriptor"].items():
        if key == "SerdeInfo":
            serde = storage.get("SerdeInfo") or {}
            if {name: serde.get(name) for name in value} != value:
                yield "serde"
        elif storage.get(key) != value:
            yield f"{key.lower()} is {storage.get(key)}"
    yield from (f"{name} is {value}" for name, value in _other_parameters(table, found).items())


def _other_parameters(table: CatalogTable, found: ListedTable) -> dict[str, str]:
    """Our parameters with another value or not expected; `not there` for missing ones."""
    there, wanted = found.parameters, table.parameters
    other = {name: there.get(name, "not there") for name in wanted if there.get(name) != wanted[name]}
    return other | {name: value for name, value in there.items() if name.startswith(_OURS) and name not in wanted}


def _merged(table: CatalogTable, found: ListedTable) -> dict[str, Any]:
    kept = {name: value for name, value in found.parameters.items() if not name.startswith(_OURS)}
    there = {key: value for key, value in found.raw.items() if key in _INPUT and value not in (None, "")}
    wanted = table.as_input()
    storage = dict(there.get("StorageDescriptor") or {}) | wanted["StorageDescriptor"]
    return there | wanted | {"StorageDescriptor": storage, "Parameters": kept | wanted["Parameters"]}
