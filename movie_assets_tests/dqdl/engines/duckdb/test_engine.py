"""The engine's limits: what it may touch, where it spills, how long a statement may take, who can stop it."""

import gc
import os
import signal
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest

from movie_assets import dqdl
from movie_assets.dqdl.engines.base import EngineError
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.quoting import literal

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine.open(threads=1) as opened:
        yield opened


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, empty."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(made))
    return made


def test_a_locked_engine_reads_no_file(engine: DuckDBEngine, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    read = f"SELECT * FROM read_csv({literal(str(secret))})"
    assert engine.rows(read) == [(1,)]
    engine.lock_down()
    with pytest.raises(EngineError, match="file system operations are disabled"):
        engine.rows(read)


def test_a_locked_engine_keeps_its_settings(engine: DuckDBEngine) -> None:
    engine.execute("SET memory_limit = '90MB'")
    engine.lock_down()
    with pytest.raises(EngineError, match="configuration has been locked"):
        engine.execute("SET memory_limit = '90GB'")


def test_a_locked_engine_writes_the_files_it_is_given_alone(engine: DuckDBEngine, tmp_path: Path) -> None:
    engine.lock_down([tmp_path / "given.parquet"])
    engine.execute(f"COPY (SELECT 1 AS a) TO {literal(str(tmp_path / 'given.parquet'))} (USE_TMP_FILE false)")
    with pytest.raises(EngineError, match="file system operations are disabled"):
        engine.execute(f"COPY (SELECT 1 AS a) TO {literal(str(tmp_path / 'other.parquet'))} (USE_TMP_FILE false)")
    assert [path.name for path in tmp_path.iterdir()] == ["given.parquet"]


@pytest.mark.slow
def test_the_folder_for_spilled_data_is_private_and_goes_with_the_engine(base: Path) -> None:
    with DuckDBEngine.open(memory_limit_mb=64, threads=1) as engine:
        (folder,) = base.iterdir()
        assert engine.row("SELECT current_setting('temp_directory')") == (str(folder),)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        engine.execute("CREATE TABLE large AS SELECT md5(range::VARCHAR) AS a FROM range(3000000)")
        assert sum(path.stat().st_size for path in folder.iterdir()) > 10_000_000
    assert list(base.iterdir()) == []


@pytest.mark.slow
def test_a_result_keeps_its_engine_until_it_is_collected(base: Path) -> None:
    result = dqdl.evaluate(dqdl.parse("Rules = [ RowCount = 2 ]"), pa.table({"a": [1, 2]}))
    assert len(list(base.iterdir())) == 1
    assert result.rows.num_rows == 2
    del result
    gc.collect()
    assert list(base.iterdir()) == []


def test_a_missing_folder_for_spilled_data_is_told(base: Path) -> None:
    base.rmdir()
    with pytest.raises(EvaluationError, match=r"can't make a folder for what does not fit into memory: .*No such file"):
        DuckDBEngine.open()


def test_a_statement_over_the_limit_is_stopped_and_the_engine_goes_on() -> None:
    with DuckDBEngine.open(threads=1, rule_timeout=0.05) as engine:
        with pytest.raises(EngineError, match=r"^it took longer than 0\.05 s and was stopped$"), engine.one_rule():
            engine.row(ENDLESS)
        assert engine.row("SELECT 1") == (1,)


@pytest.mark.slow
def test_the_limit_is_of_all_statements_of_a_rule() -> None:
    with DuckDBEngine.open(threads=1, rule_timeout=0.3) as engine:
        short = (engine.row("SELECT count(*) FROM range(1000)") for _ in iter(int, 1))  # one after another, endlessly
        with pytest.raises(EngineError), engine.one_rule():
            deque(short, maxlen=0)


def test_an_exception_of_a_signal_stops_the_statement(engine: DuckDBEngine) -> None:
    pressed = Event()

    def ctrl_c(_: int) -> bool:
        if not pressed.is_set():
            pressed.set()
            os.kill(os.getpid(), signal.SIGINT)
        return True

    engine.connection.create_function("ctrl_c", ctrl_c, ["BIGINT"], "BOOLEAN")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.row("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE ctrl_c(b.range)")
    finally:
        signal.signal(signal.SIGINT, before)
    assert engine.row("SELECT 1") == (1,)
