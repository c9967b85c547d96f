"""The loading process killed before each request it makes, to S3 and to Redshift; then run again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from movie_assets.warehouse.redshift.staging import Staging
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.accepted import films, write_accepted
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, BY_YEAR_AND_GENRE, LOAD_AUDIT, TABLE
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.warehouses import emptied, on_redshift, staged_names

KILLED = """
import json, os, signal, sys, threading, warnings
from datetime import date
from pathlib import Path
from botocore.client import BaseClient
from pydantic import SecretStr
from redshift_connector import Cursor
from movie_assets_tests.support.feeds import BY_YEAR_AND_GENRE, FEED
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.warehouse.redshift.options import RedshiftOptions
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets.warehouse.redshift.login import PasswordLogin
from movie_assets.warehouse.redshift.staging import Staging

uri, lake, user, password, path = sys.argv[1:]
objects = S3Lake.at(lake).objects
objects.client  # what it reads from disk is read once
FEED.contract.columns
requests = (Cursor.execute.__code__, BaseClient._make_api_call.__code__)


def load(step, run, rows):
    passed = 0

    def trace(frame, event, argument):
        nonlocal passed
        if frame.f_code in requests:
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)
            passed += 1

    options = RedshiftOptions(PasswordLogin(user, SecretStr(password)), Staging(objects))
    warehouse = RedshiftWarehouse.at(uri, FEED, options)
    threading.settrace(trace)
    sys.settrace(trace)
    warehouse.load_day(date(2024, 3, 24), [Path(path)], expected_rows=rows, run_id=run, evaluation_id=run)
    warehouse.refresh(BY_YEAR_AND_GENRE, date(2024, 3, 24))
    sys.settrace(None)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        load(*json.loads(line))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print("killed" if os.WIFSIGNALED(status) else status, flush=True)
"""

WHAT_IS_THERE = f"""
SELECT m.run_id, n, a.run_id AS audited, rows_loaded, movies
FROM (SELECT run_id, count(*) AS n FROM {TABLE} GROUP BY 1) m, {LOAD_AUDIT} a, {AGGREGATE_TABLE} g
"""


def there(warehouse: RedshiftWarehouse) -> tuple[Any, ...]:
    """Run and rows of the table, of the audit; films of the aggregate. One row, or the day is not whole."""
    [row] = warehouse.query(WHAT_IS_THERE).to_pylist()
    return tuple(row.values())


def test_killed_before_every_request(
    redshift: RedshiftStandIn, ministack: Ministack, bucket: str, stage: Staging, file: Path
) -> None:
    warehouse = on_redshift(emptied(redshift), stage)

    def load(run: str, rows: int) -> None:
        write_accepted(file, films(rows))
        warehouse.load_day(DAY, [file], expected_rows=rows, run_id=run, evaluation_id=run)
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)

    load("r0", 3)
    arguments = [str(warehouse.address), f"s3://{bucket}/movies", redshift.user, redshift.password, str(file)]
    command = [sys.executable, "-W", "ignore", "-c", KILLED, *arguments]
    seen = set()
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ministack.environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        step, said = 0, "killed"
        while said == "killed":
            old, new = 3 + step, 4 + step
            write_accepted(file, films(new))
            process.stdin.write(json.dumps([step, f"r{new}", new]) + "\n")
            process.stdin.flush()
            said = process.stdout.readline().strip()
            run, rows, audited, audited_rows, aggregated = there(warehouse)
            assert (run, rows) == (audited, audited_rows)
            assert rows in (old, new)
            assert aggregated in (old, rows)
            seen.add((rows == new, aggregated == new))
            load(f"r{new}", new)
            assert there(warehouse) == (f"r{new}", new, f"r{new}", new, new)
            step += 1
        process.stdin.close()
    assert said == "0"
    assert step > 20
    assert seen == {(False, False), (True, False), (True, True)}
    assert staged_names(ministack, bucket) == set()
