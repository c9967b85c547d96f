"""Runs the health checks of all configured services concurrently, and reports them in a fixed order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from movie_assets.alerts import configured_publishers
from movie_assets.doctor import local
from movie_assets.feed import Feed
from movie_assets.findings import Finding, attempt
from movie_assets.lake import configured_lake
from movie_assets.lake.files import examine_folder
from movie_assets.settings import Settings
from movie_assets.warehouse import configured_warehouse

if TYPE_CHECKING:
    from movie_assets.catalog import CatalogTable

Examination = Callable[[], Iterable[Finding]]

_ON_AWS = (
    ("lake_on_s3", "S3", "lake", "MOVIES_LAKE is a folder"),
    ("warehouse_on_redshift", "Redshift", "warehouse", "MOVIES_WAREHOUSE is a DuckDB file"),
    ("sns_topic", "SNS", "publish", "MOVIES_SNS_TOPIC is not set"),
    ("event_bus", "EventBridge", "put an event", "MOVIES_EVENT_BUS is not set"),
    ("cloudwatch_metrics", "CloudWatch", "put a metric", "MOVIES_CLOUDWATCH_METRICS is not set"),
    ("glue_database", "Glue", "read the database", "MOVIES_GLUE_DATABASE is not set"),
    ("athena_workgroup", "Athena", "query", "MOVIES_ATHENA_WORKGROUP is not set"),
)
"""What settings may name on AWS: setting, service, examination, and what is said where it is not named."""


def examine(settings: Settings, feed: Feed, *, send: bool = False) -> Iterator[Finding]:
    """A finding per health check, in the order of the settings; a failure skips only checks that depend on it.

    Makes no call to AWS if no setting names anything there. `send` really sends a test alert.

    Raises:
        PipelineError: the settings contradict each other or name something that no adapter knows.
    """
    lake, warehouse = configured_lake(settings, feed), configured_warehouse(settings, feed)
    examinations: list[Examination] = [lambda: local.files(settings, feed)]
    if any(getattr(settings, setting) for setting, *_ in _ON_AWS):
        from movie_assets.doctor import identity  # imports boto3

        examinations.append(identity.examine)
    examinations += [
        lambda: [examine_folder("Dagster's home", settings.dagster_home, "MOVIES_DAGSTER_HOME")],
        lake.examine,
        lambda: warehouse.examine(lake),
        *(partial(publisher.examine, send=send) for publisher in configured_publishers(settings, once=True)),
    ]
    if database := settings.glue_database:
        examinations.append(lambda: _catalog(settings, feed, database))
    with ThreadPoolExecutor(len(examinations)) as pool:
        for found in pool.map(_all, examinations):
            yield from found
    yield from _not_configured(settings)


def _not_configured(settings: Settings) -> Iterator[Finding]:
    missing = [
        Finding(service, examination, "not configured", said)
        for setting, service, examination, said in _ON_AWS
        if not getattr(settings, setting)
    ]
    if len(missing) == len(_ON_AWS):
        said = "no setting names anything on AWS; a laptop needs nothing more"
        yield Finding("AWS", "credentials", "not configured", said)
    yield from missing


def _all(examination: Examination) -> list[Finding]:
    return list(examination())


def _catalog(settings: Settings, feed: Feed, database: str) -> Iterator[Finding]:
    from movie_assets.aws.services import make_client_once
    from movie_assets.catalog import Athena, Catalog, wanted_tables

    wanted: list[CatalogTable] = []
    if (asked := attempt("Glue", "tables", lambda: wanted.extend(wanted_tables(settings, feed)))).error:
        yield asked
    there = None
    for found in Catalog(database, client_factory=make_client_once).examine(wanted):
        if found.status == "ok" and found.examination == f"table {feed.named('evaluation')}":
            there = feed.named("evaluation")
        yield found
    if settings.athena_workgroup:
        yield Athena(database, settings.athena_workgroup, client_factory=make_client_once).examine(there)
