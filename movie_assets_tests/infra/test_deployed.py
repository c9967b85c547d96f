"""The stack as deployed by default: its outputs, and what the pipeline's role may and may not."""

import re
from typing import Any

import jmespath
import pytest
from botocore.exceptions import ClientError

from movie_assets_tests.infra.stacks import ROOT, TEXT, refusal
from movie_assets_tests.support.stack import Stack


def test_the_documented_command_writes_the_environment(stack: Stack) -> None:
    documented = (ROOT / "docs" / "aws.md").read_text()
    (query,) = re.findall(r"--query '(Stacks\[0\].Outputs.*?)'", documented)
    lines = jmespath.search(query, {"Stacks": [stack.described]})
    assert [line for (line,) in lines] == [
        f"MOVIES_LAKE=s3://{stack.lake}/movies",
        "MOVIES_EVENT_BUS=default",
        "MOVIES_GLUE_DATABASE=movies",
        "MOVIES_ATHENA_WORKGROUP=movies-movies",
        "MOVIES_CLOUDWATCH_METRICS=true",
        f"DAGSTER_LOGS_BUCKET={stack.outputs['LogsBucket']}",
    ]


def test_every_output_that_is_a_variable_is_documented() -> None:
    outputs = TEXT["Outputs"].values()
    variables = {output["Description"] for output in outputs if output["Description"].isupper()}
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` ", (ROOT / "docs" / "aws.md").read_text(), re.MULTILINE))
    assert len(variables) > 10
    assert variables - documented == set()


def test_the_pipeline_works_in_the_lake(stack: Stack) -> None:
    s3 = stack.pipeline("s3")
    s3.put_object(Bucket=stack.lake, Key="movies/landing/a.csv", Body=b"text")
    with pytest.raises(ClientError) as twice:
        s3.put_object(Bucket=stack.lake, Key="movies/landing/a.csv", Body=b"other", IfNoneMatch="*")
    assert refusal(twice) == "PreconditionFailed"
    assert s3.get_object(Bucket=stack.lake, Key="movies/landing/a.csv")["Body"].read() == b"text"
    upload = s3.create_multipart_upload(Bucket=stack.lake, Key="movies/landing/b.csv")["UploadId"]
    s3.abort_multipart_upload(Bucket=stack.lake, Key="movies/landing/b.csv", UploadId=upload)
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=stack.lake, Prefix="movies/landing/")["Contents"]]
    assert keys == ["movies/landing/a.csv"]
    s3.delete_object(Bucket=stack.lake, Key="movies/landing/a.csv")
    with pytest.raises(ClientError) as missing:  # and not AccessDenied, which would hide that it is missing
        s3.get_object(Bucket=stack.lake, Key="movies/landing/a.csv")
    assert refusal(missing) == "NoSuchKey"
    s3.put_object(Bucket=stack.outputs["LogsBucket"], Key="compute-logs/run/out", Body=b"")


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("s3", "put_object", {"Bucket": "LAKE", "Key": "elsewhere/a.csv"}),
        ("s3", "delete_object", {"Bucket": "LAKE", "Key": "movies/a.csv", "VersionId": "1"}),
        ("s3", "delete_bucket_policy", {"Bucket": "LAKE"}),
        ("s3", "delete_bucket", {"Bucket": "LAKE"}),
        ("sns", "publish", {"TopicArn": "TOPIC", "Message": "not the pipeline's to tell: the rule's"}),
        ("sqs", "purge_queue", {"QueueUrl": "QUEUE"}),
        (
            "events",
            "put_events",
            {"Entries": [{"Source": "x", "DetailType": "x", "Detail": "{}", "EventBusName": "y"}]},
        ),
        ("events", "disable_rule", {"Name": "x"}),
        ("glue", "delete_table", {"DatabaseName": "movies", "Name": "bad_data"}),
        ("glue", "delete_database", {"Name": "movies"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "x"}),
        ("iam", "create_user", {"UserName": "x"}),
        ("cloudformation", "delete_stack", {"StackName": "movies"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_pipeline_is_refused(stack: Stack, service: str, call: str, arguments: dict[str, Any]) -> None:
    known = {
        "LAKE": stack.lake,
        "TOPIC": stack.outputs["AlertTopicArn"],
        "QUEUE": stack.outputs["DeadLetterQueueUrl"],
    }
    arguments = {key: known.get(value, value) if isinstance(value, str) else value for key, value in arguments.items()}
    with pytest.raises(ClientError) as refused:
        getattr(stack.pipeline(service), call)(**arguments)
    assert refusal(refused) in ("AccessDenied", "AccessDeniedException", "AuthorizationError")


@pytest.mark.parametrize("bucket", ["Lake", "LogsBucket"])
def test_what_comes_without_tls_is_refused(stack: Stack, bucket: str) -> None:
    name = stack.lake if bucket == "Lake" else stack.outputs[bucket]
    s3 = stack.pipeline("s3")
    s3.list_objects_v2(Bucket=name)
    s3.meta.events.register(  # as a proxy says that the request came to it in the clear
        "before-sign.s3", lambda request, **_: request.headers.add_header("x-forwarded-proto", "http")
    )
    with pytest.raises(ClientError) as refused:
        s3.list_objects_v2(Bucket=name)
    assert refusal(refused) == "AccessDenied"
