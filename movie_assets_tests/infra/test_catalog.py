"""A day judged, catalogued and asked for by the deployed role, whose policies are enforced."""

from pathlib import Path

import pytest

from movie_assets.catalog import Athena, Catalog, configured_athena, configured_catalog, wanted_tables
from movie_assets.errors import CatalogError
from movie_assets.settings import Settings
from movie_assets_tests.support.catalogs import judge
from movie_assets_tests.support.feeds import feed_of
from movie_assets_tests.support.judging import csv_of
from movie_assets_tests.support.pipeline import settings_in
from movie_assets_tests.support.stack import MISJUDGED, Stack


def test_the_templates_role_may_do_what_ministack_misjudges(stack: Stack) -> None:
    queries, metrics, catalog = (stack.policy()[sid] for sid in ("Queries", "Metrics", "Catalog"))
    assert set(MISJUDGED) <= {*queries["Action"], metrics["Action"], *catalog["Action"]}
    assert queries["Resource"].endswith(f":workgroup/{stack.settings['MOVIES_ATHENA_WORKGROUP']}")
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}}
    assert any(
        resource.endswith(f":database/{stack.settings['MOVIES_GLUE_DATABASE']}") for resource in catalog["Resource"]
    )


@pytest.fixture
def deployed(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The stack's own settings, in the environment of its role."""
    stack.allow_misjudged()
    for name, value in stack.aws.environment(stack.credentials()).items():
        monkeypatch.setenv(name, value)
    names = {name: stack.settings[f"MOVIES_{name.upper()}"] for name in ("glue_database", "athena_workgroup")}
    return settings_in(tmp_path, lake=f"{stack.settings['MOVIES_LAKE']}/of-this-test", **names)


def test_the_role_may_sync_and_ask(deployed: Settings, tmp_path: Path) -> None:
    catalog, athena = configured_catalog(deployed), configured_athena(deployed)
    assert {change.did for change in catalog.sync(wanted_tables(deployed, feed_of(deployed)))} == {"created"}
    report = judge(deployed, tmp_path, csv_of([{}, {"Genre": ""}]), 'ColumnLength "genre" > 0')
    later = deployed.model_copy(update={"start_date": report.day})
    assert {change.did for change in catalog.sync(wanted_tables(later, feed_of(later)))} == {"updated"}
    guarded = "SELECT count(*) FROM bad_data JOIN evaluation USING (ingest_date, evaluation_id)"
    assert list(athena.query(guarded, wait_seconds=600).rows) == [(str(report.quarantined),)] == [("1",)]
    with pytest.raises(CatalogError, match="told to stop"):  # and may stop what it asked
        athena.query("SELECT sleep_ms(2000)", wait_seconds=0)
    athena._stop("no-such-query")


def test_what_the_role_may_not_is_told_with_the_action(deployed: Settings) -> None:
    with pytest.raises(CatalogError) as database:
        Catalog("another").tables()
    assert database.value.message.startswith(
        "Can't read the catalog's database another: Glue GetTables: access denied (AccessDenied"
    )
    assert database.value.hint == "allow glue:GetTables on the Glue database another for these credentials"
    with pytest.raises(CatalogError) as workgroup:
        Athena("movies", "another").query("SELECT 1")
    assert workgroup.value.message.startswith("Can't ask Athena: Athena StartQueryExecution: access denied (AccessDen")
    assert workgroup.value.hint == (
        "allow athena:StartQueryExecution on the Athena workgroup another for these credentials"
    )
