"""DetectAnomalies: a metric against the prediction from its history."""

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from movie_assets.dqdl.declaring.forecast import Forecast, predict
from movie_assets.dqdl.declaring.plan import Judge, Judgement, Observation, Plan, Subject, Verdict
from movie_assets.dqdl.declaring.rule_type import ParameterSpec, RuleType, declared
from movie_assets.dqdl.language.escapes import quoted
from movie_assets.dqdl.language.nodes import Analyzer, Rule
from movie_assets.dqdl.language.operands import LONGEST_NUMBER
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


@RuleType(
    "DetectAnomalies",
    (ParameterSpec("MetricParameter", repeated=True, always_numbered=True),),
    days_back=90,
    glue="A model that is not public, from three values on.",
    open_engine="Not there.",
    ours="A robust line with weekdays; see forecast.py. Too little history passes.",
)
def detect_anomalies(subject: Subject) -> Plan:
    """Whether each metric of the named rule type is within the bounds that its earlier values predict.

    With fewer than three earlier values, or nothing to measure, it passes. ``forecast.predict`` says how.
    """
    name, *parameters = subject.rule.parameters
    if name.value not in ELIGIBLE:
        return Plan(refusal=f"DetectAnomalies does not know {name.value}; it takes {', '.join(ELIGIBLE)}")
    named = declared()[_TYPE_OF.get(name.value, name.value)]
    measured = replace(subject, rule=Analyzer(named.name, tuple(parameters)))
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


def observe(metric: str, actual: float, earlier: Sequence[float], measured: Rule | Analyzer) -> Observation | None:
    """The anomaly of a metric's value given its earlier ones, most recent first; None if there is none.

    ``measured`` is what asked for the metric: suggested rules speak of the same columns.
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
        _suggested(metric, actual, forecast, measured),
    )


def _judge(metrics: tuple[str, ...], measured: Subject) -> Judge:
    def judge(judgement: Judgement) -> Verdict:
        found: list[Observation] = []
        for metric in metrics:
            actual = judgement.values[metric]
            if actual is None or math.isnan(actual):
                continue
            observation = observe(metric, float(actual), judgement.history.get(metric, ()), measured.rule)
            if observation is not None:
                found.append(observation)
        reason = "\n".join(observation.description for observation in found) or None
        return Verdict(not found, reason, observations=tuple(found))

    return judge


def _takes_columns(named: RuleType) -> bool:
    return any(spec.kind == "column" for spec in named.parameters)


def _is_share(metric: str) -> bool:
    return metric.rpartition(".")[2] in ("Completeness", "Uniqueness", "UniqueValueRatio")


def _suggested(metric: str, actual: float, forecast: Forecast, measured: Rule | Analyzer) -> tuple[str, ...]:
    """A rule that passes what was expected and fails the value; none for a metric that no rule type compares."""
    scope, _, rest = metric.partition(".")
    of, _, name = rest.rpartition(".")
    named = declared().get(_TYPE_OF.get(name, name))
    if named is None or measured.type == "Distribution":
        return ()
    parameters = [f'"{parameter.value}"' for parameter in measured.parameters]
    if measured.type == "AllStatistics":  # it measures what other types do, of the table and of one column or of all
        parameters = [quoted(of)] if scope == "Column" else []
    expected = min(max(forecast.expected, forecast.lower), forecast.upper)
    low, middle, high = (_text(value) for value in (forecast.lower, expected, forecast.upper))
    if any(len(text) > LONGEST_NUMBER or not text[-1].isdigit() for text in (low, high)):
        return ()
    side = _ENDS.get(name, ">=" if actual < forecast.lower else "<=")
    if low == high:
        condition = f"= {low}"
    elif name in _ENDS or middle in (low, high):  # the ends of between don't pass
        condition = f"{side} {low if side == '>=' else high}"
    else:
        condition = f"between {low} and {high}"
    return (" ".join([named.name, *parameters, condition]),)


def _text(value: float) -> str:
    """A number as DQDL writes it, without exponent, to twelve digits; what is not finite is no number of DQDL's."""
    written = format(Decimal(f"{value:.12g}"), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
