"""A CloudFormation template deployed into the local AWS."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.process import ServerError
from movie_assets_tests.support.waiting import PATIENCE

TEMPLATE = Path(__file__).parents[2] / "infra" / "template.yaml"
ACCOUNT = "000000000000"
MISJUDGED = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:StopQueryExecution",
    "cloudwatch:PutMetricData",
    "glue:GetDatabase",
)
"""Calls that AWS judges by the query's workgroup, the metric's namespace, the database; ministack takes the last for a
table, and looks up none of the others.
"""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


@dataclass(frozen=True)
class Stack:
    """A deployed template; `described` is CloudFormation's answer."""

    aws: Ministack
    name: str
    described: dict[str, Any]

    @property
    def outputs(self) -> dict[str, str]:
        """Values by key."""
        return {output["OutputKey"]: output["OutputValue"] for output in self.described.get("Outputs", ())}

    @property
    def settings(self) -> dict[str, str]:
        """The outputs that are settings: their description is the variable."""
        outputs = self.described.get("Outputs", ())
        found = {output.get("Description", ""): output["OutputValue"] for output in outputs}
        return {name: value for name, value in found.items() if _VARIABLE.fullmatch(name)}

    @property
    def lake(self) -> str:
        """The lake's bucket."""
        return self.outputs["Lake"].removeprefix("s3://").split("/")[0]

    def credentials(self) -> dict[str, str]:
        """Those of the pipeline's role, by the names that boto3 gives them."""
        return self.aws.as_role(self.outputs["PipelineRoleArn"])

    def copy_credentials(self) -> dict[str, str]:
        """Those of the role that Redshift takes for COPY."""
        return self.aws.as_role(self.outputs["RedshiftCopyRole"])

    def pipeline(self, service: str) -> Any:
        """A client with the pipeline's role."""
        return self.aws.client(service, credentials=self.credentials())

    def policy(self) -> dict[str, Any]:
        """The pipeline's statements by their ids, as deployed."""
        found = self.aws.client("iam").get_role_policy(RoleName=self.outputs["PipelineRoleName"], PolicyName="pipeline")
        return {statement["Sid"]: statement for statement in found["PolicyDocument"]["Statement"]}

    def allow_misjudged(self) -> None:
        """Give the role, for everything, what the template gives it and ministack refuses."""
        allowed = {"Effect": "Allow", "Action": list(MISJUDGED), "Resource": "*"}
        self.aws.client("iam").put_role_policy(
            RoleName=self.outputs["PipelineRoleName"],
            PolicyName="misjudged-by-ministack",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )

    def rule(self) -> dict[str, Any]:
        """The rule that tells the topic."""
        rule: dict[str, Any]
        (rule,) = self.aws.client("events").list_rules(NamePrefix=f"{self.name}-")["Rules"]
        return rule


def deploy(aws: Ministack, name: str, **parameters: str) -> Stack:
    """The product's template, with a Glue database of its own and a role that the account's owner may take.

    Raises:
        ServerError: a resource could not be made; the message has each one's reason.
    """
    own = {"GlueDatabaseName": name, "TrustedPrincipalArn": f"arn:aws:iam::{ACCOUNT}:root"}
    return deploy_template(aws, name, TEMPLATE, **own | parameters)


def deploy_template(aws: Ministack, name: str, template: Path, **parameters: str) -> Stack:
    """Deploy a template and wait until all of it is there.

    Raises:
        ServerError: a resource could not be made; the message has each one's reason.
    """
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=template.read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    deadline = monotonic() + PATIENCE
    while True:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return Stack(aws, name, stack)
        if not stack["StackStatus"].endswith("IN_PROGRESS") or monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
            reasons = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]
            raise ServerError(f"The stack {name} is {stack['StackStatus']}. " + "; ".join(reasons))
        sleep(0.05)
