"""Rules passed and failed as metrics, read back from CloudWatch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from movie_assets.alerts.cloudwatch import FAILED, NAMESPACE, PASSED, CloudWatchMetrics
from movie_assets.errors import PublishError
from movie_assets_tests.alerts.test_eventbridge import EVALUATION
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy


def read_back(ministack: Ministack, metric: str, ruleset: str) -> tuple[float, float, float] | None:
    """Least, most and sum of the last minutes; None where there is nothing."""
    now = datetime.now(UTC)
    found = ministack.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=[{"Name": "Ruleset", "Value": ruleset}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Minimum", "Maximum", "Sum"],
        Unit="Count",
    )["Datapoints"]
    if not found:
        return None
    return (
        min(point["Minimum"] for point in found),
        max(point["Maximum"] for point in found),
        sum(point["Sum"] for point in found),
    )


def test_what_is_read_back(ministack: Ministack, aws_environment: dict[str, str]) -> None:
    metrics = CloudWatchMetrics()
    metrics.publish(replace(EVALUATION, ruleset="counted"))
    metrics.publish(replace(EVALUATION, ruleset="counted", rules_passed=4, rules_failed=0))
    metrics.publish(replace(EVALUATION, ruleset="another", rules_passed=40, rules_failed=3))
    assert read_back(ministack, PASSED, "counted") == (3, 4, 7)
    assert read_back(ministack, FAILED, "counted") == (0, 1, 1)
    assert read_back(ministack, FAILED, "another") == (3, 3, 3)
    assert read_back(ministack, FAILED, "nobody's") is None


def test_a_ruleset_is_named_in_ascii(ministack: Ministack, aws_environment: dict[str, str]) -> None:
    CloudWatchMetrics().publish(replace(EVALUATION, ruleset="Güte"))
    assert read_back(ministack, FAILED, "G\\xfcte") == (1, 1, 1)


def test_a_service_that_is_down(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, aws_proxy: FaultProxy
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_proxy.endpoint)
    with aws_proxy.down(), pytest.raises(PublishError) as caught:
        CloudWatchMetrics().publish(EVALUATION)
    assert caught.value.message == (
        f"Can't count the rules of 2024-03-24: CloudWatch PutMetricData: {aws_proxy.endpoint} can't be reached."
    )
    assert "needs an endpoint for monitoring" in (caught.value.hint or "")
