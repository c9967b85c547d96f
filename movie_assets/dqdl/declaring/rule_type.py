"""What a rule type is: one declaration that the validator, the evaluator, the docs and the hints all read."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from movie_assets.dqdl.declaring.plan import Plan, Subject
from movie_assets.dqdl.language.nodes import Analyzer, ConditionKind, Operator, Rule

ParameterKind = Literal["column", "sql", "regex", "alias", "text", "path"]
RowLevel = Literal["yes", "no", "skip"]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One parameter: ``name`` as Glue's parsed model calls it; a repeated one is numbered when there are several."""

    name: str
    kind: ParameterKind = "text"
    optional: bool = False
    repeated: bool = False
    always_numbered: bool = False

    def __str__(self) -> str:
        """The parameter as a signature shows it: ``name``, ``name...`` or ``[name]``."""
        name = f"{self.name}..." if self.repeated else self.name
        return f"[{name}]" if self.optional else name


@dataclass(frozen=True, slots=True)
class RuleType:
    """A rule type, declared once.

    ``conditions`` are the kinds it takes (none: a boolean type); ``operators`` limits them where the type takes only
    some. ``row_level``: ``yes`` rows pass or fail, ``skip`` rows land in Skip, ``no`` the rule is about files.
    ``in_rows`` says whether it can stand in a composite that is judged row by row; ``days_back`` is how many earlier
    days it looks at, whatever its condition says.
    """

    name: str
    plan: Callable[[Subject], Plan]
    parameters: tuple[ParameterSpec, ...] = ()
    conditions: frozenset[ConditionKind] = frozenset()
    condition_optional: bool = False
    operators: frozenset[Operator] | None = None
    where: bool = False
    threshold: bool = False
    tags: frozenset[str] = frozenset()
    rule: bool = True
    analyzer: bool = False
    dynamic: bool = False
    row_level: RowLevel = "skip"
    in_rows: bool = True
    days_back: int = 0
    glue: str = ""
    open_engine: str = ""
    ours: str = ""

    @property
    def doc(self) -> str:
        """The docstring that defines the metric."""
        return inspect.getdoc(self.plan) or ""

    def judges_rows(self, rule: Rule | Analyzer) -> bool:
        """Whether rows pass or fail; a type whose condition is optional judges them only without one (CustomSql)."""
        conditional = isinstance(rule, Rule) and rule.condition is not None
        return self.row_level == "yes" and not (self.condition_optional and conditional)

    def least_parameters(self) -> int:
        return sum(not spec.optional for spec in self.parameters)

    def most_parameters(self) -> int | None:
        """None where the last parameter may be repeated without bound."""
        return None if any(spec.repeated for spec in self.parameters) else len(self.parameters)

    def parameter_names(self, count: int) -> tuple[str, ...]:
        """The model names of ``count`` parameters, repeated ones numbered from 1."""
        names: list[str] = []
        for spec in self.parameters:
            if not spec.repeated:
                names.append(spec.name)
                continue
            rest = count - len(names)
            numbered = rest > 1 or spec.always_numbered
            names.extend(f"{spec.name}{index + 1}" if numbered else spec.name for index in range(rest))
        return tuple(names[:count])


_declared: dict[str, RuleType] = {}


def rule_type(
    name: str,
    *parameters: ParameterSpec,
    condition: ConditionKind | tuple[ConditionKind, ...] = (),
    condition_optional: bool = False,
    operators: tuple[Operator, ...] | None = None,
    where: bool = False,
    threshold: bool = False,
    tags: tuple[str, ...] = (),
    rule: bool = True,
    analyzer: bool = False,
    dynamic: bool = False,
    row_level: RowLevel = "skip",
    in_rows: bool = True,
    days_back: int = 0,
    glue: str = "",
    open_engine: str = "",
    ours: str = "",
) -> Callable[[Callable[[Subject], Plan]], Callable[[Subject], Plan]]:
    """Declare a rule type; the decorated function plans how it is measured, and its docstring defines the metric."""

    def declare(plan: Callable[[Subject], Plan]) -> Callable[[Subject], Plan]:
        _declared[name] = RuleType(
            name=name,
            plan=plan,
            parameters=parameters,
            conditions=frozenset((condition,) if isinstance(condition, str) else condition),
            condition_optional=condition_optional,
            operators=frozenset(operators) if operators else None,
            where=where,
            threshold=threshold,
            tags=frozenset(tags),
            rule=rule,
            analyzer=analyzer,
            dynamic=dynamic,
            row_level=row_level,
            in_rows=in_rows,
            days_back=days_back,
            glue=glue,
            open_engine=open_engine,
            ours=ours,
        )
        return plan

    return declare


def declared() -> Mapping[str, RuleType]:
    """Every rule type declared so far, by name, in the order of declaration."""
    return _declared


COLUMN = ParameterSpec("TargetColumn", "column")
COLUMNS = ParameterSpec("TargetColumn", "column", repeated=True)
