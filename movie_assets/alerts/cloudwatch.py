"""Evaluations as metrics in CloudWatch, by Glue's names."""

from collections.abc import Mapping

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.aws.services import ClientFactory, Service, make_client
from movie_assets.errors import PublishError
from movie_assets.findings import Finding, attempt

NAMESPACE = "Glue Data Quality"
EXAMINED = "movie_assets.doctor"
"""In the same namespace, the only one that the deployed role may write to."""

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

    def __str__(self) -> str:
        return "CloudWatch"

    def record(self, evaluation: Evaluation) -> None:
        ruleset = evaluation.ruleset.encode("ascii", "backslashreplace").decode()[:1024]
        self._put(
            f"count the rules of {evaluation.day}",
            {PASSED: evaluation.rules_passed, FAILED: evaluation.rules_failed},
            [{"Name": "Ruleset", "Value": ruleset}],
        )

    def examine(self) -> Finding:
        """Whether CloudWatch takes metrics of ours, by one that stands for nothing else."""
        return attempt("CloudWatch", "put a metric", self._put_own)

    def _put_own(self) -> str:
        self._put("try the metrics", {EXAMINED: 1}, [])
        return f"{EXAMINED} under {NAMESPACE}"

    def _put(self, doing: str, values: Mapping[str, int], dimensions: list[dict[str, str]]) -> None:
        self._service.call(
            doing,
            "put_metric_data",
            Namespace=NAMESPACE,
            MetricData=[
                {"MetricName": metric, "Dimensions": dimensions, "Value": float(value), "Unit": "Count"}
                for metric, value in values.items()
            ],
        )
