"""The assets of a day, top to bottom: landed file, judged rows and outcomes, table, aggregate."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from movie_assets.judging.ruleset import LoadedRuleset
from movie_assets.lake import Dataset, Lake
from movie_assets.model import DayReport
from movie_assets.pipeline.partitions import day_of
from movie_assets.pipeline.reporting import RULE_OUTCOMES, Progress, evaluation, in_words, judging, text
from movie_assets.pipeline.schemas import loaded_columns, movie_columns, one_to_one
from movie_assets.settings import Settings
from movie_assets.visible import visible
from movie_assets.warehouse import BY_YEAR_AND_GENRE, MOVIES, Warehouse

RAW, VALIDATED, BAD, TABLE, AGGREGATE = map(
    dg.AssetKey, ("raw_movies", "validated_movies", "bad_movies", "imdb_movies_rating", "movies_by_year_and_genre")
)
GROUP, OWNERS = "movies", ["team:movies"]
WAREHOUSE_POOL = "warehouse"
"""Dagster's pool of the steps that write tables; how many may run at a time is for the instance to say."""


def raw_movies(days: dg.DailyPartitionsDefinition, settings: Settings) -> dg.AssetsDefinition:
    on_s3 = settings.lake.startswith("s3://")

    @dg.asset(
        key=RAW,
        partitions_def=days,
        group_name=GROUP,
        kinds={"csv", "s3"} if on_s3 else {"csv"},
        owners=OWNERS,
        description="The day's CSV as it landed, untouched. Land one with `movies land FILE --day D`.",
    )
    def raw_movies(context: dg.AssetExecutionContext, lake: dg.ResourceParam[Lake]) -> dg.MaterializeResult[None]:
        with judging(context):
            landed = lake.landed(day_of(context))
            with lake.local_copy(landed) as path, path.open("rb") as file:
                lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        return dg.MaterializeResult(
            metadata={
                "dagster/uri": text(landed.uri),
                "location": text(landed.uri) if on_s3 else dg.MetadataValue.path(visible(landed.uri)),
                "size": dg.MetadataValue.int(landed.size),
                "version": landed.version,
                "lines": dg.MetadataValue.int(lines),
                "landed_at": dg.MetadataValue.timestamp(landed.landed_at),
            },
            data_version=dg.DataVersion(landed.version),
        )

    return raw_movies


