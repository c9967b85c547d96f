"""What names mean at a place in a query: columns of its sources, WITH queries defined before it, lambda variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.typed import Value
from movie_assets.quoting import identifier


@dataclass(frozen=True, slots=True)
class Output:
    """A column that a query gives; its type is None where it isn't known."""

    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """Something to select from: its SQL and its columns."""

    sql: str
    columns: tuple[Output, ...]

    @classmethod
    def of(cls, name: str, schema: Schema) -> "Relation":
        return cls(identifier(name), tuple(Output(column.name, column.type) for column in schema.columns))


@dataclass(frozen=True, slots=True)
class Source:
    """A relation under its name in FROM (None where a predicate is about one row)."""

    alias: str | None
    columns: Schema
    hidden: bool = False
    """Whether ``*`` leaves it out: the right side of a semi join."""
    merged: frozenset[str] = frozenset()
    """Its columns, in lower case, that are one with an earlier source's of that name: USING."""

    def is_called(self, table: str) -> bool:
        """Whether a name means it; a database before the name says nothing more."""
        return (self.alias or "").lower() in (table.lower(), table.rsplit(".", 1)[-1].lower())


def source(alias: str | None, columns: tuple[Output, ...]) -> Source:
    return Source(alias, Schema(Column(column.name, column.type or "?") for column in columns))


@dataclass(frozen=True, slots=True)
class Scope:
    """The names known at one place; what ``outer`` knows is known too."""

    sources: tuple[Source, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    """Tables and WITH queries by their names in lower case."""
    aliases: Mapping[str, str | None] = field(default_factory=dict)
    """Types of the columns that the query itself names, in lower case."""
    variables: Mapping[str, Value] = field(default_factory=dict)
    outer: "Scope | None" = None
    open: bool = False
    """Whether columns are taken as they come, for the columns aren't known."""

    def inside(self) -> "Scope":
        """The empty scope of a query that stands within this one."""
        return Scope(relations=self.relations, outer=self, open=self.open)

    def with_source(self, *sources: Source) -> "Scope":
        return replace(self, sources=(*self.sources, *sources))

    def relation(self, name: str) -> Relation:
        """The table or WITH query of a name, without regard to case.

        Raises: SqlRefusedError, if there is none.
        """
        found = self.relations.get(name.lower())
        if found is None:
            known = ", ".join(relation for relation in self.relations)
            raise SqlRefusedError(f"there is no table '{name}'; known are {known}")
        return found

    def column(self, name: str, table: str | None = None) -> Value:
        """A column's SQL and type; an inner query's own sources come first.

        Raises: SqlRefusedError, if no source has it.
        """
        if table is None and name.lower() in self.variables:
            return self.variables[name.lower()]
        for scope in self._outwards():
            for at in scope.sources:
                found = at.columns.find(name)
                if found and (table is None or at.is_called(table)):
                    before = f"{identifier(at.alias)}." if table is not None and at.alias else ""
                    return Value(before + found.sql, None if found.type == "?" else found.type)
            if table is None and name.lower() in scope.aliases:
                return Value(identifier(name), scope.aliases[name.lower()])
        if self.open:
            return Value(".".join(identifier(part) for part in (table, name) if part))
        shown = f"{table}.{name}" if table else name
        raise SqlRefusedError(f"there is no column '{shown}'")

    def _outwards(self) -> Iterator["Scope"]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer
