"""Every rule type, one family a file; importing this package declares them all."""

from collections.abc import Mapping

from movie_assets.dqdl.declaring.rule_type import RuleType, declared
from movie_assets.dqdl.rules import (  # noqa: F401  (importing a family declares its rule types)
    analyzers,
    anomalies,
    completeness,
    custom_sql,
    datatypes,
    files,
    freshness,
    lengths,
    references,
    shape,
    statistics,
    uniqueness,
    values,
)

RULE_TYPES: Mapping[str, RuleType] = declared()