def judged_movies(days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """Rows and outcomes come from one evaluation and must agree, so the three are made together or not at all."""
    specs = [
        dg.AssetSpec(
            VALIDATED,
            deps=[RAW],
            kinds={"parquet", "pandera"},
            description="The rows no rule failed and the contract accepts, typed as in the target table.",
        ),
        dg.AssetSpec(
            BAD,
            deps=[RAW],
            kinds={"parquet"},
            description="The quarantine: the other rows as they stand in the file, each with line number, the rules it "
            "failed and the cells that break the contract; beside it the lines that are not CSV rows.",
        ),
        dg.AssetSpec(
            RULE_OUTCOMES,
            deps=[RAW],
            kinds={"json"},
            description="What each rule said of the day, in the columns of Glue's `ruleOutcomes`.",
        ),
    ]

    @dg.multi_asset(
        name="judged_movies",
        specs=[spec.replace_attributes(group_name=GROUP, owners=OWNERS) for spec in specs],
        partitions_def=days,
    )
    def judged_movies(
        context: dg.AssetExecutionContext,
        lake: dg.ResourceParam[Lake],
        settings: dg.ResourceParam[Settings],
        ruleset: dg.ResourceParam[LoadedRuleset],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult[None]]:
        from movie_assets.judging.judge import judge_day  # brings pandera: a second that only this step pays

        def tell(doing: str) -> None:
            context.log.info(doing)
            progress(doing)

        with judging(context):
            report = judge_day(
                lake,
                day_of(context),
                loaded=ruleset,
                settings=settings,
                run_id=context.run.run_id,
                now=datetime.now(UTC),
                progress=tell,
            )
        yield from judged_results(report, lake)

    return judged_movies


def judged_results(report: DayReport, lake: Lake) -> tuple[dg.MaterializeResult[None], ...]:
    """What the UI shows of an evaluation: rows where they went, and the conservation of lines."""
    common: dict[str, Any] = {
        "evaluation": report.evaluation_id,
        "lines": report.lines,
        "accepted": report.accepted,
        "quarantined": report.quarantined,
        "unreadable": report.unreadable,
        "conservation": f"{report.lines} lines = {report.accepted} accepted + {report.quarantined} quarantined "
        f"+ {report.unreadable} unreadable",
    }

    def files(dataset: Dataset) -> dict[str, str]:
        return {"dagster/uri": lake.uri_of(dataset, report.day, report.files[dataset][0])}

    return (
        dg.MaterializeResult(
            VALIDATED,
            metadata={
                **common,
                **files("validated"),
                "dagster/partition_row_count": report.accepted,
                "dagster/column_schema": movie_columns(),
                "dagster/column_lineage": one_to_one(RAW),
            },
        ),
        dg.MaterializeResult(
            BAD,
            metadata={
                **common,
                **files("bad_data"),
                "dagster/partition_row_count": report.quarantined,
                "unreadable_uri": lake.uri_of("unreadable", report.day, report.files["unreadable"][0]),
            },
        ),
        dg.MaterializeResult(
            RULE_OUTCOMES,
            metadata={
                **common,
                **files("rule_outcome"),
                "dagster/partition_row_count": len(report.rules),
                "rules_passed": report.rules_passed,
                "ruleset": report.ruleset_name,
                "ruleset_hash": report.ruleset_hash,
                "extra_columns": text(", ".join(report.extra_columns) or "none"),
            }
            | ({} if report.score is None else {"score": dg.MetadataValue.float(report.score)}),
        ),
    )


def imdb_movies_rating(days: dg.DailyPartitionsDefinition, settings: Settings) -> dg.AssetsDefinition:
    @dg.asset(
        key=TABLE,
        deps=[VALIDATED],
        partitions_def=days,
        group_name=GROUP,
        kinds=_table_kinds(settings),
        pool=WAREHOUSE_POOL,
        owners=OWNERS,
        description="The warehouse table. A day's run replaces exactly that day's rows, in one transaction.",
        metadata={"dagster/table_name": MOVIES},
    )
    def imdb_movies_rating(
        context: dg.AssetExecutionContext,
        lake: dg.ResourceParam[Lake],
        warehouse: dg.ResourceParam[Warehouse],
        progress: dg.ResourceParam[Progress],
    ) -> dg.MaterializeResult[None]:
        progress("loading")
        day = day_of(context)
        # With the day locked no other evaluation is published, and loaded, between the look at it and the load.
        with in_words(context), lake.lock(day):
            report = evaluation(context, lake)
            with lake.local_files(report, "validated") as paths:
                loaded = warehouse.load_day(
                    day,
                    paths,
                    expected_rows=report.accepted,
                    run_id=context.run.run_id,
                    evaluation_id=report.evaluation_id,
                )
        return dg.MaterializeResult(
            metadata={
                "dagster/partition_row_count": loaded.rows_loaded,
                "rows_replaced": loaded.rows_replaced,
                "evaluation": report.evaluation_id,
                "dagster/uri": settings.warehouse,
                "dagster/column_schema": loaded_columns(),
                "dagster/column_lineage": one_to_one(VALIDATED),
            }
        )

    return imdb_movies_rating


def movies_by_year_and_genre(days: dg.DailyPartitionsDefinition, settings: Settings) -> dg.AssetsDefinition:
    @dg.asset(
        key=AGGREGATE,
        deps=[TABLE],
        partitions_def=days,
        group_name=GROUP,
        kinds=_table_kinds(settings),
        pool=WAREHOUSE_POOL,
        owners=OWNERS,
        description="Films, mean rating and votes of the day by year and single genre; "
        "a film of two genres counts in both.",
        metadata={"dagster/table_name": BY_YEAR_AND_GENRE},
    )
    def movies_by_year_and_genre(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult[None]:
        with in_words(context):
            rows = warehouse.refresh_aggregate(day_of(context))
        return dg.MaterializeResult(
            metadata={
                "dagster/partition_row_count": rows,
                "dagster/uri": settings.warehouse,
                "dagster/column_lineage": dg.TableColumnLineage(
                    {
                        "ingest_date": [dg.TableColumnDep(TABLE, "ingest_date")],
                        "released_year": [dg.TableColumnDep(TABLE, "released_year")],
                        "genre": [dg.TableColumnDep(TABLE, "genre")],
                        "average_rating": [dg.TableColumnDep(TABLE, "imdb_rating")],
                        "total_votes": [dg.TableColumnDep(TABLE, "no_of_votes")],
                    }
                ),
            }
        )

    return movies_by_year_and_genre


def _table_kinds(settings: Settings) -> set[str]:
    return {"redshift" if settings.warehouse.startswith("redshift://") else "duckdb", "table"}
