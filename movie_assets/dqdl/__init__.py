"""DQDL, the language of AWS Glue Data Quality: parse a ruleset, evaluate it on a table."""

from movie_assets.dqdl.errors import DQDLError, DQDLSyntaxError, EvaluationError, InvalidRulesetError
from movie_assets.dqdl.evaluation.evaluate import evaluate
from movie_assets.dqdl.evaluation.outcomes import RuleOutcome
from movie_assets.dqdl.evaluation.result import EvaluationResult
from movie_assets.dqdl.language.nodes import Rule, Ruleset


def parse(text: str) -> Ruleset:
    """Parse and validate a DQDL text.

    Raises: DQDLSyntaxError, if the text is not DQDL; InvalidRulesetError, with every invalid rule.
    """
    from movie_assets.dqdl.checking.validation import validate
    from movie_assets.dqdl.language.parser import parse_document
    from movie_assets.dqdl.rules import RULE_TYPES

    return validate(parse_document(text), RULE_TYPES)


__all__ = [
    "DQDLError",
    "DQDLSyntaxError",
    "EvaluationError",
    "EvaluationResult",
    "InvalidRulesetError",
    "Rule",
    "RuleOutcome",
    "Ruleset",
    "evaluate",
    "parse",
]
