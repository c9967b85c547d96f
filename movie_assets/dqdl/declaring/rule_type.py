"""What a rule type is: one declaration that the validator, the evaluator, the docs and the hints all read."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from movie_assets.dqdl.declaring.plan import Plan, Subject
from movie_assets.dqdl.language.nodes import Analyzer, ConditionKind, Operator, Rule

ParameterKind = Literal["column", "sql", "regex", "alias", "text", "path"]
RowLevel = Literal["yes", "no", "skip"]
Planner = Callable[[Subject], Plan]

_declared: dict[str, "RuleType"] = {}


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


def _unplanned(_: Subject) -> Plan:
    """The plan of a type before it has decorated one; it is declared only with its own."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RuleType:
    """A rule type, declared once, as the decorator of the function that plans it.

    ``conditions`` are the kinds it takes (none: a boolean type); ``operators`` limits them where the type takes only
    some. ``row_level``: ``yes`` rows pass or fail, ``skip`` rows land in Skip, ``no`` the rule is about files.
    ``in_rows`` says whether it can stand in a composite that is judged row by row; ``days_back`` is how many earlier
    days it looks at, whatever its condition says.
    """

    name: str
    parameters: tuple[ParameterSpec, ...] = ()
    conditions: tuple[ConditionKind, ...] = ()
    condition_optional: bool = False
    operators: tuple[Operator, ...] | None = None
    where: bool = False
    threshold: bool = False
    tags: tuple[str, ...] = ()
    rule: bool = True
    analyzer: bool = False
    dynamic: bool = False
    row_level: RowLevel = "skip"
    in_rows: bool = True
    days_back: int = 0
    glue: str = ""
    open_engine: str = ""
    ours: str = ""
    plan: Planner = _unplanned

    def __call__(self, plan: Planner) -> Planner:
        """Declare the type; the decorated function plans how it is measured, and its docstring defines the metric."""
        _declared[self.name] = replace(self, plan=plan)
        return plan

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


def declared() -> Mapping[str, RuleType]:
    """Every rule type declared so far, by name, in the order of declaration."""
    return _declared


COLUMN = ParameterSpec("TargetColumn", "column")
COLUMNS = ParameterSpec("TargetColumn", "column", repeated=True)
