"""Runs the health checks of all configured services concurrently, and reports them in a fixed order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from movie_assets.doctor import local
from movie_assets.feed import Feed
from movie_assets.findings import Finding, attempt
from movie_assets.lake import Lake, configured_lake
from movie_assets.settings import Settings
from movie_assets.warehouse import Warehouse, configured_warehouse
from movie_assets.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from movie_assets.catalog import CatalogTable

Examination = Callable[[], Iterable[Finding]]


def examine(settings: Settings, feed: Feed, *, send: bool = False) -> Iterator[Finding]:
    """A finding per health check, in the order of the settings; a failure skips only checks that depend on it.

    Makes no call to AWS if no setting names anything there. `send` really sends a test alert.

    Raises:
        PipelineError: the settings contradict each other or name something that no adapter knows.
    """
    lake, warehouse = configured_lake(settings, feed), configured_warehouse(settings, feed)
    examinations: list[Examination] = [
        lambda: local.files(settings, feed),
        lambda: _folders(settings),
        lambda: _identity(settings),
        lambda: _lake(settings, lake),
        lambda: _warehouse(settings, warehouse),
        lambda: _topic(settings, send),
        lambda: _event_bus(settings, send),
        lambda: _metrics(settings),
        lambda: _catalog(settings, feed),
    ]
    with ThreadPoolExecutor(len(examinations)) as pool:
        for found in pool.map(_all, examinations):
            yield from found


def on_aws(settings: Settings) -> bool:
    """Whether any setting names something on AWS."""
    named = (settings.sns_topic, settings.event_bus, settings.cloudwatch_metrics, settings.glue_database)
    return settings.lake_on_s3 or settings.warehouse_on_redshift or any(named)


def _all(examination: Examination) -> list[Finding]:
    return list(examination())


def _folders(settings: Settings) -> Iterator[Finding]:
    yield local.folder("outbox", settings.outbox, "MOVIES_OUTBOX")
    yield local.folder("Dagster's home", settings.dagster_home, "MOVIES_DAGSTER_HOME")


def _identity(settings: Settings) -> Iterator[Finding]:
    if not on_aws(settings):
        said = "no setting names anything on AWS; a laptop needs nothing more"
        yield Finding("AWS", "credentials", "not configured", said)
        return
    from movie_assets.doctor import identity  # imports boto3

    yield from identity.examine()


def _lake(settings: Settings, lake: Lake) -> Iterator[Finding]:
    if not settings.lake_on_s3:
        yield local.folder("lake", Path(settings.lake), "MOVIES_LAKE")
        yield Finding("S3", "lake", "not configured", "MOVIES_LAKE is a folder")
        return
    from movie_assets.lake.s3.lake import S3Lake

    assert isinstance(lake, S3Lake)
    yield from lake.examine()


def _warehouse(settings: Settings, warehouse: Warehouse) -> Iterator[Finding]:
    if isinstance(warehouse, DuckDBWarehouse):
        yield local.folder("warehouse", warehouse.path.parent, "MOVIES_WAREHOUSE")
        yield from warehouse.examine()
        yield Finding("Redshift", "warehouse", "not configured", "MOVIES_WAREHOUSE is a DuckDB file")
        return
    from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse

    assert isinstance(warehouse, RedshiftWarehouse)
    yield from warehouse.examine()


def _topic(settings: Settings, send: bool) -> Iterator[Finding]:
    if not settings.sns_topic:
        yield Finding("SNS", "publish", "not configured", "MOVIES_SNS_TOPIC is not set")
        return
    from movie_assets.alerts.sns import SnsTopic
    from movie_assets.aws.services import make_client_once

    yield SnsTopic(settings.sns_topic, client_factory=make_client_once).examine(send=send)


def _event_bus(settings: Settings, send: bool) -> Iterator[Finding]:
    if not settings.event_bus:
        yield Finding("EventBridge", "put an event", "not configured", "MOVIES_EVENT_BUS is not set")
        return
    from movie_assets.alerts.eventbridge import EventBus
    from movie_assets.aws.services import make_client_once

    yield EventBus(settings.event_bus, client_factory=make_client_once).examine(send=send)


def _metrics(settings: Settings) -> Iterator[Finding]:
    if not settings.cloudwatch_metrics:
        yield Finding("CloudWatch", "put a metric", "not configured", "MOVIES_CLOUDWATCH_METRICS is not set")
        return
    from movie_assets.alerts.cloudwatch import CloudWatchMetrics
    from movie_assets.aws.services import make_client_once

    yield CloudWatchMetrics(client_factory=make_client_once).examine()


def _catalog(settings: Settings, feed: Feed) -> Iterator[Finding]:
    if not settings.glue_database:
        yield Finding("Glue", "read the database", "not configured", "MOVIES_GLUE_DATABASE is not set")
        return
    from movie_assets.aws.services import make_client_once
    from movie_assets.catalog import Athena, Catalog, wanted_tables

    wanted: list[CatalogTable] = []
    if (asked := attempt("Glue", "tables", lambda: wanted.extend(wanted_tables(settings, feed)))).error:
        yield asked
    there = None
    for found in Catalog(settings.glue_database, client_factory=make_client_once).examine(wanted):
        if found.status == "ok" and found.examination == f"table {feed.named('evaluation')}":
            there = feed.named("evaluation")
        yield found
    if not settings.athena_workgroup:
        yield Finding("Athena", "query", "not configured", "MOVIES_ATHENA_WORKGROUP is not set")
        return
    yield Athena(settings.glue_database, settings.athena_workgroup, client_factory=make_client_once).examine(there)
