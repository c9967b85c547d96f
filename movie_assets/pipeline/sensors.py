"""The sensor that sends alerts of failed runs and failed rules."""

from datetime import UTC, datetime

import dagster as dg

from movie_assets.alerts import Publishers
from movie_assets.errors import PublishError
from movie_assets.pipeline.alerting import deliver
from movie_assets.pipeline.ingestion import Ingestion


def failed_rules_alert(ingestion: Ingestion, publishers: Publishers) -> dg.SensorDefinition:
    """A plain sensor, because Dagster's run status sensors move on even if a delivery fails, and lose the alert."""

    @dg.sensor(
        name=ingestion.feed.named("failed_rules_alert"),
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Delivers one alert per run that failed or found failed rules: folder `MOVIES_OUTBOX`, the log, "
        "and the topic `MOVIES_SNS_TOPIC`; and every evaluation: `MOVIES_EVENT_BUS`, `MOVIES_CLOUDWATCH_METRICS`.",
    )
    def failed_rules_alert(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        delivery = deliver(ingestion, context.instance, publishers, context.cursor, datetime.now(UTC))
        if delivery.problem is None:
            said = None if delivery.sent else "no run failed or found failed rules"
            return dg.SensorResult(skip_reason=said, cursor=delivery.cursor)
        if delivery.cursor == context.cursor:
            # A failed tick keeps the cursor, so that the next tick tries the same run again.
            raise PublishError(delivery.problem)
        return dg.SensorResult(
            skip_reason=f"{delivery.sent} delivered, then stuck: {delivery.problem}", cursor=delivery.cursor
        )

    return failed_rules_alert
