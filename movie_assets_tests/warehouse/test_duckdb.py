"""What a DuckDB file may do to a load: be held, be damaged, be of another shape, be cut off at any statement."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pytest

from movie_assets.errors import LoadError
from movie_assets.lake.local import LocalLake
from movie_assets.warehouse.duckdb import DuckDBWarehouse
from movie_assets_tests.support.accepted import accept, films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import AGGREGATE_TABLE, BY_YEAR_AND_GENRE, FEED, LOAD_AUDIT, TABLE
from movie_assets_tests.warehouse.test_contract import load, titles

pytestmark = pytest.mark.slow


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "warehouse.duckdb", FEED, threads=1, timeout_seconds=0.1)


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Another process that has the file open, and its id."""
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=pipe, stdout=pipe) as process:
        next(iter(process.stdout or ()))
        yield process.pid
        process.communicate()


def test_a_file_held_by_another_process(warehouse: DuckDBWarehouse, lake: LocalLake) -> None:
    load(warehouse, lake, films(1))
    with held(warehouse.path) as pid:
        with pytest.raises(LoadError, match=rf"Can't load 2024-03-24 into .*: it is in use.*PID {pid}"):
            load(warehouse, lake, films(2))
        with pytest.raises(LoadError, match="it is in use") as caught:
            warehouse.loaded()
    assert "close the other program" in (caught.value.hint or "")
    assert isinstance(caught.value.__cause__, duckdb.IOException)
    assert load(warehouse, lake, films(2)).rows_replaced == 1


def test_a_file_that_is_free_again_in_time(tmp_path: Path, lake: LocalLake) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb", FEED, timeout_seconds=30)
    script = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(0.2)"
    command = [sys.executable, "-c", script, str(warehouse.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        next(iter(process.stdout or ()))
        assert load(warehouse, lake, films(2)).rows_loaded == 2


def test_a_persons_connection_can_follow_and_go_before(warehouse: DuckDBWarehouse, lake: LocalLake) -> None:
    load(warehouse, lake, films(2))
    with duckdb.connect(warehouse.path) as connection:
        assert connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (2,)
    assert load(warehouse, lake, films(3)).rows_replaced == 2


DAMAGES: dict[str, Callable[[Path], object]] = {
    "it is not a DuckDB database": lambda path: path.write_bytes(b"not a database " * 1000),
    "it is a folder": lambda path: [act(path) for act in (os.unlink, os.mkdir)],
    "it is damaged: its end is missing": lambda path: os.truncate(path, 20_000),
    "it is damaged": lambda path: path.write_bytes((b := path.read_bytes())[:12_300] + b"?" * 9000 + b[21_300:]),
}


@pytest.mark.parametrize("said", DAMAGES)
def test_a_file_that_holds_no_database(warehouse: DuckDBWarehouse, lake: LocalLake, said: str) -> None:
    load(warehouse, lake, films(3))
    DAMAGES[said](warehouse.path)
    with pytest.raises(LoadError, match=rf"warehouse\.duckdb: {said}\.") as caught:
        load(warehouse, lake, films(1))
    assert "move it away" in (caught.value.hint or "")


def test_a_file_in_place_of_the_folder(tmp_path: Path, lake: LocalLake) -> None:
    (tmp_path / "house").write_text("not a folder")
    with pytest.raises(LoadError, match=r"Can't load .* into .*house/w\.duckdb: File exists") as caught:
        load(DuckDBWarehouse(tmp_path / "house/w.duckdb", FEED), lake, films(1))
    assert "MOVIES_WAREHOUSE" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ALTER TABLE movies.imdb_movies_rating DROP gross", "gross missing"),
        ("ALTER TABLE movies.imdb_movies_rating ADD stray INT", "stray unexpected"),
        ("ALTER TABLE movies.imdb_movies_rating ALTER no_of_votes TYPE BIGINT", "no_of_votes is BIGINT, not INTEGER"),
        ("ALTER TABLE movies.imdb_movies_rating RENAME gross TO gros", "gross missing; gros unexpected"),
    ],
    ids=["missing", "extra", "other type", "renamed"],
)
def test_a_table_of_another_shape_is_refused(
    warehouse: DuckDBWarehouse, lake: LocalLake, change: str, message: str
) -> None:
    load(warehouse, lake, films(2))
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(change)
    with pytest.raises(LoadError, match=f"has other columns than the contract: {message}"):
        load(warehouse, lake, films(1))
    with pytest.raises(LoadError, match="has other columns than the contract"):
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)
    assert warehouse.loaded() == {DAY: 2}


