"""How a table gets into the engine: the one way to open a file, for judged tables and references alike."""

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from movie_assets.dqdl.declaring.plan import PRIMARY
from movie_assets.dqdl.engines.base import EngineError
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.errors import said
from movie_assets.dqdl.engines.duckdb.names import refuse_names
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.sql.columns import Schema
from movie_assets.errors import PipelineError
from movie_assets.quoting import identifier, literal
from movie_assets.reading.cell_casts import TYPES, sql_type, value_sql
from movie_assets.reading.folders import is_utf8, refuse_irregular

if TYPE_CHECKING:
    import pyarrow as pa

    from movie_assets.dqdl.engines.duckdb.memory import Frame

    Table = Frame | str | Path

PARQUET = (".parquet", ".pq")
"""How the name of a Parquet file ends; every other file is a CSV."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table in the engine: its columns, and how many records of its file were not rows of it."""

    schema: Schema
    unreadable: int = 0


def load(engine: DuckDBEngine, name: str, table: "Table", types: Mapping[str, str] | None = None) -> Loaded:
    """Copy a table into the engine under a name; dictionaries become plain strings.

    Of a folder, its Parquet files are read, with their own columns only: values in the names of folders are left out.
    ``types`` gives a CSV's columns types, by name without regard to case; others are strings. A blank cell is
    ``""`` in a string column and null elsewhere, and so is a cell that can't be cast.

    Raises: EvaluationError, when the table can't be read.
    """
    unreadable = 0
    if isinstance(table, str) and not table:
        raise EvaluationError("the path of the table is empty")
    try:
        if isinstance(table, (str, Path)) and not is_parquet(Path(table)):
            unreadable = load_csv(engine, name, Path(table), types or {})
        elif types:
            raise EvaluationError("types are for CSV files; this table has types of its own")
        elif isinstance(table, (str, Path)):
            _load_parquet(engine, name, Path(table))
        else:
            _load_memory(engine, name, table)
    except (EngineError, duckdb.Error, OSError) as error:
        shown = f"the table '{table}'" if isinstance(table, (str, Path)) else "the table"
        why = error if isinstance(error, EngineError) else said(error)
        raise EvaluationError(f"can't read {shown}: {why}") from error
    return Loaded(engine.schema(name), unreadable)


def load_references(engine: DuckDBEngine, references: "Mapping[str, Table]") -> dict[str, Schema]:
    """Load the tables that rules name by alias; their columns by alias.

    Raises: EvaluationError, when one can't be read, to its last line, or its alias can't be a table's name beside the
    others and the engine's.
    """
    found: dict[str, Schema] = {}
    for alias, table in references.items():
        _refuse_alias(alias, found)
        try:
            loaded = load(engine, alias, table)
            if loaded.unreadable:  # nobody would hear of what is left out, and rows that refer to it would fail
                kept_aside = identifier(unreadable_table(alias))
                line, reason = engine.row(f"SELECT line_number, reason FROM {kept_aside} ORDER BY rowid LIMIT 1")
                more = f", nor are {loaded.unreadable - 1:,} more" if loaded.unreadable > 1 else ""
                raise EvaluationError(f"line {line} of '{table}' is no row of it ({reason}){more}")
            found[alias] = loaded.schema
        except EvaluationError as error:
            raise EvaluationError(f"the reference '{alias}' can't be loaded: {error}") from error
    return found


def _refuse_alias(alias: str, others: Iterable[str]) -> None:
    """Aliases are names of tables, which the engine tells apart without regard to case."""
    if not alias or not alias.isprintable():
        raise EvaluationError(f"a reference can't be called {alias!r}: a rule could not name it")
    if alias.startswith("__") or alias.lower() == PRIMARY:
        raise EvaluationError(f"a reference can't be called '{alias}': the name is the engine's")
    if twin := next((other for other in others if other.lower() == alias.lower()), None):
        raise EvaluationError(f"references can't be called '{twin}' and '{alias}': case does not tell them apart")


def is_parquet(path: Path) -> bool:
    """Whether a path is read as Parquet: a folder, or a file of such a name."""
    return path.suffix.lower() in PARQUET or path.is_dir()


def source_of(path: Path) -> str:
    """A file's name as a literal that the engine's readers take for that file: they take names for patterns."""
    _refuse_no_file(path)
    whole = str(path.absolute())
    if not is_utf8(whole):
        raise EvaluationError(f"the name '{path}' can't be opened: it is not UTF-8; rename the file")
    if (escaped := glob.escape(whole)) != whole and "\\" in whole:  # in a pattern it is a separator
        raise EvaluationError(
            f"the name '{path}' can't be opened: it has a backslash beside one of *?[; rename the file"
        )
    return literal(escaped)


