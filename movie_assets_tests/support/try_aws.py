"""`make aws-local`: a local AWS to try the product on, in the foreground; the alerts are printed.

The stack is deployed, the catalog made and a day landed as docs/aws.md says, by the product's own commands.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from movie_assets_tests.support.aws_local import AwsLocal, Inbox
from movie_assets_tests.support.process import ServerError

HOME = Path(".movies") / "aws-local"
ENVIRONMENT = Path(".movies") / "aws-local.env"
DAY = "2024-03-24"
WAIT_SECONDS = 1
NEXT = f"""
In another shell, here:

  set -a; . {ENVIRONMENT}; set +a; export PATH="$PWD/.venv/bin:$PATH"
  movies run --day {DAY}
  movies query "SELECT count(*) FROM movies.imdb_movies_rating"
  movies catalog query "SELECT count(*) FROM bad_data JOIN evaluation USING (ingest_date, evaluation_id)"
  movies ui

Alerts appear below, as they come through EventBridge, SNS and SQS. Ctrl-C ends it, and all that is in it.
"""


def main() -> int:
    ended = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: ended.set())
    try:
        with _alone(), AwsLocal() as local:
            inbox = local.inbox()
            variables = local.environment() | {
                "MOVIES_DAGSTER_HOME": str((HOME / "dagster").absolute()),
                "MOVIES_OUTBOX": str((HOME / "alerts").absolute()),
            }
            _write(variables)
            for command in (["catalog", "sync"], ["sample", "--day", DAY]):
                _movies(command, variables)
            print(NEXT, flush=True)
            while not ended.is_set():
                _print_alerts(inbox)
    except (ServerError, subprocess.CalledProcessError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except Timeout:
        print(f"Error: a local AWS runs here already; its settings are in {ENVIRONMENT}.", file=sys.stderr)
        print("  hint: use it, or end it by Ctrl-C in its shell", file=sys.stderr)
        return 1
    print("The local AWS has ended; nothing of it is left.")
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """The folder for what belongs to this account only; what a killed one left in it is removed."""
    HOME.parent.mkdir(exist_ok=True)
    with FileLock(HOME.with_suffix(".lock"), timeout=0):
        _remove()
        HOME.mkdir()
        try:
            yield
        finally:
            _remove()


def _remove() -> None:
    ENVIRONMENT.unlink(missing_ok=True)
    shutil.rmtree(HOME, ignore_errors=True)


def _write(variables: Mapping[str, str]) -> None:
    """The settings for a shell, for nobody else's eyes, whole or not at all."""
    temporary = HOME / ENVIRONMENT.name
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    temporary.replace(ENVIRONMENT)


def _movies(command: list[str], variables: Mapping[str, str]) -> None:
    print(f"$ movies {shlex.join(command)}", flush=True)
    program = "from movie_assets.cli.commands import movies; movies()"
    # In a session of its own: Ctrl-C is for us, and waits until it has ended.
    environment = {**os.environ, **variables}
    subprocess.run([sys.executable, "-c", program, *command], env=environment, check=True, start_new_session=True)


def _print_alerts(inbox: Inbox) -> None:
    for message in inbox.messages(WAIT_SECONDS):
        print(f"--- {datetime.now():%H:%M:%S} an alert\n{_readable(message)}\n", flush=True)


def _readable(message: Mapping[str, Any]) -> str:
    """As a mail shows it."""
    subject = message.get("Subject")
    return f"{subject}\n\n{message['Message']}" if subject else str(message["Message"])


if __name__ == "__main__":
    sys.exit(main())
