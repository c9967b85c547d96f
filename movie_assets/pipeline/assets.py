"""The assets of a feed's day, top to bottom: landed file, judged rows and outcomes, table, aggregates."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from movie_assets.feed import Aggregate
from movie_assets.lake import Dataset
from movie_assets.model import DayReport
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.partitions import day_of
from movie_assets.pipeline.reporting import as_dagster_failures, evaluation, judging, text
from movie_assets.pipeline.schedules import loaded_each_morning
from movie_assets.pipeline.schemas import loaded_columns, one_to_one, stored_columns
from movie_assets.visible import visible

WAREHOUSE_POOL = "warehouse"
"""Dagster's pool of the steps that write tables; the instance's configuration sets its size."""


def feed_assets(ingestion: Ingestion) -> list[dg.AssetsDefinition]:
    """All assets of a feed."""
    aggregates = [_aggregate(ingestion, aggregate) for aggregate in ingestion.feed.aggregates]
    return [_raw(ingestion), _judged(ingestion), _table(ingestion), *aggregates]


def _raw(ingestion: Ingestion) -> dg.AssetsDefinition:
    on_s3 = ingestion.settings.lake_on_s3

    @dg.asset(
        key=ingestion.keys.raw,
        partitions_def=ingestion.days,
        kinds={"csv", "s3"} if on_s3 else {"csv"},
        description="The day's CSV as it landed, untouched. Land one with "
        f"`{ingestion.feed.command('land FILE --day D')}`.",
        group_name=ingestion.feed.name,
        owners=_owners(ingestion),
    )
    def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        lake = ingestion.lake
        lines = {}
        with judging(context):
            landed = lake.landed(day_of(context))
            if not on_s3:  # judging downloads the file; once is enough
                with lake.local_copy(landed) as path, path.open("rb") as file:
                    lines["lines"] = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        return dg.MaterializeResult(
            metadata={
                "dagster/uri": text(landed.uri),
                "location": text(landed.uri) if on_s3 else dg.MetadataValue.path(visible(landed.uri)),
                "size": dg.MetadataValue.int(landed.size),
                "version": landed.version,
                **lines,
                "landed_at": dg.MetadataValue.timestamp(landed.landed_at),
            },
            data_version=dg.DataVersion(landed.version),
        )

    return raw


def _judged(ingestion: Ingestion) -> dg.AssetsDefinition:
    """Validated rows, bad rows and outcomes come from one evaluation and must agree, so one step makes all three."""
    keys = ingestion.keys
    specs = [
        dg.AssetSpec(
            keys.validated,
            deps=[keys.raw],
            kinds={"parquet", "pandera"},
            description="The rows no rule failed and the contract accepts, typed as in the target table.",
        ),
        dg.AssetSpec(
            keys.bad,
            deps=[keys.raw],
            kinds={"parquet"},
            description="The quarantine: the other rows as they stand in the file, each with line number, the rules it "
            "failed and the cells that break the contract; beside it the lines that are not CSV rows.",
        ),
        dg.AssetSpec(
            keys.outcomes,
            deps=[keys.raw],
            kinds={"json"},
            description="What each rule said of the day, in the columns of Glue's `ruleOutcomes`.",
        ),
    ]

    @dg.multi_asset(
        name=f"judged_{ingestion.feed.name}",
        specs=[spec.replace_attributes(group_name=ingestion.feed.name, owners=_owners(ingestion)) for spec in specs],
        partitions_def=ingestion.days,
    )
    def judged(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        from movie_assets.judging.judge import judge_day  # imports pandera: only this step pays that second

        def tell(doing: str) -> None:
            context.log.info(doing)
            ingestion.progress(doing)

        with judging(context):
            report = judge_day(
                ingestion.lake,
                ingestion.feed,
                day_of(context),
                loaded=ingestion.ruleset,
                settings=ingestion.settings,
                run_id=context.run.run_id,
                now=datetime.now(UTC),
                progress=tell,
            )
        yield from judged_results(report, ingestion)

    return judged


def judged_results(report: DayReport, ingestion: Ingestion) -> tuple[dg.MaterializeResult[None], ...]:
    """The results of an evaluation for the UI: counts of rows, and the conservation of lines."""
    keys, lake, contract = ingestion.keys, ingestion.lake, ingestion.feed.contract
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
            keys.validated,
            metadata={
                **common,
                **files("validated"),
                "dagster/partition_row_count": report.accepted,
                "dagster/column_schema": stored_columns(contract),
                "dagster/column_lineage": one_to_one(contract, keys.raw),
            },
        ),
        dg.MaterializeResult(
            keys.bad,
            metadata={
                **common,
                **files("bad_data"),
                "dagster/partition_row_count": report.quarantined,
                "unreadable_uri": lake.uri_of("unreadable", report.day, report.files["unreadable"][0]),
            },
        ),
        dg.MaterializeResult(
            keys.outcomes,
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


def _table(ingestion: Ingestion) -> dg.AssetsDefinition:
    keys, feed = ingestion.keys, ingestion.feed

    @dg.asset(
        key=keys.table,
        deps=[keys.validated],
        partitions_def=ingestion.days,
        kinds=_table_kinds(ingestion),
        pool=WAREHOUSE_POOL,
        description="The warehouse table. A day's run replaces exactly that day's rows, in one transaction.",
        freshness_policy=loaded_each_morning(ingestion.settings.timezone),
        metadata={"dagster/table_name": feed.table},
        group_name=ingestion.feed.name,
        owners=_owners(ingestion),
    )
    def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        lake = ingestion.lake
        ingestion.progress("loading")
        # With the day locked, no other evaluation is published or loaded between reading the report and the load.
        with as_dagster_failures(context), lake.lock(day_of(context)):
            report = evaluation(context, ingestion)
            loaded = ingestion.warehouse.load_day(report, lake, run_id=context.run.run_id)
        return dg.MaterializeResult(
            metadata={
                "dagster/partition_row_count": loaded.rows_loaded,
                "rows_replaced": loaded.rows_replaced,
                "evaluation": report.evaluation_id,
                "dagster/uri": ingestion.settings.warehouse,
                "dagster/column_schema": loaded_columns(feed.contract),
                "dagster/column_lineage": one_to_one(feed.contract, keys.validated),
            }
        )

    return table


def _aggregate(ingestion: Ingestion, aggregate: Aggregate) -> dg.AssetsDefinition:
    source = ingestion.keys.table
    lineage = {"ingest_date": "ingest_date"}
    lineage |= {name: column.source for name, column in aggregate.columns.items() if column.source}

    @dg.asset(
        key=ingestion.keys.aggregate(aggregate),
        deps=[source],
        partitions_def=ingestion.days,
        kinds=_table_kinds(ingestion),
        pool=WAREHOUSE_POOL,
        description=aggregate.description,
        metadata={"dagster/table_name": aggregate.table},
        group_name=ingestion.feed.name,
        owners=_owners(ingestion),
    )
    def refreshed(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with as_dagster_failures(context):
            rows = ingestion.warehouse.refresh(aggregate, day_of(context))
        return dg.MaterializeResult(
            metadata={
                "dagster/partition_row_count": rows,
                "dagster/uri": ingestion.settings.warehouse,
                "dagster/column_lineage": dg.TableColumnLineage(
                    {name: [dg.TableColumnDep(source, column)] for name, column in lineage.items()}
                ),
            }
        )

    return refreshed


def _table_kinds(ingestion: Ingestion) -> set[str]:
    return {ingestion.warehouse.kind, "table"}


def _owners(ingestion: Ingestion) -> list[str]:
    return [f"team:{ingestion.feed.name}"]
