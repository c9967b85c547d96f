"""A local AWS: ministack with the deployed template, and Redshift's stand-in, as one thing to start and to stop."""

import json
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.postgres import Postgres
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access, make_tls
from movie_assets_tests.support.serving import Server
from movie_assets_tests.support.stack import Stack, deploy

STACK = "movies"


class AwsLocal(Server):
    """All servers, and the product's template with a login by secret, as on a cluster that was there before.

    With `enforced` AWS and Redshift speak TLS and policies count; `environment` then is the pipeline's role's, and COPY
    reads by its own. `parameters` are the template's.
    """

    def __init__(self, *, enforced: bool = False, **parameters: str) -> None:
        self.ministack = Ministack(enforced=enforced)
        self.postgres = Postgres()
        self.redshift: RedshiftStandIn
        self.stack: Stack
        self._enforced = enforced
        self._parameters = {"Redshift": "existing-cluster", "DatabaseSecret": "yes"} | parameters
        self._folder: Path | None = None

    def start(self) -> Self:
        """Start everything, in a few seconds; what has started is stopped again where something does not.

        Raises:
            ServerError: a server did not come up, or the template could not be deployed.
        """
        try:
            with ThreadPoolExecutor(1) as pool:
                starting = pool.submit(self.postgres.start)
                self.ministack.start()
                self.stack = deploy(self.ministack, STACK, **self._parameters)
                if self._enforced:
                    self.stack.allow_misjudged()
                starting.result()
            self._folder = Path(tempfile.mkdtemp(prefix="movies-tls-"))
            tls = make_tls(self._folder) if self._enforced else None
            secret = self.ministack.client("secretsmanager").get_secret_value(
                SecretId=self.stack.settings["MOVIES_REDSHIFT_SECRET"]
            )
            login = json.loads(secret["SecretString"])
            access = S3Access(self.ministack.endpoint, authority=self.ministack.authority)
            if self._enforced:
                access = replace(access, credentials=self.stack.copy_credentials())
            self.redshift = RedshiftStandIn(
                self.postgres,
                access,
                user=login["username"],
                password=login["password"],
                tls=tls,
            ).start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything and remove its data."""
        if hasattr(self, "redshift"):
            self.redshift.stop()
        self.postgres.stop()
        self.ministack.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """The variables under which the product and boto3 use these servers."""
        redshift = self.redshift
        found = self.ministack.environment(self.stack.credentials() if self._enforced else None) | self.stack.settings
        found["MOVIES_WAREHOUSE"] = f"redshift://{redshift.host}:{redshift.port}/{redshift.database}"
        if redshift.tls is not None:
            found["SSL_CERT_FILE"] = str(redshift.tls.authority)
        return found

    def inbox(self, name: str = "inbox") -> "Inbox":
        """A new queue that the stack's topic tells."""
        return Inbox(self.ministack, self.stack.outputs["AlertTopicArn"], name)


class Inbox:
    """A queue of SQS, subscribed to a topic; by a filter policy, where one is given."""

    def __init__(self, aws: Ministack, topic: str, name: str, policy: dict[str, Any] | None = None) -> None:
        self._sqs = aws.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn = found["Attributes"]["QueueArn"]
        may_send = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        access = json.dumps({"Version": "2012-10-17", "Statement": [may_send]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": access})
        filtered = {"FilterPolicy": json.dumps(policy)} if policy else {}
        aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn, Attributes=filtered)

    def messages(self, wait_seconds: int = 0) -> list[dict[str, Any]]:
        """What has come since the last look, as SNS packs it; waits for the first one."""
        answer = self._sqs.receive_message(QueueUrl=self._url, WaitTimeSeconds=wait_seconds, MaxNumberOfMessages=10)
        found = []
        for message in answer.get("Messages", ()):
            found.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found
