"""DetectAnomalies: a metric against what its history predicts."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import ParameterSpec, rule_type


@rule_type("DetectAnomalies", ParameterSpec("MetricParameter", repeated=True, always_numbered=True))
def detect_anomalies(subject: Subject) -> Plan:
    """Whether each metric of the named rule type lies within the bounds its history predicts."""
    return Plan(refusal="DetectAnomalies can't be evaluated yet")
