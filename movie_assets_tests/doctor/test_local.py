"""On a laptop: no AWS, no network, nothing left; what lies on this machine is looked at."""

import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from movie_assets.doctor import local
from movie_assets.settings import Settings
from movie_assets.warehouse.duckdb import DuckDBWarehouse
from movie_assets_tests.doctor.conftest import Findings, failed
from movie_assets_tests.support.feeds import BY_YEAR_AND_GENRE, FEED
from movie_assets_tests.support.process import Child

Examined = Callable[..., Findings]


def test_a_laptop_needs_nothing(examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    found = examined()
    assert failed(found) == set()
    assert found["AWS", "credentials"].said == "no setting names anything on AWS; a laptop needs nothing more"
    not_configured = {service for (service, _), one in found.items() if one.status == "not configured"}
    assert {"AWS", "S3", "Redshift"} <= not_configured
    assert list(tmp_path.iterdir()) == []


def test_a_ruleset_that_is_refused_is_shown(examined: Examined, tmp_path: Path) -> None:
    (tmp_path / "broken.dqdl").write_text("Rules = [ IsComplet 'x' ]")
    found = examined(MOVIES_RULESET=str(tmp_path / "broken.dqdl"))["ruleset", "broken.dqdl"]
    assert found.status == "failed"
    assert "IsComplet" in found.said


def test_references_have_to_be_there(examined: Examined, tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("a\n1\n")
    found = examined(MOVIES_REFERENCES="one=there.csv,other=gone.csv")
    assert found["reference", "one"].status == "ok"
    assert found["reference", "other"].said == f"Can't read {tmp_path}/gone.csv: No such file or directory."
    assert found["reference", "other"].hint == "correct MOVIES_REFERENCES"


@pytest.mark.parametrize(
    ("variable", "service"),
    [
        ("MOVIES_LAKE", "lake"),
        ("MOVIES_OUTBOX", "outbox"),
        ("MOVIES_DAGSTER_HOME", "Dagster's home"),
        ("MOVIES_WAREHOUSE", "warehouse"),
    ],
)
def test_a_folder_that_takes_no_files(examined: Examined, tmp_path: Path, variable: str, service: str) -> None:
    (tmp_path / "file").write_text("no folder")
    found = examined(**{variable: str(tmp_path / "file" / "below" / "it")})[service, "write"]
    assert found.status == "failed"
    assert found.said.startswith(f"Can't write to {tmp_path}/file/below")
    assert f"or set {variable} to another folder" in (found.hint or "")


@pytest.mark.slow
def test_a_warehouse_that_another_process_holds(examined: Examined, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    script = f"import duckdb, time; c = duckdb.connect({str(path)!r}); print('held', flush=True); time.sleep(60)"
    holder = Child([sys.executable, "-c", script], tmp_path / "log")
    try:
        holder.wait_until(lambda: "held" in (tmp_path / "log").read_text(), "the other process")
        found = examined(MOVIES_WAREHOUSE=str(path), MOVIES_WAREHOUSE_TIMEOUT_SECONDS="0.1")
    finally:
        holder.end()
    assert failed(found) == {("DuckDB", "open")}
    assert "it is in use" in found["DuckDB", "open"].said
    assert "close the other program" in (found["DuckDB", "open"].hint or "")


@pytest.mark.slow
def test_a_warehouse_with_a_stray_column(examined: Examined, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    columns = ", ".join(f"{name} {kind}" for name, kind in DuckDBWarehouse(path, FEED).columns_wanted().items())
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE SCHEMA movies; CREATE TABLE movies.imdb_movies_rating ({columns})")
    examination = ("DuckDB", "columns of movies.imdb_movies_rating")
    assert examined(MOVIES_WAREHOUSE=str(path))[examination].status == "ok"
    with duckdb.connect(path) as connection:
        connection.execute("ALTER TABLE movies.imdb_movies_rating ADD COLUMN stray INT")
    found = examined(MOVIES_WAREHOUSE=str(path))[examination]
    assert (found.status, found.said.rpartition(": ")[2]) == ("failed", "stray unexpected.")


def test_a_feed_that_can_not_run_is_seen() -> None:
    broken = replace(FEED, aggregates=(replace(BY_YEAR_AND_GENRE, select="DELETE FROM day_rows"),))
    *_, found = local.files(Settings(), broken)
    assert (found.service, found.status) == ("feed", "failed")
    assert found.said == "The aggregate movies_by_year_and_genre is not one SELECT."
