"""DetectAnomalies: a metric against what its history predicts."""

import math
from collections.abc import Sequence
from dataclasses import replace

from movie_assets.dqdl.language.nodes import Analyzer
from movie_assets.dqdl.rules.forecast import predict
from movie_assets.dqdl.rules.plan import Judge, Judgement, Observation, Plan, Subject, Verdict
from movie_assets.dqdl.rules.rule_type import ParameterSpec, RuleType, declared, rule_type
from movie_assets.dqdl.sql.columns import Column

ELIGIBLE = (
    "RowCount",
    "ColumnCount",
    "Completeness",
    "Uniqueness",
    "UniqueValueRatio",
    "DistinctValuesCount",
    "Mean",
    "Sum",
    "StandardDeviation",
    "Entropy",
    "ColumnLength",
    "ColumnValues",
    "ColumnCorrelation",
    "CustomSQL",
)
"""The names DetectAnomalies takes, as it spells them."""

_ENDS = {"Minimum": ">=", "MinimumLength": ">=", "Maximum": "<=", "MaximumLength": "<="}
_TYPE_OF = {"Minimum": "ColumnValues", "Maximum": "ColumnValues"}
_TYPE_OF |= {"MinimumLength": "ColumnLength", "MaximumLength": "ColumnLength", "CustomSQL": "CustomSql"}


@rule_type(
    "DetectAnomalies",
    ParameterSpec("MetricParameter", repeated=True, always_numbered=True),
    glue="A model that is not public, from three values on.",
    open_engine="Not there.",
    ours="A robust line with weekdays; see forecast.py. Too little history passes.",
)
def detect_anomalies(subject: Subject) -> Plan:
    """Whether each metric of the named rule type lies within the bounds its earlier values predict.

    With fewer than three earlier values, or nothing to measure, it passes. ``forecast.predict`` says how.
    """
    name, *parameters = subject.rule.parameters
    if name.value not in ELIGIBLE:
        return Plan(refusal=f"DetectAnomalies does not know {name.value}; it takes {', '.join(ELIGIBLE)}")
    named = declared()[_TYPE_OF.get(name.value, name.value)]
    measured = replace(subject, rule=Analyzer(named.name, tuple(parameters)), type=named)
    most = named.most_parameters()
    if len(parameters) < named.least_parameters() or (most is not None and len(parameters) > most):
        return Plan(refusal=f'DetectAnomalies "{name.value}" takes the parameters of {named.name}')
    columns: list[Column] = []
    for parameter in parameters if _takes_columns(named) else ():
        column = subject.schema.find(parameter.value)
        if column is None:
            return Plan(refusal=f"Input data does not include column {parameter.value}!")
        columns.append(column)
    plan = named.plan(replace(measured, columns=tuple(columns)))
    return plan if plan.refusal else Plan(plan.metrics, _judge(tuple(plan.metrics), measured), hidden=plan.hidden)


def observe(metric: str, actual: float, earlier: Sequence[float], parameters: Sequence[str] = ()) -> Observation | None:
    """What is odd about a metric's value given its earlier ones, most recent first; None where nothing is.

    ``parameters`` are those of the rule type, as written, for the suggested rules of metrics that name no column.
    """
    if not math.isfinite(actual):
        return None
    forecast = predict([value for value in reversed(earlier) if math.isfinite(value)], share=_is_share(metric))
    if forecast is None or forecast.lower <= actual <= forecast.upper:
        return None
    side = "above" if actual > forecast.upper else "below"
    bounds = f"{_text(forecast.lower)} to {_text(forecast.upper)}"
    return Observation(
        metric,
        actual,
        forecast.expected,
        forecast.lower,
        forecast.upper,
        f"{metric} is {_text(actual)}, {side} the predicted {bounds} (expected {_text(forecast.expected)})",
        _suggested(metric, forecast.lower, forecast.upper, parameters),
    )


def _judge(metrics: tuple[str, ...], measured: Subject) -> Judge:
    parameters = [str(parameter) for parameter in measured.rule.parameters]

    def judge(judgement: Judgement) -> Verdict:
        found: list[Observation] = []
        for metric in metrics:
            actual = judgement.values[metric]
            if actual is None or math.isnan(actual):
                continue
            observation = observe(metric, float(actual), judgement.history.get(metric, ()), parameters)
            if observation is not None:
                found.append(observation)
        reason = "\n".join(observation.description for observation in found) or None
        return Verdict(not found, reason, observations=tuple(found))

    return judge


def _takes_columns(named: RuleType) -> bool:
    return any(spec.kind == "column" for spec in named.parameters)


def _is_share(metric: str) -> bool:
    return metric.rpartition(".")[2] in ("Completeness", "Uniqueness", "UniqueValueRatio")


def _suggested(metric: str, lower: float, upper: float, parameters: Sequence[str]) -> tuple[str, ...]:
    """A rule that would catch the value; none for a metric that is no rule type's."""
    scope, _, rest = metric.partition(".")
    of, _, name = rest.rpartition(".")
    named = _TYPE_OF.get(name, name)
    if named not in declared():
        return ()
    if scope != "Dataset":
        parameters = [f'"{column}"' for column in (of.split(",") if scope == "Multicolumn" else [of])]
    rule = " ".join([named, *parameters])
    if name in _ENDS:
        return (f"{rule} {_ENDS[name]} {_text(lower if _ENDS[name] == '>=' else upper)}",)
    return (f"{rule} between {_text(lower)} and {_text(upper)}",)


def _text(value: float) -> str:
    """A number as DQDL writes it: no exponent, six significant decimals at most."""
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
