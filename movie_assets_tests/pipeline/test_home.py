"""Dagster's home: one folder, quiet, made whole, by whoever comes first."""

import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
import yaml
from dagster._core.test_utils import create_run_for_test

from movie_assets.errors import AdapterError, SettingsError
from movie_assets.pipeline.home import environment, make_home, open_instance
from movie_assets.settings import Settings, settings
from movie_assets_tests.support.pipeline import settings_in

pytestmark = pytest.mark.slow


def test_it_is_quiet_and_asks_no_rule_twice(own_settings: Settings) -> None:
    told = yaml.safe_load((Path(make_home(own_settings)) / "dagster.yaml").read_text())
    assert told["telemetry"] == {"enabled": False}
    assert told["nux"] == {"enabled": False}
    assert told["run_retries"] == {"retry_on_asset_or_op_failure": False}
    with open_instance(own_settings) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 3600


def test_it_stays_as_somebody_edited_it(own_settings: Settings) -> None:
    config = Path(make_home(own_settings)) / "dagster.yaml"
    config.write_text("telemetry: {enabled: false}\n")
    make_home(own_settings)
    assert config.read_text() == "telemetry: {enabled: false}\n"


def test_dagsters_own_programs_are_told_where_it_is(own_settings: Settings) -> None:
    assert environment(own_settings)["DAGSTER_HOME"] == str(own_settings.dagster_home)


def test_an_engine_is_kept_for_all_connections_to_a_database(own_settings: Settings) -> None:
    used: list[sqlalchemy.Engine] = []
    with open_instance(own_settings) as instance:
        run = create_run_for_test(instance, job_name="movies_day")
        heard = sqlalchemy.Engine, "engine_connect", lambda made: used.append(made.engine)
        sqlalchemy.event.listen(*heard)
        for _ in range(3):
            instance.report_engine_event("said", run)
            assert instance.get_run_by_id(run.run_id)
        sqlalchemy.event.remove(*heard)
    assert len(used) > len(set(used)) == len({engine.url for engine in used}) == 2


def test_two_that_come_first_at_once_share_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from movie_assets.pipeline.home import open_instance; "
        "from movie_assets_tests.support.pipeline import settings_in; "
        "open_instance(settings_in(Path(sys.argv[1]))).__enter__().dispose()"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(2)]
    assert [(first.communicate()[1], first.returncode) for first in both] == [(b"", 0), (b"", 0)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dagster.lock", "dagster"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AdapterError, match=r"file/dagster can't be written"):
        make_home(settings_in(tmp_path, dagster_home=tmp_path / "file" / "dagster"))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder in which nobody can make a file")
def test_a_place_where_no_lock_can_be_made_is_refused_at_once() -> None:
    with pytest.raises(AdapterError, match=r"/proc/dagster can't be written"):
        make_home(settings_in(Path("/proc")))


@pytest.mark.parametrize("name", ["what?", "100%"])
def test_a_place_that_dagster_would_misread_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIES_DAGSTER_HOME", f"/somewhere/{name}")
    with pytest.raises(SettingsError, match=r"MOVIES_DAGSTER_HOME is .* a folder without \? and % in its path"):
        settings()


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run in it."""
    folder = tmp_path_factory.mktemp("used")
    given = settings_in(folder)
    with open_instance(given) as instance:
        create_run_for_test(instance, job_name="movies_day", status=dg.DagsterRunStatus.STARTED)
    return folder


def look(folder: Path) -> None:
    with open_instance(settings_in(folder)) as instance:
        instance.get_runs()
        instance.daemon_cursor_storage.get_cursor_values({"any"})


@pytest.mark.parametrize("damage", [b"garbage", "half"], ids=str)
@pytest.mark.parametrize("name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
def test_a_damaged_history_is_named_and_can_be_moved_away(
    tmp_path: Path, used: Path, name: str, damage: bytes | str
) -> None:
    shutil.copytree(used, tmp_path, dirs_exist_ok=True)
    database = tmp_path / "dagster" / name
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2] if isinstance(damage, str) else damage)
    with pytest.raises(AdapterError, match=rf"Dagster's history {database} is damaged: ") as caught:
        look(tmp_path)
    assert f"mv {database} {database}.damaged" in (caught.value.hint or "")
    database.rename(f"{database}.damaged")
    look(tmp_path)


def test_a_configuration_that_is_none_is_named(own_settings: Settings) -> None:
    config = Path(make_home(own_settings)) / "dagster.yaml"
    for text in ("telemetry: [", "nonsense: 1"):
        config.write_text(text)
        with pytest.raises(AdapterError, match=rf"Dagster can't use {config}: "), open_instance(own_settings):
            pass


FULL = """
import resource, sys
from pathlib import Path
import dagster as dg
from dagster._core.test_utils import create_run_for_test
from movie_assets.errors import AdapterError
from movie_assets.pipeline.home import make_home, open_instance
from movie_assets_tests.support.pipeline import settings_in

settings = settings_in(Path(sys.argv[1]))
if sys.argv[2] == "later":
    make_home(settings)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with open_instance(settings) as instance:
        for _ in range(1000):
            create_run_for_test(instance, job_name="movies_day")
except AdapterError as error:
    print(error)
"""


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, when: str) -> None:
    """A limit on the size of files, which SQLite takes for a full disk."""
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path), when], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    said = f"Dagster can't read or write its history in {tmp_path / 'dagster'}: "
    assert done.stdout.startswith(said)
    assert "Hint: free some space" in done.stdout
