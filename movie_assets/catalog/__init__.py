"""The lake as tables of the Glue Data Catalog for Athena; comparison with contract and warehouse."""

from movie_assets.catalog.athena import Answer, Athena
from movie_assets.catalog.glue import Catalog, Change, ListedTable, differing
from movie_assets.catalog.tables import CatalogTable
from movie_assets.errors import CatalogError, SettingsError
from movie_assets.feed import Feed
from movie_assets.settings import Settings

__all__ = [
    "Answer",
    "Athena",
    "Catalog",
    "CatalogTable",
    "Change",
    "ListedTable",
    "configured_athena",
    "configured_catalog",
    "differing",
    "wanted_tables",
]


def configured_catalog(settings: Settings) -> Catalog:
    """The configured database of the catalog.

    Raises:
        SettingsError: none is configured.
    """
    if settings.glue_database is None:
        raise SettingsError(
            "No catalog is configured.", "set MOVIES_GLUE_DATABASE to a database of the Glue Data Catalog"
        )
    return Catalog(settings.glue_database)


def configured_athena(settings: Settings) -> Athena:
    """The configured Athena.

    Raises:
        SettingsError: no workgroup or no database is configured.
    """
    database = configured_catalog(settings).database
    if settings.athena_workgroup is None:
        raise SettingsError("Athena is not configured.", "set MOVIES_ATHENA_WORKGROUP to a workgroup of Athena")
    return Athena(database, settings.athena_workgroup)


def wanted_tables(settings: Settings, feed: Feed) -> tuple[CatalogTable, ...]:
    """The tables that a sync creates for a feed.

    Raises:
        CatalogError: the lake is a folder, which Athena can't read.
    """
    from movie_assets.catalog.tables import lake_tables
    from movie_assets.lake import configured_lake
    from movie_assets.lake.s3.lake import S3Lake

    lake = configured_lake(settings, feed)
    if not isinstance(lake, S3Lake):
        raise CatalogError(
            f"The catalog's tables need a lake on S3; this one is the folder {settings.lake}.",
            "set MOVIES_LAKE=s3://bucket/prefix",
        )
    return lake_tables(feed, lake.objects.uri(""))
