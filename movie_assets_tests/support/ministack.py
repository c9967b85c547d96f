"""ministack, the emulator of AWS's services, on loopback: S3, SQS, SNS, EventBridge, Glue, Athena and more."""

import json
import os
import shutil
import signal
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from movie_assets_tests.support.process import Child, free_port
from movie_assets_tests.support.serving import Server

REGION = "us-east-1"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # of the account's owner, who may do anything
# Everything else is left off: the fewer services, the sooner it is up.
_SETTINGS = {
    "BIND_HOST": "127.0.0.1",
    "MINISTACK_HOST": "127.0.0.1",
    "MINISTACK_REGION": REGION,
    "ATHENA_ENGINE": "duckdb",
    "LOG_LEVEL": "WARNING",
}


class Ministack(Server):
    """An empty AWS account of its own; a context manager, or start() and stop().

    With `enforced` it speaks TLS, and IAM policies decide what a role may do; without, anybody may do anything.
    """

    def __init__(self, *, enforced: bool = False) -> None:
        self.port = 0
        self._enforced = enforced
        self._folder: Path | None = None
        self._server: Child | None = None

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._enforced else 'http'}://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path | None:
        """The certificate that clients have to trust, where it speaks TLS."""
        return self._folder / "ministack-tls" / "server.crt" if self._enforced and self._folder else None

    def start(self) -> Self:
        """Serve, from an empty state.

        Raises:
            ServerError: it did not come up.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="movies-ministack-"))
        self.port = self.port or free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOVIES_"))}
        folders = {"TMPDIR": str(self._folder), "S3_DATA_DIR": str(self._folder / "s3")}
        env = kept | _SETTINGS | folders | {"GATEWAY_PORT": str(self.port)}
        env |= {"AUTH": "true", "USE_SSL": "1"} if self._enforced else {}
        command = [sys.executable, "-m", "ministack"]
        self._server = Child(command, self._folder / "log", env=env, cwd=self._folder)
        self._server.wait_until(self._ready, "ministack")
        return self

    def stop(self) -> None:
        """End it at once; everything in it is gone."""
        if self._server is not None:
            self._server.end(signal.SIGKILL)
            self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def reset(self) -> None:
        """An empty account again, without a restart."""
        with urlopen(Request(f"{self.endpoint}/_ministack/reset", method="POST"), timeout=30) as answer:
            answer.read()

    def client(
        self, service: str, endpoint: str | None = None, credentials: dict[str, str] | None = None, **options: Any
    ) -> Any:
        """A boto3 client of a service, as the owner unless other credentials are given; `endpoint` where it is to go
        through a proxy.
        """
        import boto3

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=endpoint or self.endpoint,
            region_name=REGION,
            verify=str(self.authority) if self.authority else None,
            **(credentials or {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}),
            **options,
        )

    def as_role(self, arn: str) -> dict[str, str]:
        """Credentials of a role, by the names that boto3 gives them."""
        taken = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }

    def environment(self, credentials: dict[str, str] | None = None) -> dict[str, str]:
        """What boto3 has to find in the environment to talk to it, as the owner unless other credentials are given."""
        credentials = credentials or {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        found = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        found |= {name.upper(): value for name, value in credentials.items()}
        return found | ({"AWS_CA_BUNDLE": str(self.authority)} if self.authority else {})

    def _ready(self) -> bool:
        try:
            trusted = ssl.create_default_context(cafile=self.authority) if self.authority else None
            with urlopen(f"{self.endpoint}/_ministack/health", timeout=2, context=trusted) as answer:
                return "services" in json.load(answer)
        except (URLError, OSError, ValueError):
            return False
