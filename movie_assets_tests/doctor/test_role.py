"""Under the deployed role, policies enforced: all is right; without an action, that very action is named."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from movie_assets.catalog import configured_catalog, wanted_tables
from movie_assets.lake import configured_lake
from movie_assets.settings import Settings, settings
from movie_assets_tests.doctor.conftest import Findings, failed
from movie_assets_tests.support.aws_local import AwsLocal
from movie_assets_tests.support.feeds import FEED, feed_of
from movie_assets_tests.support.lakes import s3_names
from movie_assets_tests.support.stack import ACCOUNT

Examined = Callable[..., Findings]
pytestmark = [
    pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning"),  # by the driver
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # pooled connections of boto3
    pytest.mark.usefixtures("collected"),
]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsLocal]:
    """The template with all that the doctor examines."""
    with AwsLocal(enforced=True, AlertsVia="pipeline") as local:
        yield local


@pytest.fixture(scope="module")
def policies(aws: AwsLocal) -> dict[str, Any]:
    """The role's policies by name, as deployed."""
    iam, role = aws.ministack.client("iam"), aws.stack.outputs["PipelineRoleName"]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


def give(aws: AwsLocal, policies: dict[str, Any]) -> None:
    for name, document in policies.items():
        aws.ministack.client("iam").put_role_policy(
            RoleName=aws.stack.outputs["PipelineRoleName"], PolicyName=name, PolicyDocument=json.dumps(document)
        )


