import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.waiting import until

MEGABYTE = 1 << 20


def received(sqs: Any, queue: str, count: int) -> list[str]:
    """The bodies of so many messages."""
    found: list[str] = []

    def receive() -> bool:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ()):
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= count

    until(receive)
    return found


def queue_of(ministack: Ministack, name: str) -> tuple[str, str]:
    """The URL and ARN of a new queue."""
    sqs = ministack.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def test_it_is_found_through_the_environment(aws_environment: dict[str, str], bucket: str) -> None:
    names = [found["Name"] for found in boto3.client("s3").list_buckets()["Buckets"]]
    assert bucket in names


def test_multipart_and_ranges(ministack: Ministack, bucket: str) -> None:
    from boto3.s3.transfer import TransferConfig

    s3 = ministack.client("s3")
    body = bytes(range(256)) * (12 * MEGABYTE // 256)
    config = TransferConfig(multipart_threshold=5 * MEGABYTE, multipart_chunksize=5 * MEGABYTE)
    s3.upload_fileobj(io.BytesIO(body), bucket, "large", Config=config)
    head = s3.head_object(Bucket=bucket, Key="large")
    assert head["ContentLength"] == len(body)
    assert head["ETag"].endswith('-3"')
    back = io.BytesIO()
    s3.download_fileobj(bucket, "large", back, Config=config)
    assert back.getvalue() == body
    assert s3.get_object(Bucket=bucket, Key="large", Range="bytes=256-259")["Body"].read() == b"\0\1\2\3"


def test_a_conditional_put_has_one_winner(ministack: Ministack, bucket: str) -> None:
    clients = [ministack.client("s3") for _ in range(8)]

    def put(number: int) -> str:
        try:
            clients[number].put_object(Bucket=bucket, Key="once", Body=f"{number}".encode(), IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return f"{number}"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(put, range(8)))
    winners = [answer for answer in answers if answer.isdigit()]
    assert sorted(set(answers) - set(winners)) == ["PreconditionFailed"]
    assert ministack.client("s3").get_object(Bucket=bucket, Key="once")["Body"].read().decode() == winners[0]
    assert len(winners) == 1


def test_versions(ministack: Ministack, bucket: str) -> None:
    s3 = ministack.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket=bucket, Key="day.csv", Body=body)["VersionId"] for body in (b"1", b"2")]
    assert len(set(versions)) == 2
    assert s3.get_object(Bucket=bucket, Key="day.csv", VersionId=versions[0])["Body"].read() == b"1"


def test_sns_reaches_sqs_through_its_filter(ministack: Ministack) -> None:
    sns = ministack.client("sns")
    url, arn = queue_of(ministack, "filtered")
    topic = sns.create_topic(Name="filtered")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"FilterPolicy": json.dumps({"state": ["FAILED"]}), "RawMessageDelivery": "true"},
    )
    for state in ("SUCCEEDED", "FAILED"):
        attributes = {"state": {"DataType": "String", "StringValue": state}}
        sns.publish(TopicArn=topic, Message=f"day {state}", MessageAttributes=attributes)
    assert received(ministack.client("sqs"), url, 1) == ["day FAILED"]


def test_eventbridge_reaches_sqs_through_sns(ministack: Ministack) -> None:
    events, sns = ministack.client("events"), ministack.client("sns")
    url, arn = queue_of(ministack, "alerts")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    pattern = {"source": ["aws.glue-dataquality", "movie_assets"], "detail": {"state": ["FAILED"]}}
    events.put_rule(Name="failed", EventPattern=json.dumps(pattern))
    transformer = {"InputPathsMap": {"state": "$.detail.state"}, "InputTemplate": '"The day <state>."'}
    events.put_targets(Rule="failed", Targets=[{"Id": "1", "Arn": topic, "InputTransformer": transformer}])
    entry = {"Source": "movie_assets", "DetailType": "Data Quality Evaluation Results Available"}
    entries = [entry | {"Detail": json.dumps({"state": state})} for state in ("SUCCEEDED", "FAILED")]
    assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    (body,) = received(ministack.client("sqs"), url, 1)
    assert "The day FAILED." in body


def test_athena_really_counts(ministack: Ministack, bucket: str) -> None:
    glue, athena, s3 = ministack.client("glue"), ministack.client("athena"), ministack.client("s3")
    s3.put_object(
        Bucket=bucket, Key="bad/day=2024-03-24/1.json", Body=b'{"title": "a", "n": 1}\n{"title": "b", "n": 5}\n'
    )
    s3.put_object(Bucket=bucket, Key="bad/day=2024-03-25/1.json", Body=b'{"title": "c", "n": 7}\n')
    glue.create_database(DatabaseInput={"Name": "counted"})
    location = f"s3://{bucket}/bad/"
    glue.create_table(
        DatabaseName="counted",
        TableInput={
            "Name": "bad",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "day", "Type": "date"}],
            "Parameters": {
                "projection.enabled": "true",
                "projection.day.type": "date",
                "projection.day.range": "2024-03-01,NOW",
                "projection.day.format": "yyyy-MM-dd",
                "storage.location.template": location + "day=${day}",
            },
            "StorageDescriptor": {
                "Columns": [{"Name": "title", "Type": "string"}, {"Name": "n", "Type": "int"}],
                "Location": location,
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
            },
        },
    )
    query = "SELECT count(*), sum(n) FROM bad WHERE day = DATE '2024-03-24'"
    assert answer_of(athena, query, "counted", bucket) == [["2", "6"]]


def answer_of(athena: Any, query: str, database: str, bucket: str) -> list[list[str]]:
    """The rows of a query, without the header."""
    started = athena.start_query_execution(
        QueryString=query,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": f"s3://{bucket}/answers/"},
    )["QueryExecutionId"]

    def answered() -> bool:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        assert status["State"] not in ("FAILED", "CANCELLED"), status
        return bool(status["State"] == "SUCCEEDED")

    until(answered)
    rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]


@pytest.mark.slow
def test_one_of_its_own_whatever_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with Ministack() as own:
        own.client("s3").create_bucket(Bucket="short-lived")
        own.reset()
        assert own.client("s3").list_buckets()["Buckets"] == []
        endpoint = own.endpoint
    assert endpoint.startswith("http://127.0.0.1:")
    with pytest.raises(Exception, match="Could not connect to the endpoint"):
        own.client("s3", config=Config(retries={"total_max_attempts": 1})).list_buckets()
