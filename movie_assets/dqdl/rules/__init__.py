"""Every rule type, one family a file; importing this package declares them all."""

from collections.abc import Mapping

from movie_assets.dqdl.rules import (  # noqa: F401  (importing a family declares its rule types)
    completeness,
    lengths,
    shape,
    statistics,
    uniqueness,
    values,
)
from movie_assets.dqdl.rules.rule_type import RuleType, declared

RULE_TYPES: Mapping[str, RuleType] = declared()
