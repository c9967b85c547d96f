"""What AWS says that ministack does not, as a person reads it."""

import pytest

from movie_assets.aws.services import Service
from movie_assets.catalog.athena import _failed
from movie_assets.errors import CatalogError

ATHENA = Service("athena", CatalogError, resource="the Athena workgroup w", setting="MOVIES_ATHENA_WORKGROUP")
GLUE = Service("glue", CatalogError, resource="the Glue database d", setting="MOVIES_GLUE_DATABASE")


@pytest.mark.parametrize(
    ("service", "operation", "code", "said", "reason", "hint"),
    [
        (
            ATHENA,
            "start_query_execution",
            "InvalidRequestException",
            "WorkGroup w is not found.",
            "the Athena workgroup w is not in this account and region",
            "create it, or correct MOVIES_ATHENA_WORKGROUP or AWS_REGION",
        ),
        (
            ATHENA,
            "start_query_execution",
            "InvalidRequestException",
            "Unable to verify/create output bucket results",
            "answers have no place to go, or there is no such workgroup",
            "give the Athena workgroup w an output location on S3, or correct MOVIES_ATHENA_WORKGROUP",
        ),
        (
            ATHENA,
            "start_query_execution",
            "InvalidRequestException",
            "line 1:8: mismatched input 'FORM'",
            "the statement is wrong",
            "correct the query",
        ),
        (
            GLUE,
            "get_tables",
            "AccessDeniedException",
            "Insufficient Lake Formation permission(s): Required Describe on d",
            "Lake Formation grants too little",
            "grant these credentials the Glue database d and its tables in Lake Formation",
        ),
        (
            GLUE,
            "create_table",
            "AlreadyExistsException",
            "Table already exists.",
            "somebody else changed it at the same time",
            "run again",
        ),
        (
            GLUE,
            "get_tables",
            "EntityNotFoundException",
            "Database d not found.",
            "the Glue database d is not in this account and region",
            "create it, or correct MOVIES_GLUE_DATABASE or AWS_REGION",
        ),
    ],
    ids=["no workgroup", "no output", "wrong SQL", "Lake Formation", "two at once", "no database"],
)
def test_a_refusal(service: Service, operation: str, code: str, said: str, reason: str, hint: str) -> None:
    error = service.refused("do it", operation, code, said)
    assert f": {reason} ({code}: {said.rstrip('.')})." in error.message
    assert error.hint == hint


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.movies.x' does not exist", "movies catalog show lists"),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved", "correct the query"),
        ("Access denied when writing output to url: s3://results/a.csv", "allow s3:GetObject and s3:ListBucket"),
        ("HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://b/k: NoSuchKey", "if the day was judged again"),
        ("Query exhausted resources at this scale factor", "name the days"),
    ],
    ids=["no table", "no column", "no access", "a file removed", "too much"],
)
def test_a_query_that_failed(reason: str, hint: str) -> None:
    error = _failed("FAILED", reason)
    assert error.message == f"Athena could not answer: {reason}."
    assert (error.hint or "").startswith(hint)


def test_a_query_that_somebody_stopped() -> None:
    assert _failed("CANCELLED", "").message == "The query was stopped by somebody else."
