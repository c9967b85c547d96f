"""The template's text: clean by cfn-lint, buckets shut, roles tight."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from movie_assets_tests.infra.stacks import TEXT
from movie_assets_tests.support.stack import TEMPLATE

PIPELINE_ACTIONS = {
    "LakeObjects": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"},
    "WorkObjects": {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    },
    "BucketListings": {"s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"},
    "LakeKey": {"kms:Decrypt", "kms:GenerateDataKey"},
    "Events": {"events:PutEvents"},
    "Alerts": {"sns:Publish"},
    "Metrics": {"cloudwatch:PutMetricData"},
    "Catalog": {
        "glue:GetDatabase",
        "glue:GetTable",
        "glue:GetTables",
        "glue:GetPartitions",
        "glue:CreateTable",
        "glue:UpdateTable",
    },
    "Queries": {
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:StopQueryExecution",
    },
    "ServerlessLogin": {"redshift-serverless:GetCredentials"},
    "ClusterLogin": {"redshift:GetClusterCredentials"},
    "WarehousePassword": {"secretsmanager:GetSecretValue"},
}
RESOURCES = TEXT["Resources"]
BUCKETS = [name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::S3::Bucket"]


def statements(node: Any) -> Iterator[dict[str, Any]]:
    """Every policy statement below a node, whatever conditions it stands under."""
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        else:
            for child in node.values():
                yield from statements(child)
    elif isinstance(node, list):
        for child in node:
            yield from statements(child)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


ALLOWED = [
    pytest.param(name, statement, id=f"{name}-{statement.get('Sid', number)}")
    for name, resource in RESOURCES.items()
    for number, statement in enumerate(statements(resource["Properties"]))
    if statement["Effect"] == "Allow"
]


@pytest.mark.slow
def test_cfn_lint_finds_nothing() -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([program, TEMPLATE], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_there_is_a_lake_bucket_and_a_work_bucket() -> None:
    assert BUCKETS == ["LakeBucket", "WorkBucket"]


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_private_and_encrypted(name: str) -> None:
    properties = RESOURCES[name]["Properties"]
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    by_default = rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert by_default in ("AES256", {"Fn::If": ["OwnKey", "aws:kms", "AES256"]})
    uploads = [rule for rule in properties["LifecycleConfiguration"]["Rules"] if rule["Id"] == "broken-uploads"]
    assert [rule["AbortIncompleteMultipartUpload"] for rule in uploads] == [{"DaysAfterInitiation": 2}]


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_takes_requests_over_tls_only(name: str) -> None:
    (policy,) = [
        resource["Properties"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::S3::BucketPolicy" and resource["Properties"]["Bucket"] == {"Ref": name}
    ]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [{"Fn::GetAtt": f"{name}.Arn"}, {"Fn::Sub": f"${{{name}.Arn}}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_the_lake_is_kept_and_versioned() -> None:
    lake = RESOURCES["LakeBucket"]
    assert (lake["DeletionPolicy"], lake["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert lake["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = {rule["Id"]: rule for rule in lake["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert rules["renewed-locks"]["Prefix"] == {"Fn::Sub": "${LakePrefix}/.locks/"}
    assert rules["renewed-locks"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert not any("ExpirationInDays" in rule for name, rule in rules.items() if name != "staged-files")


@pytest.mark.parametrize(("name", "statement"), ALLOWED)
def test_no_statement_allows_everything(name: str, statement: dict[str, Any]) -> None:
    assert not [action for action in listed(statement["Action"]) if "*" in action]
    assert statement.get("Principal") != "*"
    if statement.get("Resource") == "*":
        assert statement["Action"] == "cloudwatch:PutMetricData"
        assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}}


def test_the_pipeline_may_do_what_it_does_and_no_more() -> None:
    found = {
        statement["Sid"]: set(listed(statement["Action"]))
        for statement in statements(RESOURCES["PipelinePolicy"]["Properties"])
    }
    assert found == PIPELINE_ACTIONS


def test_copy_reads_accepted_rows_only() -> None:
    policy = RESOURCES["CopyRole"]["Properties"]["Policies"]
    found = {statement["Sid"]: statement for statement in statements(policy)}
    assert {sid: statement["Action"] for sid, statement in found.items()} == {
        "AcceptedRows": "s3:GetObject",
        "AcceptedListing": "s3:ListBucket",
        "BucketRegion": "s3:GetBucketLocation",
        "LakeKey": "kms:Decrypt",
    }
    feeds = ["${LakePrefix}/validated/*", "${LakePrefix}/*/validated/*"]
    assert found["AcceptedRows"]["Resource"] == [{"Fn::Sub": f"${{LakeBucket.Arn}}/{feed}"} for feed in feeds]
    assert found["AcceptedListing"]["Condition"] == {"StringLike": {"s3:prefix": [{"Fn::Sub": feed} for feed in feeds]}}


def test_the_topic_has_no_key_that_eventbridge_could_not_use() -> None:
    assert "KmsMasterKeyId" not in RESOURCES["AlertTopic"]["Properties"]


def test_redshift_is_private_and_speaks_tls_only() -> None:
    workgroup = RESOURCES["Workgroup"]["Properties"]
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["ConfigParameters"] == [{"ParameterKey": "require_ssl", "ParameterValue": "true"}]
    assert RESOURCES["Namespace"]["Properties"]["ManageAdminPassword"] is True
    assert RESOURCES["Namespace"]["DeletionPolicy"] == "Retain"
