"""Dagster's home: one folder, quiet, made whole, by whoever comes first."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from movie_assets.errors import AdapterError
from movie_assets.pipeline.home import environment, make_home, open_instance
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import settings_in


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


def test_two_that_come_first_at_once_share_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from movie_assets.pipeline.home import open_instance; "
        "from movie_assets_tests.support.pipeline import settings_in; "
        "open_instance(settings_in(Path(sys.argv[1]))).dispose()"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(2)]
    assert [(first.communicate()[1], first.returncode) for first in both] == [(b"", 0), (b"", 0)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dagster.lock", "dagster"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AdapterError, match=r"file/dagster can't be written"):
        make_home(settings_in(tmp_path, dagster_home=tmp_path / "file" / "dagster"))
