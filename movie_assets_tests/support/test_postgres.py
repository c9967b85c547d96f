import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets_tests.support.postgres import ADMIN, Account, Postgres, postgres_binaries
from movie_assets_tests.support.redshift.wire import Backend, SqlError

pytestmark = pytest.mark.servers

PROJECT = Path(__file__).parents[2]


def rows(server: Postgres, sql: str, password: str | None = None) -> list[tuple[str | None, ...]]:
    async def ask() -> list[tuple[str | None, ...]]:
        backend = await Backend.open(server.host, server.port, {"user": ADMIN, "database": ADMIN})
        try:
            await backend.log_in(server.password if password is None else password)
            return await backend.rows(sql)
        finally:
            backend.close()
            await backend.writer.wait_closed()

    return asyncio.run(ask())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hide that it is root")
@pytest.mark.parametrize("account", ["nobody", "namespace"])
def test_it_runs_for_root(account: Account) -> None:
    with Postgres(account) as server:
        assert rows(server, "SELECT 1 + 1") == [("2",)]
        folder = server.folder
    assert folder is not None
    assert not folder.exists()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare to become another account with")
def test_it_runs_for_somebody_who_is_not_root() -> None:
    script = """
from movie_assets_tests.support.postgres import Postgres
with Postgres() as server:
    print(server.account, server.port > 0)
"""
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-B", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.stdout == "self True\n", done.stderr


def test_what_was_committed_outlives_kill_9() -> None:
    with Postgres() as server:
        port = server.port
        rows(server, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        server.kill()
        with pytest.raises(ConnectionRefusedError):
            rows(server, "SELECT 1")
        server.restart()
        assert server.port == port
        assert rows(server, "SELECT n FROM kept") == [("7",)]


def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    with pytest.raises(SqlError, match="28P01: password authentication failed"):
        rows(postgres, "SELECT 1", password="wrong")


def test_it_listens_on_loopback_only(postgres: Postgres) -> None:
    assert rows(postgres, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert rows(postgres, "SHOW unix_socket_directories") == [("",)]


def test_the_binaries_of_the_path_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("movie_assets_tests.support.postgres.find_spec", lambda name: None)
    assert postgres_binaries() == tmp_path.resolve()
