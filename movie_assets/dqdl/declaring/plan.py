"""The vocabulary of declarations: how a rule type is measured and judged.

A plan names *measures* (SQL aggregates the evaluator computes together), an optional *row test* (a boolean SQL
expression), and a *judge* that turns the measured values into a verdict. Declarations never touch a connection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from movie_assets.dqdl.declaring.file_source import FileSource
from movie_assets.dqdl.language.nodes import Analyzer, Condition, Rule
from movie_assets.dqdl.sql.columns import Column, Schema

NullPolicy: TypeAlias = Literal["fail", "ignore"]
CompositeMethod: TypeAlias = Literal["column", "row"]
FilteredRows: TypeAlias = Literal["passed", "skipped"]
Value: TypeAlias = float | int | None

ROW_ID = "__row_id"
"""The column of the judged relation that numbers its rows from 0."""

JUDGED = "__judged"
"""The relation that row tests and scans run over: the judged table's columns and the row id."""

PRIMARY = "primary"
"""The name of the judged table in a CustomSql statement."""

PASS, FAIL, SKIP, RESULT = (
    "DataQualityRulesPass",
    "DataQualityRulesFail",
    "DataQualityRulesSkip",
    "DataQualityEvaluationResult",
)
"""Glue's four row-level columns, in its order."""


@dataclass(frozen=True, slots=True)
class Scan:
    """An aggregate over the judged rows; all scans of a ruleset share one pass."""

    sql: str


@dataclass(frozen=True, slots=True)
class Keys:
    """How often each combination of some columns occurs among the rows that match ``where``."""

    columns: tuple[str, ...]
    where: str | None = None


@dataclass(frozen=True, slots=True)
class OverKeys:
    """An expression over one row of key statistics.

    ``rows`` rows counted, ``null_rows`` of them with every key column null, ``singles`` keys that occur once,
    ``groups`` distinct keys (both without the all-null key), ``spread`` the sum of c·ln(c) over the keys.
    """

    sql: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole query of one row and one number."""

    sql: str


Measure: TypeAlias = Scan | OverKeys | Statement


@dataclass(frozen=True, slots=True)
class RowTest:
    """When a row passes: a boolean SQL expression (null counts as not passing).

    ``counted`` leaves rows out of the compliance (None: every row that matches ``where``). If ``unique`` names keys,
    a row with a repeated key fails too.
    """

    passes: str
    counted: str | None = None
    unique: Keys | None = None


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows that match ``where``, and how many of those that count fail."""

    counted: int
    failed: int

    @property
    def compliance(self) -> float | None:
        return (self.counted - self.failed) / self.counted if self.counted else None


@dataclass(frozen=True, slots=True)
class Observation:
    """A metric outside the bounds that its history predicts, and rules that would catch it."""

    metric: str
    actual: float
    expected: float
    lower: float
    upper: float
    description: str
    suggested_rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed or failed, with Glue's message as the reason; ``metrics`` adds to the measured ones."""

    passed: bool
    reason: str | None = None
    metrics: Mapping[str, Value] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()


class ConditionError(Exception):
    """A condition that can't be resolved, for instance a list of earlier values instead of a number."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of an evaluation: those of Glue's that we support, and the clock."""

    nulls: NullPolicy = "fail"
    composite: CompositeMethod = "column"
    filtered_rows: FilteredRows = "passed"
    rule_labels: bool = False
    now: datetime | None = None
    files: FileSource | None = None


def _undescribed(sql: str) -> Schema:
    raise ConditionError(f"without an engine the columns of a query aren't known: {sql}")


def _unasked(sql: str) -> list[tuple[Any, ...]]:
    raise ConditionError(f"without an engine there is nobody to ask: {sql}")


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule (or analyzer) about to be planned: its columns resolved, its ``where`` as SQL of the engine.

    ``describe`` gives the columns of a query without running it, ``query`` its rows (for what a plan depends on, such
    as the edges of bins); both raise ConditionError with the engine's message.
    """

    rule: Rule | Analyzer
    schema: Schema
    references: Mapping[str, Schema]
    options: Options
    columns: tuple[Column, ...] = ()
    where: str | None = None
    describe: Callable[[str], Schema] = _undescribed
    query: Callable[[str], list[tuple[Any, ...]]] = _unasked

    @property
    def column(self) -> Column:
        return self.columns[0]

    @property
    def condition(self) -> Condition | None:
        return self.rule.condition if isinstance(self.rule, Rule) else None

    @property
    def threshold(self) -> Condition | None:
        return self.rule.threshold if isinstance(self.rule, Rule) else None

    def parameter(self, index: int) -> str:
        return self.rule.parameters[index].value

    def key(self, metric: str) -> str:
        """Glue's name of a metric of this rule's columns."""
        names = [parameter.value for parameter in self.rule.parameters]
        if not self.columns:
            return f"Dataset.*.{metric}"
        if len(self.columns) == 1:
            return f"Column.{names[0]}.{metric}"
        return f"Multicolumn.{','.join(names[: len(self.columns)])}.{metric}"

    def aggregate(self, sql: str, only: str | None = None) -> str:
        """An aggregate restricted to the rows that match ``where`` (and ``only``)."""
        predicates = [f"({predicate})" for predicate in (self.where, only) if predicate]
        return f"{sql} FILTER (WHERE {' AND '.join(predicates)})" if predicates else sql

    def keys(self) -> Keys:
        return Keys(tuple(column.sql for column in self.columns), self.where)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The input of a judge: the value a condition compares, measured values by metric key, row counts if the plan has a
    row test, resolved conditions.
    """

    subject: Subject
    value: Value
    values: Mapping[str, Value]
    rows: RowCounts | None
    table_rows: int
    condition: "Resolved | None"
    threshold: "Resolved | None"
    history: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A condition whose operands are plain values: floats, strings, dates, hours, bytes; None stands for NULL.

    ``evaluated`` is the condition as written, with numbers instead of expressions.
    """

    operator: str
    operands: tuple[object, ...]
    evaluated: Condition


Judge: TypeAlias = Callable[[Judgement], Verdict]


@dataclass(frozen=True, slots=True)
class Plan:
    """How one rule is measured and judged.

    ``hidden`` measures serve the judge only and are not reported. ``compliance`` is the key of a threshold's
    earlier values, if it is not the type's own. With a ``refusal`` the rule is Failed with that reason, and so is every
    row if the type judges rows.
    """

    metrics: Mapping[str, Measure] = field(default_factory=dict)
    judge: Judge | None = None
    row: RowTest | None = None
    hidden: Mapping[str, Measure] = field(default_factory=dict)
    compliance: str | None = None
    refusal: str | None = None

    @property
    def compared(self) -> str | None:
        """The metric that a condition compares and ``last()`` looks up: the only one."""
        return next(iter(self.metrics)) if len(self.metrics) == 1 else None
