"""The loading process killed before each request it makes, to S3 and to Redshift; then run again."""

import json
import subprocess
import sys
from typing import Any

from movie_assets.lake.s3.lake import S3Lake
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.accepted import accept, films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, BY_YEAR_AND_GENRE, LOAD_AUDIT, TABLE
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.warehouses import emptied, on_redshift

KILLED = """
import json, os, signal, sys, threading, warnings
from datetime import date
from botocore.client import BaseClient
from pydantic import SecretStr
from redshift_connector import Cursor
from movie_assets_tests.support.feeds import BY_YEAR_AND_GENRE, FEED
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.warehouse.redshift.options import RedshiftOptions
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets.warehouse.redshift.login import PasswordLogin

uri, bucket, user, password = sys.argv[1:]
lake, day = S3Lake.at(bucket), date(2024, 3, 24)
lake.objects.client  # what it reads from disk is read once
FEED.contract.columns
requests = (Cursor.execute.__code__, BaseClient._make_api_call.__code__)


def load(step, run):
    passed, report = 0, lake.report(day)

    def trace(frame, event, argument):
        nonlocal passed
        if frame.f_code in requests:
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)
            passed += 1

    options = RedshiftOptions(PasswordLogin(user, SecretStr(password)))
    warehouse = RedshiftWarehouse.at(uri, FEED, options)
    threading.settrace(trace)
    sys.settrace(trace)
    warehouse.load_day(report, lake, run_id=run)
    warehouse.refresh(BY_YEAR_AND_GENRE, day)
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
    redshift: RedshiftStandIn, ministack: Ministack, bucket: str, lake: S3Lake
) -> None:
    warehouse = on_redshift(emptied(redshift))

    def load(run: str, rows: int) -> None:
        warehouse.load_day(accept(lake, films(rows)), lake, run_id=run)
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)

    def in_lake() -> list[str]:
        return [stored.key for stored in lake.objects.listing("")]

    load("r0", 3)
    before = in_lake()
    arguments = [str(warehouse.address), f"s3://{bucket}/movies", redshift.user, redshift.password]
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
            accept(lake, films(new))
            process.stdin.write(json.dumps([step, f"r{new}"]) + "\n")
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
    assert in_lake() == before