@pytest.fixture
def deployed(aws: AwsLocal, policies: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> AwsLocal:
    """The stack's outputs as settings, the pipeline's role."""
    give(aws, policies)
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    return aws


def in_lake(aws: AwsLocal) -> set[str]:
    return s3_names(aws.ministack.client("s3"), aws.stack.lake, "movies")


def test_all_is_right_and_nobody_is_told(examined: Examined, deployed: AwsLocal) -> None:
    inbox, before = deployed.inbox("quiet"), in_lake(deployed)
    found = examined()
    wanted = wanted_tables(settings(), feed_of(settings()))
    not_there = {("Glue", f"table {table.name}") for table in wanted}
    assert {key for key, one in found.items() if one.status == "warning"} == not_there
    configured_catalog(settings()).sync(wanted)
    found = examined()
    assert {key: one for key, one in found.items() if one.status not in ("ok", "not verified")} == {}
    assert {key for key, one in found.items() if one.status == "not verified"} == {("SNS", "publish")}
    assert "shows only when something is sent" in found["SNS", "publish"].said
    assert found["STS", "who am I"].said.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/")
    assert found["Redshift", "connect"].said == "with TLS"
    assert "WHERE ingest_date = DATE '1900-01-01'" in found["Athena", "query"].said
    assert in_lake(deployed) == before
    assert inbox.messages() == []


def test_a_trial_alert_is_sent_when_asked_for(examined: Examined, deployed: AwsLocal) -> None:
    inbox = deployed.inbox("told")
    found = examined(send=True)
    assert {one.status for key, one in found.items() if key[0] in ("SNS", "EventBridge")} == {"ok"}
    [received] = inbox.messages(wait_seconds=20)
    assert received["Subject"] == "Movies: a trial alert"
    assert received["MessageAttributes"]["state"]["Value"] == "FAILED"


STAGE = ("Redshift", "stage a row on S3")
LACKING: dict[str, dict[str, set[tuple[str, str]]]] = {
    "list": {
        "s3:ListBucket": {("S3", "list"), STAGE},
        "events:PutEvents": {("EventBridge", "put an event")},
        "sns:Publish": {("SNS", "publish")},
        "cloudwatch:PutMetricData": {("CloudWatch", "put a metric")},
        "glue:GetDatabase": {("Glue", "read the database")},
        "athena:StartQueryExecution": {("Athena", "query")},
    },
    "read": {
        "s3:ListBucketMultipartUploads": {("S3", "list unfinished uploads")},
        "s3:GetObject": {("S3", "read")},
        "glue:GetTables": {("Glue", "read the database")},
        "athena:GetQueryExecution": {("Athena", "query")},
        "secretsmanager:GetSecretValue": {("Redshift", "get credentials")},
    },
    "write": {
        "s3:PutObject": {("S3", "write"), ("S3", "write on a condition"), ("S3", "write in parts"), STAGE},
        "athena:GetQueryResults": {("Athena", "query")},
    },
    "remove": {
        "s3:DeleteObject": {("S3", "remove"), STAGE},
        "s3:AbortMultipartUpload": {("S3", "give up an upload")},
    },
}
"""Which examinations fail without an action; those of a round don't meet."""


@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
def test_an_action_that_the_role_lacks_is_named(
    examined: Examined, deployed: AwsLocal, policies: dict[str, Any], lacking: dict[str, set[tuple[str, str]]]
) -> None:
    less, taken = json.loads(json.dumps(policies)), set()
    for statement in [statement for document in less.values() for statement in document["Statement"]]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [kept for kept in actions if kept not in lacking] or ["s3:GetObjectAcl"]
        taken |= lacking.keys() & set(actions)
    assert taken == lacking.keys()
    give(deployed, less)
    before = in_lake(deployed)
    found = examined()
    assert failed(found) == set().union(*lacking.values())
    for action, fails in lacking.items():
        for key in fails:
            assert f"allow {action} on " in (found[key].hint or ""), found[key]
    assert in_lake(deployed) == before


@pytest.mark.parametrize("lacking", ["AcceptedRows", "AcceptedListing"])
def test_what_copy_may_not_read_keeps_nothing_else_back(examined: Examined, deployed: AwsLocal, lacking: str) -> None:
    iam = deployed.ministack.client("iam")
    policy = {
        "RoleName": deployed.stack.outputs["RedshiftCopyRole"].rpartition("/")[2],
        "PolicyName": "accepted-rows",
    }
    whole = iam.get_role_policy(**policy)["PolicyDocument"]
    kept = [statement for statement in whole["Statement"] if statement["Sid"] != lacking]
    assert len(kept) == len(whole["Statement"]) - 1
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(whole | {"Statement": kept}))
    try:
        found = examined()
    finally:
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(whole))
    copied = "Redshift", "COPY it into a temporary table"
    assert failed(found) == {copied}
    assert found[copied].hint == "let the COPY role read the lake's validated/ folder"
    assert found["Redshift", "make a temporary table"].status == "ok"
    assert found["Redshift", "INSERT INTO movies.imdb_movies_rating"].status == "ok"
    assert in_lake(deployed) == set()


@pytest.mark.parametrize(
    "given",
    [
        {"MOVIES_S3_ENCRYPTION": "AES256"},
        {"MOVIES_S3_ENCRYPTION": "aws:kms", "MOVIES_S3_KMS_KEY": "alias/movies"},
    ],
    ids=["AES256", "KMS"],
)
def test_what_is_written_is_encrypted_as_the_lake_does(
    deployed: AwsLocal, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    """By a bucket that refuses what is written otherwise."""

    def refused(found: Settings) -> list[str]:
        return [finding.examination for finding in configured_lake(found, FEED).examine() if finding.error]

    other = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{deployed.stack.lake}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": given["MOVIES_S3_ENCRYPTION"]}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    s3 = deployed.ministack.client("s3")
    before = s3.get_bucket_policy(Bucket=deployed.stack.lake)["Policy"]
    s3.put_bucket_policy(Bucket=deployed.stack.lake, Policy=policy)
    try:
        plain = refused(settings())
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        encrypted = refused(settings())
    finally:
        s3.put_bucket_policy(Bucket=deployed.stack.lake, Policy=before)
    assert plain == ["write", "write on a condition", "write in parts"]
    assert encrypted == []
