"""Evaluations as metrics in CloudWatch, by Glue's names."""

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.aws import ClientFactory, Service, make_client
from movie_assets.errors import PublishError

NAMESPACE = "Glue Data Quality"
PASSED, FAILED = "glue.data.quality.rules.passed", "glue.data.quality.rules.failed"


class CloudWatchMetrics:
    """A `Recorder` of two values per evaluation, by ruleset.

    They count from the moment they arrive: alarms look at the latest values, and CloudWatch refuses those of two weeks
    ago. A value delivered twice shows in sums and not in minima and maxima.
    """

    name = "cloudwatch"

    def __init__(self, *, client_factory: ClientFactory = make_client) -> None:
        self._service = Service(
            "cloudwatch",
            PublishError,
            resource=f"the namespace {NAMESPACE}",
            setting="MOVIES_CLOUDWATCH_METRICS",
            client_factory=client_factory,
        )

    def __repr__(self) -> str:
        return "CloudWatchMetrics()"

    def record(self, evaluation: Evaluation) -> None:
        ruleset = evaluation.ruleset.encode("ascii", "backslashreplace").decode()[:1024]
        self._service.call(
            f"count the rules of {evaluation.day}",
            "put_metric_data",
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "Ruleset", "Value": ruleset}],
                    "Value": float(value),
                    "Unit": "Count",
                }
                for metric, value in ((PASSED, evaluation.rules_passed), (FAILED, evaluation.rules_failed))
            ],
        )
