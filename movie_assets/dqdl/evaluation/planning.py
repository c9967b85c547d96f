"""Plans rules: resolves columns, translates ``where``, and refuses rules before anything is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from movie_assets.dqdl.declaring.plan import JUDGED, ROW_ID, ConditionError, Options, Plan, RowTest, Subject
from movie_assets.dqdl.declaring.rule_type import RuleType
from movie_assets.dqdl.engines.base import Engine, EngineError
from movie_assets.dqdl.language.nodes import Analyzer, Rule
from movie_assets.dqdl.rules import RULE_TYPES
from movie_assets.dqdl.sql.columns import Column, Schema
from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.dqdl.sql.spark import predicate

NO_ROW = RowTest("FALSE")
"""The row test of a rule that can't be evaluated: no row passes."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule or analyzer with its plan; ``plan.row`` exists exactly if the rule judges rows."""

    subject: Subject
    plan: Plan

    def refused(self, reason: str) -> "Planned":
        """The same rule, Failed for a reason found later."""
        subject = replace(self.subject, where=None)  # the row test may be what fails
        return Planned(subject, _refusal(reason, self.plan.row is not None))


class Planner:
    """Plans rules against one schema."""

    def __init__(self, engine: Engine, schema: Schema, references: Mapping[str, Schema], options: Options) -> None:
        self._engine = engine
        self._references = references
        self._options = options
        self._schema = Schema(column for column in schema.columns if column.name != ROW_ID)

    def plan(self, rule: Rule | Analyzer) -> Planned:
        """The plan of a rule; if it can't be planned, a plan with a refusal."""
        rule_type = RULE_TYPES[rule.type]
        subject = Subject(
            rule, self._schema, self._references, self._options, describe=self._describe, query=self._query
        )
        judges_rows = rule_type.judges_rows(rule)
        columns: list[Column] = []
        for value in _column_names(rule, rule_type):
            column = self._schema.find(value)
            if column is None:
                return Planned(subject, _refusal(f"Input data does not include column {value}!", judges_rows))
            columns.append(column)
        try:
            with self._engine.one_rule():
                subject = replace(subject, columns=tuple(columns), where=self._where(rule))
                plan = rule_type.plan(subject)
        except (ConditionError, SqlRefusedError) as error:
            return Planned(subject, _refusal(str(error), judges_rows))
        if plan.refusal is not None:
            return Planned(subject, _refusal(plan.refusal, judges_rows))
        return Planned(subject, plan)

    def _where(self, rule: Rule | Analyzer) -> str | None:
        """The rule's ``where`` in the engine's SQL, bound once so that an invalid one fails only its own rule."""
        if not isinstance(rule, Rule) or rule.where is None:
            return None
        try:
            where = predicate(rule.where, self._schema, self._options.now)
            self._engine.row(f"SELECT count(*) FROM (SELECT 1 FROM {JUDGED} WHERE {where} LIMIT 0)")
        except (SqlRefusedError, EngineError) as error:
            raise ConditionError(f"Rule {rule} has provided an invalid where clause : {error}") from error
        return where

    def _describe(self, sql: str) -> Schema:
        try:
            return self._engine.describe(sql)
        except EngineError as error:
            raise ConditionError(str(error)) from error

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self._engine.rows(sql)
        except EngineError as error:
            raise ConditionError(str(error)) from error


def _column_names(rule: Rule | Analyzer, rule_type: RuleType) -> list[str]:
    names: list[str] = []
    for index, parameter in enumerate(rule.parameters):
        spec = rule_type.parameters[min(index, len(rule_type.parameters) - 1)]
        if spec.kind == "column":
            names.append(parameter.value)
    return names


def _refusal(reason: str, judges_rows: bool) -> Plan:
    return Plan(refusal=reason, row=NO_ROW if judges_rows else None)
