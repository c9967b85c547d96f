"""The template: clean by cfn-lint, tight by its text, and deployed into a local AWS that enforces its policies."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import jmespath
import pytest
import yaml
from botocore.exceptions import ClientError

from movie_assets_tests.support.process import Child, free_port, listening

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
REGION = "eu-central-1"
ACCOUNT = "000000000000"
DETAIL_TYPE = "Data Quality Evaluation Results Available"
DETAIL = {
    "resultId": "dqresult-1",
    "context": {"contextType": "GLUE_JOB", "jobName": "movies_day", "evaluationContext": "2024-03-24"},
    "rulesetNames": ["imdb_movies_rating"],
    "state": "FAILED",
    "score": 0.75,
    "numRulesSucceeded": 3,
    "numRulesFailed": 1,
    "numRulesSkipped": 0,
}

EVENT = {"Source": "movie_assets", "DetailType": DETAIL_TYPE, "Detail": json.dumps(DETAIL)}

PIPELINE_ACTIONS = {
    "LakeObjects": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"},
    "WorkObjects": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"},
    "BucketListings": {"s3:ListBucket", "s3:GetBucketLocation"},
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
    "Queries": {"athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"},
    "ServerlessLogin": {"redshift-serverless:GetCredentials"},
    "ClusterLogin": {"redshift:GetClusterCredentials"},
    "WarehousePassword": {"secretsmanager:GetSecretValue"},
}


# ---- the text ----


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms as their long ones."""


def _intrinsic(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", _intrinsic)
RESOURCES: dict[str, dict[str, Any]] = yaml.load(TEMPLATE.read_text(), Loader)["Resources"]
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


def test_the_lake_is_kept_versioned_and_rid_of_staged_files() -> None:
    lake = RESOURCES["LakeBucket"]
    assert (lake["DeletionPolicy"], lake["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert lake["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = {rule["Id"]: rule for rule in lake["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert rules["staged-files"]["Prefix"] == {"Fn::Sub": "${LakePrefix}/staging/"}
    assert rules["staged-files"]["ExpirationInDays"] == {"Ref": "StagingDays"}
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


def test_copy_reads_staged_files_only() -> None:
    policy = RESOURCES["CopyRole"]["Properties"]["Policies"]
    found = {statement["Sid"]: statement for statement in statements(policy)}
    assert {sid: statement["Action"] for sid, statement in found.items()} == {
        "StagedObjects": "s3:GetObject",
        "StagedListing": "s3:ListBucket",
        "BucketRegion": "s3:GetBucketLocation",
        "LakeKey": "kms:Decrypt",
    }
    assert found["StagedObjects"]["Resource"] == {"Fn::Sub": "${LakeBucket.Arn}/${LakePrefix}/staging/*"}
    assert found["StagedListing"]["Condition"] == {"StringLike": {"s3:prefix": {"Fn::Sub": "${LakePrefix}/staging/*"}}}


def test_the_topic_has_no_key_that_eventbridge_could_not_use() -> None:
    assert "KmsMasterKeyId" not in RESOURCES["AlertTopic"]["Properties"]


def test_redshift_is_private_and_speaks_tls_only() -> None:
    workgroup = RESOURCES["Workgroup"]["Properties"]
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["ConfigParameters"] == [{"ParameterKey": "require_ssl", "ParameterValue": "true"}]
    assert RESOURCES["Namespace"]["Properties"]["ManageAdminPassword"] is True
    assert RESOURCES["Namespace"]["DeletionPolicy"] == "Retain"


# ---- deployed ----


@dataclass(frozen=True)
class Aws:
    """A local AWS over TLS that enforces IAM policies."""

    endpoint: str
    authority: Path

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            verify=str(self.authority),
            **(credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}),
        )

    def as_role(self, arn: str) -> dict[str, str]:
        taken = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }


@dataclass(frozen=True)
class Stack:
    aws: Aws
    name: str
    described: dict[str, Any]

    @property
    def outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.described["Outputs"]}

    @property
    def settings(self) -> dict[str, str]:
        return {output["Description"]: output["OutputValue"] for output in self.described["Outputs"]}

    @property
    def lake(self) -> str:
        return self.outputs["Lake"].removeprefix("s3://").split("/")[0]

    def pipeline(self, service: str) -> Any:
        return self.aws.client(service, self.aws.as_role(self.outputs["PipelineRoleArn"]))

    def policy(self) -> dict[str, Any]:
        """The pipeline's statements by their ids, as deployed."""
        found = self.aws.client("iam").get_role_policy(RoleName=self.outputs["PipelineRoleName"], PolicyName="pipeline")
        return {statement["Sid"]: statement for statement in found["PolicyDocument"]["Statement"]}

    def rule(self) -> dict[str, Any]:
        (rule,) = self.aws.client("events").list_rules(NamePrefix=f"{self.name}-")["Rules"]
        return rule


def deploy(aws: Aws, name: str, **parameters: str) -> Stack:
    cloudformation = aws.client("cloudformation")
    parameters = {"GlueDatabaseName": name, "TrustedPrincipalArn": f"arn:aws:iam::{ACCOUNT}:root"} | parameters
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=TEMPLATE.read_text(),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1})
    (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return Stack(aws, name, described)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("aws")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "USE_SSL": "1",
        "TMPDIR": str(folder),
        "S3_DATA_DIR": str(folder / "s3"),
    }
    server = Child([sys.executable, "-m", "ministack"], folder / "log", env=environment)
    try:
        server.wait_until(lambda: listening(port), "ministack")
        yield Aws(f"https://127.0.0.1:{port}", folder / "ministack-tls" / "server.crt")
    finally:
        server.end()


