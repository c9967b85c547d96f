"""What a newcomer finds in the UI before anything has run."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.definitions import pipeline
from movie_assets.judging.ruleset import RulesetError
from movie_assets.pipeline.home import environment
from movie_assets.settings import Settings
from movie_assets_tests.support.pipeline import JOB, ingestion, settings_in

ROOT = Path(__file__).parents[2]

GRAPH = {
    "raw_movies": set(),
    "validated_movies": {"raw_movies"},
    "bad_movies": {"raw_movies"},
    "rule_outcomes": {"raw_movies"},
    "imdb_movies_rating": {"validated_movies"},
    "movies_by_year_and_genre": {"imdb_movies_rating"},
}


def test_the_graph(own_settings: Settings) -> None:
    nodes = pipeline(ingestion(own_settings)).resolve_asset_graph().asset_nodes
    assert {node.key.to_user_string(): {key.to_user_string() for key in node.parent_keys} for node in nodes} == GRAPH


def test_every_asset_says_what_it_is(own_settings: Settings) -> None:
    for spec in pipeline(ingestion(own_settings)).resolve_all_asset_specs():
        assert len(spec.description or "") > 40, spec.key
        assert (spec.kinds, spec.owners, spec.partitions_def) != (set(), [], None), spec.key


@pytest.mark.parametrize(
    ("lake", "warehouse", "landed", "table"),
    [
        ("lake", "warehouse.duckdb", {"csv"}, {"duckdb", "table"}),
        ("s3://bucket/movies", "redshift://127.0.0.1:5439/movies", {"csv", "s3"}, {"redshift", "table"}),
    ],
    ids=["laptop", "AWS"],
)
def test_kinds_are_those_of_the_settings(
    tmp_path: Path, lake: str, warehouse: str, landed: set[str], table: set[str]
) -> None:
    login = {"redshift_user": "movies", "redshift_password": "planted"}
    specs = pipeline(
        ingestion(settings_in(tmp_path, lake=lake, warehouse=warehouse, **login))
    ).resolve_all_asset_specs()
    kinds = {spec.key.to_user_string(): spec.kinds for spec in specs}
    assert kinds["raw_movies"] == landed
    assert kinds["imdb_movies_rating"] == kinds["movies_by_year_and_genre"] == table


def test_tables_are_written_in_one_pool(own_settings: Settings) -> None:
    graph = pipeline(ingestion(own_settings)).resolve_asset_graph()
    pools = {node.key.to_user_string(): set(node.pools or ()) for node in graph.asset_nodes}
    assert {name for name, pool in pools.items() if pool == {"warehouse"}} == {
        "imdb_movies_rating",
        "movies_by_year_and_genre",
    }


def test_the_table_is_expected_an_hour_after_the_schedule(tmp_path: Path) -> None:
    made = pipeline(ingestion(settings_in(tmp_path, timezone="Asia/Tokyo")))
    policies = {spec.key.to_user_string(): spec.freshness_policy for spec in made.resolve_all_asset_specs()}
    assert {name for name, policy in policies.items() if policy} == {"imdb_movies_rating"}
    assert policies["imdb_movies_rating"] == dg.FreshnessPolicy.cron("0 7 * * *", timedelta(hours=7), "Asia/Tokyo")
    assert made.resolve_schedule_def("daily_movies").cron_schedule == "0 6 * * *"


def test_rows_and_outcomes_are_made_together_or_not_at_all(own_settings: Settings) -> None:
    graph = pipeline(ingestion(own_settings)).resolve_asset_graph()
    judged = {"validated_movies", "bad_movies", "rule_outcomes"}
    [node] = {graph.get(dg.AssetKey(name)).assets_def for name in judged}
    assert {key.to_user_string() for key in node.keys} == judged
    assert not node.can_subset


def test_a_check_per_rule_with_its_text_and_one_gate(own_settings: Settings) -> None:
    [checks] = pipeline(ingestion(own_settings)).asset_checks or []
    specs = {spec.name: spec for spec in checks.check_specs}
    assert len(specs) == 44
    rating = specs["ColumnValues_imdb_rating"]
    assert rating.description == '```\nColumnValues "imdb_rating" between 8.5 and 10.3\n```'
    assert rating.asset_key == dg.AssetKey("validated_movies")
    assert {name for name, spec in specs.items() if spec.blocking} == {"load_gate"}
    assert all(spec.partitions_def is not None for spec in specs.values())


@pytest.mark.parametrize("gate", ["continue", "stop"])
def test_the_gate_says_what_keeps_a_day_out(tmp_path: Path, gate: str) -> None:
    given = settings_in(tmp_path, gate=gate, unreadable_share=0.25, quarantined_share=0.75)
    [checks] = pipeline(ingestion(given)).asset_checks or []
    [said] = [spec.description or "" for spec in checks.check_specs if spec.name == "load_gate"]
    assert "0.25 of the lines" in said
    assert "0.75 of the rows" in said
    assert ("MOVIES_GATE=stop" in said) == (gate == "stop")


def test_days_begin_at_the_start_date_in_the_time_zone(tmp_path: Path) -> None:
    given = settings_in(tmp_path, start_date="2024-03-20", timezone="Asia/Tokyo")
    days = pipeline(ingestion(given)).resolve_job_def(JOB).partitions_def
    assert isinstance(days, dg.DailyPartitionsDefinition)
    noon_in_london = datetime(2024, 3, 21, 16, tzinfo=UTC)
    with dg.partition_loading_context(effective_dt=noon_in_london):
        assert days.get_partition_keys() == ["2024-03-20", "2024-03-21", "2024-03-22"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Rules = [ IsComplet "genre" ]', "did you mean 'IsComplete'?"),
        ('Rules = [ IsComplete "genre" ', "line 1, column"),
    ],
    ids=["unknown rule type", "not DQDL"],
)
def test_a_wrong_ruleset_is_refused_when_the_definitions_are_loaded(tmp_path: Path, text: str, said: str) -> None:
    ruleset = tmp_path / "mine.dqdl"
    ruleset.write_text(text)
    with pytest.raises(RulesetError) as caught:
        pipeline(ingestion(settings_in(tmp_path, ruleset=ruleset)))
    assert "mine.dqdl" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.slow
def test_nothing_is_read_from_the_environment_at_import(tmp_path: Path) -> None:
    environment = {**os.environ, "MOVIES_GATE": "nonsense", "MOVIES_RULESET": str(tmp_path / "none.dqdl")}
    code = "import movie_assets.definitions, movie_assets.cli"
    assert subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_dagsters_own_tool_lists_them(own_settings: Settings) -> None:
    dg_list = [str(Path(sys.executable).with_name("dg")), "list", "defs", "--json"]
    ran = subprocess.run(dg_list, env=environment(own_settings), cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {asset["asset_key"] for asset in json.loads(ran.stdout)["assets"]} == set(GRAPH)


@pytest.mark.slow
def test_what_only_a_run_needs_is_not_imported_for_the_definitions(own_settings: Settings) -> None:
    code = """
import sys
from movie_assets.definitions import definitions
definitions().get_repository_def()
print({"pandas", "pandera", "polars", "boto3", "redshift_connector"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], env=environment(own_settings), capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("set()\n", "")
