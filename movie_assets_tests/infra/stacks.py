"""The template as text, and what its tests have in common."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from movie_assets_tests.support.stack import TEMPLATE

ROOT = TEMPLATE.parents[1]
DETAIL_TYPE = "Data Quality Evaluation Results Available"
DETAIL = {
    "resultId": "dqresult-1",
    "context": {"contextType": "GLUE_JOB", "jobName": "movies_day", "evaluationContext": "2024-03-24"},
    "rulesetNames": ["imdb_movies_rating"],
    "state": "FAILED",
    "score": 0.75,
    "numRulesSucceeded": 3,
    "numRulesFailed": 1,
    "numRulesSkipped": 0,
}

EVENT = {"Source": "movie_assets", "DetailType": DETAIL_TYPE, "Detail": json.dumps(DETAIL)}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms as their long ones."""


def _intrinsic(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", _intrinsic)

TEXT: dict[str, dict[str, Any]] = yaml.load(TEMPLATE.read_text(), Loader)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])