def test_an_aggregate_of_another_shape_is_refused(warehouse: DuckDBWarehouse, lake: LocalLake) -> None:
    load(warehouse, lake, films(2))
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(f"CREATE TABLE {AGGREGATE_TABLE} (ingest_date DATE)")
    with pytest.raises(LoadError, match="released_year, genre, movies, average_rating, total_votes missing"):
        warehouse.refresh(BY_YEAR_AND_GENRE, DAY)


LOADERS = """
import os, sys
from datetime import date
from pathlib import Path
from movie_assets.lake.local import LocalLake
from movie_assets_tests.support.feeds import BY_YEAR_AND_GENRE, FEED
from movie_assets.warehouse.duckdb import DuckDBWarehouse

path, lake = Path(sys.argv[1]), LocalLake(Path(sys.argv[2]))
FEED.contract.columns
gate, opener = os.pipe()
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        os.close(opener)
        os.read(gate, 1)
        warehouse = DuckDBWarehouse(path, FEED, threads=1, timeout_seconds=60)
        warehouse.load_day(lake.report(date(2024, 3, 24)), lake, run_id=f"r{number}")
        os._exit(0)
    children.append(child)
os.close(opener)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
"""


def test_processes_that_load_a_day_at_once_leave_one_copy(warehouse: DuckDBWarehouse, lake: LocalLake) -> None:
    accept(lake, films(50))
    subprocess.run([sys.executable, "-c", LOADERS, str(warehouse.path), str(lake.root)], check=True)
    assert warehouse.loaded() == {DAY: 50}


KILLED = """
import json, linecache, os, shutil, signal, sys
from datetime import date
from pathlib import Path
from movie_assets.lake.local import LocalLake
from movie_assets_tests.support.feeds import BY_YEAR_AND_GENRE, FEED
from movie_assets.warehouse.duckdb import DuckDBWarehouse

day, base, lake = date(2024, 3, 24), Path(sys.argv[1]), LocalLake(Path(sys.argv[2]))
FEED.contract.columns
adapter = DuckDBWarehouse.load_day.__code__.co_filename
STATEMENTS = ("DELETE FROM", "INSERT INTO", "_changed(connection", '"COMMIT"')


def killed_before(step, path):
    passed = 0

    def trace(frame, event, argument):
        nonlocal passed
        text = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and any(statement in text for statement in STATEMENTS):
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)
            passed += 1
        return trace

    sys.settrace(lambda frame, event, argument: trace if frame.f_code.co_filename == adapter else None)
    warehouse = DuckDBWarehouse(path, FEED, threads=1)
    warehouse.load_day(lake.report(day), lake, run_id="new")
    warehouse.refresh(BY_YEAR_AND_GENRE, day)


step, killed = 0, True
while killed:
    path = base.with_name(f"{step}.duckdb")
    shutil.copy(base, path)
    child = os.fork()
    if child == 0:
        killed_before(step, path)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status)
    step += 1
print(json.dumps([step - 1, status]))
"""


WHAT_IS_THERE = f"""
SELECT m.*, a.run_id AS audited, rows_loaded AS audited_rows, g.genre AS aggregated, movies
FROM (SELECT genre, run_id, count(*) AS n FROM {TABLE} GROUP BY ALL) m, {LOAD_AUDIT} a, {AGGREGATE_TABLE} g
"""