def _refuse_no_file(path: Path) -> None:
    try:
        refuse_irregular(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EvaluationError(f"there is no file '{path}'") from error


def load_csv(engine: DuckDBEngine, name: str, path: Path, types: Mapping[str, str]) -> int:
    """Fill a table with the rows of a CSV, cast to ``types``; the number of its records that are not rows.

    ``unreadable_table(name)`` holds those: line number, text, reason.
    """
    from movie_assets.reading.reader import HeaderMatch, read_lines  # brings pyarrow, a third of a second

    _refuse_no_file(path)
    casts: dict[str, str] = {}

    def match(names: Sequence[str]) -> HeaderMatch:
        refuse_names(names, f"'{path}'")
        casts.update(_casts(names, types))
        return HeaderMatch({name: place for place, name in enumerate(names)})

    try:
        read = read_lines(
            engine.connection,
            path,
            match_header=match,
            computed=lambda: casts,
            texts=False,
            table=name,
            unreadable_table=unreadable_table(name),
        )
    except PipelineError as error:
        raise EvaluationError(str(error)) from error
    return read.unreadable


def unreadable_table(name: str) -> str:
    """The table of the records that were kept aside of a CSV loaded under a name."""
    return f"__unreadable_{name}"


def _casts(names: Sequence[str], types: Mapping[str, str]) -> dict[str, str]:
    wanted = {column.lower(): kind for column, kind in types.items()}
    if len(wanted) < len(types):
        raise EvaluationError(f"types name a column twice, whatever the case: {', '.join(types)}")
    if missing := sorted(set(wanted) - {column.lower() for column in names}):
        raise EvaluationError(f"types are given for columns that are not there: {', '.join(missing)}")
    for column, kind in types.items():
        if sql_type(kind) is None:
            known = f"{', '.join(TYPES)}, decimal(p,s) with p from 1 to 38 and s from 0 to p"
            raise EvaluationError(f"unknown type '{kind}' for column '{column}'; known are {known}")
    return {column: value_sql(wanted.get(column.lower(), "string"), identifier(column)) for column in names}


def _load_parquet(engine: DuckDBEngine, name: str, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = _parquet_files(path) if path.is_dir() else [path]
    sources = [source_of(file) for file in files]
    for file in files:
        try:
            names = pq.read_schema(file).names  # the engine would rename a column that occurs twice
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the system, not of what the file holds
            raise EvaluationError(f"'{file}' is not a whole Parquet file: {said(error)}") from error
        refuse_names(names, f"'{file}'")
    # A folder called year=2024 would replace the files' own column "year".
    try:
        _create(engine, name, f"read_parquet([{', '.join(sources)}], union_by_name = true, hive_partitioning = false)")
    except EngineError as error:
        if type(error.__cause__) is duckdb.Error:  # the Parquet reader's own, in terms of its pages
            raise EvaluationError(f"'{path}' is damaged: its pages can't be read") from error
        raise


def _parquet_files(folder: Path) -> Sequence[Path]:
    """The Parquet files below a folder, in the order of their names, without those that Spark hides."""

    def hidden(file: Path) -> bool:
        return any(part[0] in "._" and "=" not in part for part in file.relative_to(folder).parts)

    found = sorted(file for file in folder.rglob("*") if is_parquet(file) and file.is_file() and not hidden(file))
    if not found:
        raise EvaluationError(f"there is no Parquet file in the folder '{folder}'; name a CSV file itself")
    return found


def _load_memory(engine: DuckDBEngine, name: str, table: "Frame") -> None:
    from movie_assets.dqdl.engines.duckdb.memory import arrow_of

    arrow = arrow_of(table)
    try:
        engine.connection.register("__loading", arrow)
        _create(engine, name, "__loading")
    except duckdb.NotImplementedException as error:
        odd = [f"'{field.name}' ({field.type})" for field in arrow.schema if not _takes(engine, field)]
        raise EvaluationError(f"columns of a type that can't be judged: {', '.join(odd)}; cast them") from error
    finally:
        engine.connection.unregister("__loading")


def _takes(engine: DuckDBEngine, field: "pa.Field[pa.DataType]") -> bool:
    """Whether the engine knows the type of an Arrow column."""
    import pyarrow as pa

    try:
        engine.connection.register("__field", pa.schema([field]).empty_table())
        engine.rows("SELECT * FROM __field")
    except duckdb.NotImplementedException:
        return False
    finally:
        engine.connection.unregister("__field")
    return True


def _create(engine: DuckDBEngine, name: str, source: str) -> None:
    casts = ", ".join(
        f"CAST({identifier(column)} AS VARCHAR) AS {identifier(column)}"
        if kind.startswith("ENUM")
        else identifier(column)
        for column, kind, *_ in engine.rows(f"DESCRIBE SELECT * FROM {source}")
    )
    engine.execute(f"CREATE TABLE {identifier(name)} AS SELECT {casts} FROM {source}")
