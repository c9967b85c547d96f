"""The one metrics pass: every aggregate of every rule in one scan, then keys and whole statements."""

from collections.abc import Iterable, Mapping, Sequence

from movie_assets.dqdl.declaring.plan import JUDGED, Measure, OverKeys, Scan, Statement, Value
from movie_assets.dqdl.engines.base import Engine, EngineError
from movie_assets.dqdl.evaluation.planning import Planned

COUNT = Scan("count(*)")


def matching(planned: Planned) -> Scan:
    """The number of rows that match the rule's ``where``."""
    return Scan(planned.subject.aggregate("count(*)"))


def counted(planned: Planned) -> Scan:
    """The number of rows that count in the compliance of the rule's row test."""
    row = planned.plan.row
    return Scan(planned.subject.aggregate("count(*)", row.counted if row else None))


def measures_of(planned: Planned) -> list[Measure]:
    """Everything to measure before the rule can be judged."""
    plan = planned.plan
    if plan.refusal is not None:
        return []
    found: list[Measure] = [*plan.metrics.values(), *plan.hidden.values(), matching(planned)]
    if plan.row is not None:
        found.append(counted(planned))
    return found


class Measurements:
    """Measures by value, each taken once however many rules need it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._values: dict[Measure, Value] = {}

    def __getitem__(self, measure: Measure) -> Value:
        return self._values[measure]

    def take(self, rules: Sequence[Planned]) -> list[Planned]:
        """Take the measures of the rules; a rule whose SQL fails on the data comes back refused, others go on."""
        scans = dict.fromkeys(m for rule in rules for m in measures_of(rule) if isinstance(m, Scan))
        try:
            with self._engine.one_rule():
                self._scan([COUNT, *scans])
        except EngineError:  # some rule's SQL fails on this data or takes too long: scan rule by rule
            self._scan([COUNT])
        return [self._take_rule(rule) for rule in rules]

    def _take_rule(self, rule: Planned) -> Planned:
        """Take the measures that are still missing, and count the keys a row test needs."""
        try:
            with self._engine.one_rule():
                self._scan(measures_of(rule))
                for measure in measures_of(rule):
                    if not isinstance(measure, Scan) and measure not in self._values:
                        self._values[measure] = _value(self._take(measure))
                if rule.plan.row is not None and rule.plan.row.unique is not None:
                    self._engine.occurs_again(rule.plan.row.unique)
        except EngineError as error:
            return rule.refused(str(error))
        return rule

    def _take(self, measure: OverKeys | Statement) -> object:
        if isinstance(measure, Statement):
            return self._engine.row(measure.sql)[0]
        return self._engine.over_keys(measure.keys, measure.sql)

    def _scan(self, scans: Iterable[Measure]) -> None:
        wanted = [scan for scan in dict.fromkeys(scans) if isinstance(scan, Scan) and scan not in self._values]
        if wanted:
            values = self._engine.aggregates([scan.sql for scan in wanted], JUDGED)
            self._values.update(zip(wanted, map(_value, values), strict=True))


def _value(found: object) -> Value:
    if found is None or isinstance(found, (int, float)):
        return found
    return float(str(found))


def values_of(planned: Planned, measurements: Measurements) -> Mapping[str, Value]:
    """The rule's reported metrics, then its hidden measures, by key."""
    plan = planned.plan
    return {key: measurements[measure] for key, measure in (*plan.metrics.items(), *plan.hidden.items())}
