import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from movie_assets_tests.support.postgres import ADMIN, Account, Postgres
from movie_assets_tests.support.redshift.wire import Backend

pytestmark = pytest.mark.servers

PROJECT = Path(__file__).parents[2]


def rows(server: Postgres, sql: str) -> list[tuple[str | None, ...]]:
    async def ask() -> list[tuple[str | None, ...]]:
        backend = await Backend.open(server.host, server.port, {"user": ADMIN, "database": ADMIN})
        try:
            await backend.log_in(server.password)
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
