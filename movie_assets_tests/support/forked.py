"""`movies` as processes forked off one that is warm: what a new one imports and prepares is paid for once."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_FORKING = """
import contextlib, importlib, json, os, sys
from movie_assets.cli import movies


def run(words, environment, log):
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for given, number in ((os.open(os.devnull, os.O_RDONLY), 0), (said, 1), (said, 2)):
        os.dup2(given, number)
    try:
        movies(words)
    except SystemExit as ending:
        return ending.code or 0


# Imported, and nothing of it used: what engines do with threads a fork must not cut in two.
for module in ("judging.cells", "judging.judge", "judging.writing", "warehouse.duckdb", "warehouse.redshift"):
    importlib.import_module(f"movie_assets.{module}")
try:
    with contextlib.redirect_stdout(sys.stderr):
        movies(sys.argv[1:])
except SystemExit:
    pass
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = run(**asked)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forked:
    """Runs `movies` with an environment, a process and a process group for each run; one at a time.

    `first` is what the process does itself, to be warm. It must not judge a day: see above. `environment` may change.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, *first: str) -> None:
        self.environment = dict(environment)
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _FORKING, *first],
            env=self.environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def start(self, *words: str) -> int:
        """Begin a run; the id of its process and its group. What it says goes to the log, from the beginning."""
        assert self._process.stdin is not None
        asked = {"words": words, "environment": self.environment, "log": str(self.log)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def ended(self) -> int:
        """Wait for the end of what was started; its exit code, negative for the signal that ended it."""
        return self._answer()

    def run(self, *words: str) -> str:
        """What a run says that goes well."""
        self.start(*words)
        code, said = self.ended(), self.log.read_text()
        assert code == 0, said
        return said

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Whatever still runs is killed."""
        self._process.kill()
        self._process.communicate()
