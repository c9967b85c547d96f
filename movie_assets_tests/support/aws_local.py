"""A local AWS: ministack, and Redshift's stand-in on a PostgreSQL of its own, as one thing to start and to stop.

`python -m movie_assets_tests.support.aws_local [--template infra/template.yaml]` prints the environment to export and
serves until Ctrl-C.
"""

import argparse
import re
import shutil
import signal
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.postgres import Postgres
from movie_assets_tests.support.process import ServerError
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access, make_tls

BUCKET = "movies-local"
STACK = "movies"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


@dataclass(frozen=True)
class Stack:
    """A deployed template: its outputs by key, and those that are settings (their description is the variable)."""

    outputs: dict[str, str]
    variables: dict[str, str]


class AwsLocal:
    """All servers, with a bucket; `stack` is what the template made, where one was given."""

    def __init__(self, template: Path | None = None, *, tls: bool = False) -> None:
        self.template = template
        self.ministack = Ministack()
        self.postgres = Postgres()
        self.redshift: RedshiftStandIn
        self.stack = Stack({}, {})
        self._with_tls = tls
        self._folder: Path | None = None

    def start(self) -> Self:
        """Start everything, in about two seconds; what has started is stopped again where something does not.

        Raises:
            ServerError: a server did not come up, or the template could not be deployed.
        """
        try:
            with ThreadPoolExecutor(1) as pool:
                starting = pool.submit(self.postgres.start)
                self.ministack.start()
                starting.result()
            self._folder = Path(tempfile.mkdtemp(prefix="movies-tls-")) if self._with_tls else None
            tls = None if self._folder is None else make_tls(self._folder)
            self.redshift = RedshiftStandIn(self.postgres, S3Access(self.ministack.endpoint), tls=tls).start()
            self.ministack.client("s3").create_bucket(Bucket=BUCKET)
            if self.template is not None:
                self.stack = deploy(self.ministack.client("cloudformation"), self.template)
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
        found = self.ministack.environment() | {"MOVIES_LAKE": f"s3://{BUCKET}/movies"} | self.stack.variables
        found |= {
            "MOVIES_WAREHOUSE": f"redshift://{redshift.host}:{redshift.port}/{redshift.database}",
            "MOVIES_REDSHIFT_USER": redshift.user,
            "MOVIES_REDSHIFT_PASSWORD": redshift.password,
        }
        if redshift.tls is not None:
            found["SSL_CERT_FILE"] = str(redshift.tls.authority)
        return found

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()


def deploy(
    cloudformation: Any,
    template: Path,
    name: str = STACK,
    parameters: dict[str, str] | None = None,
    seconds: float = 60,
) -> Stack:
    """Deploy a template and wait until all of it is there.

    Raises:
        ServerError: a resource could not be made; the message has each one's reason.
    """
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=template.read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    deadline = monotonic() + seconds
    while True:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            outputs = stack.get("Outputs", ())
            return Stack(
                {output["OutputKey"]: output["OutputValue"] for output in outputs},
                {
                    output["Description"]: output["OutputValue"]
                    for output in outputs
                    if _VARIABLE.fullmatch(output.get("Description", ""))
                },
            )
        if not stack["StackStatus"].endswith("IN_PROGRESS") or monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
            reasons = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]
            raise ServerError(f"The stack {name} is {stack['StackStatus']}. " + "; ".join(reasons))
        sleep(0.05)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="aws_local", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--template", type=Path, help="a CloudFormation template to deploy")
    parser.add_argument("--tls", action="store_true", help="Redshift over TLS, by a certificate authority of its own")
    options = parser.parse_args(arguments)
    ended = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: ended.set())
    with AwsLocal(options.template, tls=options.tls) as local:
        for name, value in local.environment().items():
            print(f"export {name}={value}")
        print("# The local AWS is up; Ctrl-C ends it and all that is in it.", flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
