"""Evaluations as metrics in CloudWatch, under Glue's names."""

from collections.abc import Iterator, Mapping

from movie_assets.alerts.evaluation import Evaluation
from movie_assets.aws.services import ClientFactory, Service, make_client
from movie_assets.errors import PublishError
from movie_assets.findings import Finding, attempt

NAMESPACE = "Glue Data Quality"
EXAMINED = "movie_assets.doctor"
"""In the same namespace, because the deployed role may write to no other."""

PASSED, FAILED = "glue.data.quality.rules.passed", "glue.data.quality.rules.failed"


class CloudWatchMetrics:
    """A `Publisher` of two values per evaluation, by ruleset.

    Values are dated by their arrival: alarms read the latest values, and CloudWatch rejects values older than two
    weeks. A value delivered twice changes sums but not minima and maxima.
    """

    name = "cloudwatch"
    kind = Evaluation

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

    def publish(self, evaluation: Evaluation) -> None:
        ruleset = evaluation.ruleset.encode("ascii", "backslashreplace").decode()[:1024]
        self._put(
            f"count the rules of {evaluation.day}",
            {PASSED: evaluation.rules_passed, FAILED: evaluation.rules_failed},
            [{"Name": "Ruleset", "Value": ruleset}],
        )

    def examine(self, *, send: bool) -> Iterator[Finding]:
        """Check that CloudWatch accepts our metrics, with a metric of its own."""
        yield attempt("CloudWatch", "put a metric", self._put_own)

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
