"""SQL queries of the catalog's tables in Athena, with a time limit."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from movie_assets.aws.services import PATIENT, ClientFactory, Service, make_client
from movie_assets.errors import CatalogError
from movie_assets.findings import Finding, attempt
from movie_assets.program import command

_ASKING = "ask Athena"
_LONGEST_PAUSE = 2.0
_EXAMINED_SECONDS = 10.0
_HINTS: tuple[tuple[str, str], ...] = (
    (
        r"table_not_found|schema_not_found|table\b.*does not exist",
        f"{command('catalog show')} lists the tables; {command('catalog sync')} makes them",
    ),
    (
        r"access ?denied|permission|not authorized",
        "allow s3:GetObject and s3:ListBucket on the lake's bucket, and s3:PutObject, s3:GetObject and "
        "s3:GetBucketLocation on the workgroup's output location",
    ),
    (r"lake ?formation", "grant the database and its tables to these credentials in Lake Formation"),
    (
        r"no ?such ?key|hive_cannot_open_split|hive_cursor_error|hive_filesystem_error|hive_bad_data",
        f"if the day was judged again meanwhile, ask again; else compare: {command('catalog diff')}",
    ),
    (
        r"syntax|mismatched|parser error|binder error|cannot be resolved|column_not_found|type_mismatch",
        f"correct the query; {command('catalog show')} lists tables and columns",
    ),
    (r"exhausted|exceeded|timeout", "name the days: WHERE ingest_date = DATE '2024-03-24'"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and types of Athena, and the rows as text, None for NULL; fetched during iteration."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[tuple[str | None, ...]]


class Athena:
    """A workgroup and the default database; every failure is a `CatalogError`."""

    def __init__(self, database: str, workgroup: str, *, client_factory: ClientFactory = make_client) -> None:
        self.database = database
        self.workgroup = workgroup
        self._service = Service(
            "athena",
            CatalogError,
            resource=f"the Athena workgroup {workgroup}",
            setting="MOVIES_ATHENA_WORKGROUP",
            config=PATIENT,
            client_factory=client_factory,
        )

    def __repr__(self) -> str:
        return f"Athena({self.database!r}, {self.workgroup!r})"

    def query(self, sql: str, *, wait_seconds: float = 300) -> Answer:
        """Run one statement; after the timeout the query is stopped.

        Raises:
            CatalogError: it was rejected, failed, or took too long.
        """
        started = self._service.call(
            _ASKING,
            "start_query_execution",
            QueryString=sql,
            QueryExecutionContext={"Database": self.database},
            WorkGroup=self.workgroup,
        )
        query_id = started["QueryExecutionId"]
        try:
            execution = self._wait(query_id, wait_seconds)
        except BaseException:  # also on Ctrl-C: a query that nobody waits for costs money
            with suppress(CatalogError):  # what matters is the error under way; Athena ends every query at last
                self._stop(query_id)
            raise
        return self._answer(query_id, header=execution.get("StatementType") == "DML")

    def examine(self, table: str | None) -> Finding:
        """Check that a query runs and its result can be read: of a partition before all days, or of no table."""
        sql = f"SELECT count(*) FROM {table} WHERE ingest_date = DATE '1900-01-01'" if table else "SELECT 1"
        return attempt("Athena", "query", lambda: self._examine(sql))

    def _examine(self, sql: str) -> str:
        list(self.query(sql, wait_seconds=_EXAMINED_SECONDS).rows)
        return f"{sql}, in the workgroup {self.workgroup}"

    def _wait(self, query_id: str, wait_seconds: float) -> dict[str, Any]:
        deadline, pause = monotonic() + wait_seconds, 0.05
        while True:
            answer = self._service.call(_ASKING, "get_query_execution", QueryExecutionId=query_id)
            execution: dict[str, Any] = answer["QueryExecution"]
            state = execution["Status"]["State"]
            if state == "SUCCEEDED":
                return execution
            if state in ("FAILED", "CANCELLED"):
                raise _failed(state, execution["Status"].get("StateChangeReason", ""))
            left = deadline - monotonic()
            if left <= 0:
                raise CatalogError(
                    f"The query was not done after {wait_seconds:g} s; it was told to stop.",
                    "name the days it is about (WHERE ingest_date = DATE '2024-03-24'), or give it longer: --wait",
                )
            Event().wait(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _stop(self, query_id: str) -> None:
        self._service.call("stop a query", "stop_query_execution", QueryExecutionId=query_id)

    def _answer(self, query_id: str, *, header: bool) -> Answer:
        first = self._page(query_id)
        described = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        names = tuple(str(column["Name"]) for column in described)
        rows = self._rows(query_id, first)
        if header:
            next(rows, None)
        return Answer(names, tuple(str(column["Type"]) for column in described), rows)

    def _rows(self, query_id: str, page: dict[str, Any]) -> Iterator[tuple[str | None, ...]]:
        while True:
            for row in page["ResultSet"]["Rows"]:
                yield tuple(cell.get("VarCharValue") for cell in row.get("Data", ()))
            if not page.get("NextToken"):
                return
            page = self._page(query_id, NextToken=page["NextToken"])

    def _page(self, query_id: str, **token: str) -> dict[str, Any]:
        page: dict[str, Any] = self._service.call(
            "fetch Athena's answer", "get_query_results", QueryExecutionId=query_id, **token
        )
        return page


def _failed(state: str, reason: str) -> CatalogError:
    said = " ".join(reason.split())[:1000].rstrip(".")
    if state == "CANCELLED":
        return CatalogError(f"The query was stopped by somebody else{f': {said}' if said else ''}.", "ask again")
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said, re.IGNORECASE)), None)
    return CatalogError(f"Athena could not answer: {said or 'it does not say why'}.", hint)
