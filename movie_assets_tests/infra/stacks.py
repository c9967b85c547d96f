"""The template as text, and deployed into a local AWS that enforces IAM policies over TLS."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
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

TEXT: dict[str, dict[str, Any]] = yaml.load(TEMPLATE.read_text(), Loader)


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


@contextmanager
def local_aws(folder: Path) -> Iterator[Aws]:
    """An empty account; its state and its certificate lie in the folder."""
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
