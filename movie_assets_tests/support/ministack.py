"""ministack, the emulator of AWS's services, on loopback: S3, SQS, SNS, EventBridge, Glue, Athena and more."""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from movie_assets_tests.support.process import Child, free_port

REGION = "us-east-1"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # any pair will do; ministack checks none
# Everything else is left off: the fewer services, the sooner it is up.
_SETTINGS = {
    "BIND_HOST": "127.0.0.1",
    "MINISTACK_HOST": "127.0.0.1",
    "MINISTACK_REGION": REGION,
    "ATHENA_ENGINE": "duckdb",
    "LOG_LEVEL": "WARNING",
}


class Ministack:
    """An empty AWS account of its own; a context manager, or start() and stop()."""

    def __init__(self) -> None:
        self.port = 0
        self._folder: Path | None = None
        self._server: Child | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

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

    def client(self, service: str, endpoint: str | None = None, **options: Any) -> Any:
        """A boto3 client of a service; `endpoint` where it is to go through a proxy."""
        import boto3

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=endpoint or self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            **options,
        )

    def environment(self) -> dict[str, str]:
        """What boto3 has to find in the environment to talk to it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def _ready(self) -> bool:
        try:
            with urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                return "services" in json.load(answer)
        except (URLError, OSError, ValueError):
            return False