def test_killed_before_every_statement(warehouse: DuckDBWarehouse, lake: LocalLake) -> None:
    load(warehouse, lake, films(200, genre="Crime"), run="old")
    warehouse.refresh(BY_YEAR_AND_GENRE, DAY)
    accept(lake, films(300, genre="Western"))
    command = [sys.executable, "-c", KILLED, str(warehouse.path), str(lake.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    steps, last_status = json.loads(done.stdout)
    assert (steps, last_status) == (9, 0)

    seen = set()
    for step in range(steps + 1):
        after = DuckDBWarehouse(warehouse.path.with_name(f"{step}.duckdb"), FEED, threads=1)
        seen.add(json.dumps(after.query(WHAT_IS_THERE).to_pylist()))
        assert load(after, lake, films(1), run="again").rows_replaced in {200, 300}
    old_day = {"genre": "Crime", "run_id": "old", "n": 200, "audited": "old", "audited_rows": 200}
    new_day = {"genre": "Western", "run_id": "new", "n": 300, "audited": "new", "audited_rows": 300}
    old, new = {"aggregated": "Crime", "movies": 200}, {"aggregated": "Western", "movies": 300}
    assert seen == {json.dumps([rows]) for rows in (old_day | old, new_day | old, new_day | new)}


DISK_FULL = """
import resource, sys
from datetime import date
from pathlib import Path
from movie_assets.errors import LoadError
from movie_assets.lake.local import LocalLake
from movie_assets.warehouse.duckdb import DuckDBWarehouse
from movie_assets_tests.support.feeds import FEED

warehouse, lake = DuckDBWarehouse(Path(sys.argv[1]), FEED, threads=1), LocalLake(Path(sys.argv[2]))
limit = Path(sys.argv[1]).stat().st_size + 100_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    warehouse.load_day(lake.report(date(2024, 3, 24)), lake, run_id="new")
except LoadError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_day_as_it_was(warehouse: DuckDBWarehouse, lake: LocalLake) -> None:
    load(warehouse, lake, films(3))
    accept(lake, [{"series_title": "Large", "overview": uuid4().hex} for _ in range(20_000)])
    command = [sys.executable, "-c", DISK_FULL, str(warehouse.path), str(lake.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Can't load 2024-03-24 into" in done.stdout
    assert "File too large" in done.stdout
    assert titles(warehouse) == ["Film 0", "Film 1", "Film 2"]
    assert load(warehouse, lake, films(2)).rows_replaced == 3


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM 'given.csv'",
        "SELECT * FROM read_text('given.csv')",
        "SELECT * FROM glob('*')",
        "SELECT * FROM read_duckdb('other.duckdb')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM query_table('given.csv')",
        "SELECT * FROM table_of_this_process",
        "SELECT getenv('HOME')",
        "SELECT * FROM enable_logging()",
        "EXPORT DATABASE 'made'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '1TB'",
        "PRAGMA database_list",
        "EXPLAIN ANALYZE SELECT 1",
        "WITH x AS (DELETE FROM movies.imdb_movies_rating RETURNING *) SELECT * FROM x",
    ],
)
def test_a_query_reaches_nothing_but_the_warehouse(
    warehouse: DuckDBWarehouse, lake: LocalLake, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.chdir(lake.root.parent)
    monkeypatch.setattr("movie_assets.warehouse.duckdb.table_of_this_process", pa.table({"n": [1]}), raising=False)
    Path("given.csv").write_text("secret\n1\n")
    with duckdb.connect("other.duckdb") as other:
        other.execute("CREATE TABLE secret AS SELECT 1")
    load(warehouse, lake, films(1))
    there = sorted(lake.root.parent.rglob("*"))
    with pytest.raises(LoadError, match="Can't query ") as said:
        warehouse.query(sql)
    assert "\n" not in str(said.value)
    assert (said.value.hint or "").startswith("a query reaches") == isinstance(
        said.value.__cause__, duckdb.PermissionException
    )
    assert sorted(lake.root.parent.rglob("*")) == there
    assert warehouse.loaded() == {DAY: 1}