@pytest.fixture(scope="module")
def stack(aws: Aws) -> Stack:
    return deploy(aws, "movies")


def test_the_documented_command_writes_the_environment(stack: Stack) -> None:
    documented = (ROOT / "docs" / "operations.md").read_text()
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
    outputs = yaml.load(TEMPLATE.read_text(), Loader)["Outputs"].values()
    variables = {output["Description"] for output in outputs if output["Description"].isupper()}
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` ", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))
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


def test_the_pipeline_writes_the_catalog(stack: Stack) -> None:
    glue = stack.pipeline("glue")
    table = {"Name": "bad_data", "StorageDescriptor": {"Columns": [{"Name": "title", "Type": "string"}]}}
    glue.create_table(DatabaseName="movies", TableInput=table)
    glue.update_table(DatabaseName="movies", TableInput=table | {"Description": "again"})
    assert glue.get_table(DatabaseName="movies", Name="bad_data")["Table"]["Description"] == "again"


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


def test_failed_rules_are_told_in_readable_text(stack: Stack) -> None:
    sqs, topic = stack.aws.client("sqs"), stack.outputs["AlertTopicArn"]
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    letter_box = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [letter_box]})
    sqs.set_queue_attributes(QueueUrl=inbox, Attributes={"Policy": policy})
    stack.aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    events = [
        {
            **EVENT,
            "Source": source,
            "Detail": json.dumps(DETAIL | {"state": state}),
            "Resources": ["arn:aws:s3:::lake/movies/rule_outcome/ingest_date=2024-03-24/"],
        }
        for source, state in [("movie_assets", "SUCCEEDED"), ("another", "FAILED"), ("movie_assets", "FAILED")]
    ]
    assert stack.pipeline("events").put_events(Entries=events)["FailedEntryCount"] == 0
    (received,) = sqs.receive_message(QueueUrl=inbox, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]
    *lines, origin = json.loads(received["Body"])["Message"].splitlines()
    assert lines == [
        '"Data quality: 1 rules failed, 3 passed, 0 were skipped. Score 0.75 (1 is best)."',
        '"Ruleset: [imdb_movies_rating]"',
        '"Evaluated: {contextType: GLUE_JOB, jobName: movies_day, evaluationContext: 2024-03-24}"',
        '"Result: dqresult-1 [arn:aws:s3:::lake/movies/rule_outcome/ingest_date=2024-03-24/]"',
    ]
    assert re.fullmatch(rf'"From movie_assets at \S+Z, account {ACCOUNT}, region {REGION}\."', origin)


@pytest.mark.parametrize(
    ("changed", "matches"),
    [
        ({}, True),
        ({"source": "movie_assets"}, True),
        ({"source": "aws.glue"}, False),
        ({"detail-type": "Glue Job State Change"}, False),
        ({"detail": DETAIL | {"state": "SUCCEEDED"}}, False),
    ],
    ids=["of Glue", "of the pipeline", "of others", "of another kind", "without failed rules"],
)
def test_the_rule_takes_events(stack: Stack, changed: dict[str, Any], matches: bool) -> None:
    event = {
        "id": "1",
        "source": "aws.glue-dataquality",
        "detail-type": DETAIL_TYPE,
        "account": ACCOUNT,
        "time": "2024-03-24T10:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": DETAIL,
    }
    rule = stack.rule()
    assert (rule["State"], rule["EventBusName"]) == ("ENABLED", "default")
    tried = stack.aws.client("events").test_event_pattern(
        EventPattern=rule["EventPattern"], Event=json.dumps(event | changed)
    )
    assert tried["Result"] is matches


def test_what_the_topic_refuses_may_go_to_the_queue(stack: Stack) -> None:
    rule = stack.rule()
    (target,) = stack.aws.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    found = stack.aws.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["DeadLetterQueueUrl"], AttributeNames=["All"]
    )["Attributes"]
    assert target["DeadLetterConfig"] == {"Arn": found["QueueArn"]}
    assert found["MessageRetentionPeriod"] == "1209600"
    topic = stack.aws.client("sns").get_topic_attributes(TopicArn=stack.outputs["AlertTopicArn"])["Attributes"]
    for policy, action, resource in [
        (found["Policy"], "sqs:SendMessage", found["QueueArn"]),
        (topic["Policy"], "sns:Publish", target["Arn"]),
    ]:
        (statement,) = json.loads(policy)["Statement"]
        assert statement == {
            "Sid": "FailedRulesRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": action,
            "Resource": resource,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule["Arn"]}},
        }


def test_the_pipeline_tells_the_topic_itself_where_asked_to(aws: Aws) -> None:
    stack = deploy(aws, "told", AlertsVia="pipeline", AlertEmail="someone@example.com")
    topic = stack.settings["MOVIES_SNS_TOPIC"]
    stack.pipeline("sns").publish(TopicArn=topic, Message="failed")
    assert json.loads(stack.rule()["EventPattern"])["source"] == ["aws.glue-dataquality"]
    (subscribed,) = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscribed["Protocol"], subscribed["Endpoint"]) == ("email", "someone@example.com")


def test_a_cluster_is_logged_in_to_by_the_role(aws: Aws) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/lake"
    stack = deploy(aws, "cluster", Redshift="existing-cluster", RedshiftName="films", LakeKeyArn=key)
    assert stack.policy()["ClusterLogin"]["Resource"] == [
        f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbuser:films/movies_loader",
        f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbname:films/movies",
    ]
    assert "WarehousePassword" not in stack.policy()
    assert stack.policy()["LakeKey"]["Resource"] == key
    assert (stack.settings["MOVIES_REDSHIFT_CLUSTER"], stack.settings["MOVIES_REDSHIFT_USER"]) == (
        "films",
        "movies_loader",
    )


def test_a_workgroup_is_logged_in_to_with_a_secret_or_by_the_role(aws: Aws) -> None:
    workgroup = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/films"
    existing = {"Redshift": "existing-workgroup", "RedshiftWorkgroupArn": workgroup}
    by_role = deploy(aws, "role", **existing)
    assert by_role.policy()["ServerlessLogin"]["Resource"] == workgroup
    assert "WarehousePassword" not in by_role.policy()
    by_secret = deploy(aws, "secret", DatabaseSecret="yes", **existing)
    assert "ServerlessLogin" not in by_secret.policy()
    stored = aws.client("secretsmanager").get_secret_value(SecretId=by_secret.settings["MOVIES_REDSHIFT_SECRET"])
    login = json.loads(stored["SecretString"])
    assert login["username"] == "movies_loader"
    assert len(login["password"]) == 40


def test_endpoints_keep_the_pipeline_off_the_internet(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    routes = ec2.create_route_table(VpcId=network)["RouteTable"]["RouteTableId"]
    stack = deploy(aws, "inside", VpcEndpoints="yes", VpcId=network, SubnetIds=subnet, RouteTableIds=routes)
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [network]}])["VpcEndpoints"]
    kinds = {endpoint["ServiceName"].split(".", 3)[-1]: endpoint["VpcEndpointType"] for endpoint in found}
    assert kinds.pop("s3") == "Gateway"
    assert kinds == dict.fromkeys(
        ["sts", "events", "sns", "monitoring", "glue", "athena", "secretsmanager", "redshift-serverless"], "Interface"
    )
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network]}])["SecurityGroups"]
    (endpoints,) = [group for group in groups if "EndpointSecurityGroup" in group["GroupName"]]
    (ingress,) = endpoints["IpPermissions"]
    assert (ingress["FromPort"], ingress["ToPort"]) == (443, 443)
    assert [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]] == [stack.outputs["SecurityGroup"]]
    assert not ingress.get("IpRanges")


def test_the_lake_outlives_the_stack(aws: Aws) -> None:
    stack = deploy(aws, "gone")
    aws.client("cloudformation").delete_stack(StackName="gone")
    aws.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName="gone", WaiterConfig={"Delay": 0.1})
    buckets = {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]}
    assert stack.lake in buckets
    assert stack.outputs["LogsBucket"] not in buckets
