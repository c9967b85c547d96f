"""Shared by the steps: foreseeable errors as Dagster failures, and the evaluation that a step works on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from movie_assets.dqdl import DQDLError
from movie_assets.errors import EvaluationReplacedError, PipelineError
from movie_assets.model import DayReport
from movie_assets.pipeline.ingestion import Ingestion
from movie_assets.pipeline.partitions import day_of
from movie_assets.visible import visible

StepContext = dg.AssetExecutionContext | dg.AssetCheckExecutionContext


@contextmanager
def as_dagster_failures(context: StepContext) -> Iterator[None]:
    """Raise a foreseeable error as the step's failure, described by its message; the step's assets show it too."""
    try:
        yield
    except (PipelineError, DQDLError) as error:
        if isinstance(context, dg.AssetExecutionContext):
            said, day = str(error), context.partition_key
            for asset in context.selected_asset_keys:
                context.log_event(dg.AssetObservation(asset, f"Not made: {said}", {"problem": said}, day))
        raise dg.Failure(description=str(error)) from error


@contextmanager
def judging(context: StepContext) -> Iterator[None]:
    """`as_dagster_failures` for steps that the rules depend on: their failure skips the run's checks."""
    try:
        with as_dagster_failures(context):
            yield
    except BaseException:
        skip_checks(context.instance, context.run.run_id)
        raise


def skip_checks(instance: dg.DagsterInstance, run_id: str) -> None:
    """Forget the checks that a run planned and did not reach; otherwise Dagster shows them as failed.

    Dagster has no call for this: it skips checks only of runs that succeed.
    """
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

    checks = AssetCheckExecutionsTable.c
    planned = checks.execution_status == AssetCheckExecutionRecordStatus.PLANNED.value
    store = instance.event_log_storage
    if isinstance(store, SqlEventLogStorage):
        with store.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.delete().where(checks.run_id == run_id, planned))


def evaluation(context: StepContext, ingestion: Ingestion) -> DayReport:
    """The day's published evaluation; this run's own if this run judged the day.

    Raises:
        PipelineError: the day was not judged.
        EvaluationReplacedError: this run judged the day, and another run did after it.
    """
    day = day_of(context)
    keys = ingestion.keys
    report = ingestion.lake.report(day)
    if report is None:
        raise PipelineError(
            f"{day} was not judged yet.", f"materialize {keys.validated.to_user_string()} of the day first"
        )
    run_id = context.run.run_id
    if report.run_id != run_id and materialization(context.instance, run_id, keys.outcomes) is not None:
        again = ingestion.feed.command(f"run --day {day}")
        raise EvaluationReplacedError(
            f"Run {report.run_id} judged {day} after this run did; its evaluation is the day's now.",
            f"nothing to mend where that run loads the day; if it does not: {again}",
        )
    return report


def materialization(instance: dg.DagsterInstance, run_id: str, asset: dg.AssetKey) -> dg.AssetMaterialization | None:
    """The materialization that a run recorded of an asset; None if it has none."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        if entry.asset_materialization and entry.asset_materialization.asset_key == asset:
            return entry.asset_materialization
    return None


def text(said: str) -> dg.TextMetadataValue:
    """Metadata text that may contain cells, headers or file names, escaped."""
    return dg.MetadataValue.text(visible(said, keep="\n"))


def table(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as a table in the UI; the first row determines the columns, other types become text."""
    records = [dg.TableRecord({visible(name): _shown(value) for name, value in row.items()}) for row in rows]
    schema = dg.TableSchema([dg.TableColumn(visible(name), "string") for name in (rows[0] if rows else {})])
    return dg.MetadataValue.table(records, schema)


def _shown(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, int | float | bool) else visible(str(value))
