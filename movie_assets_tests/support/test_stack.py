"""The template and its outputs on the local AWS."""

from pathlib import Path

import pytest

from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.process import ServerError
from movie_assets_tests.support.stack import deploy_template

TEMPLATE = """
Resources:
  Lake:
    Type: AWS::S3::Bucket
  Alerts:
    Type: AWS::SNS::Topic
Outputs:
  LakeUrl: {Description: MOVIES_LAKE, Value: !Sub "s3://${Lake}/movies"}
  Topic: {Description: The topic., Value: !Ref Alerts}
"""


def test_outputs_that_are_settings(ministack: Ministack, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    stack = deploy_template(ministack, "with-outputs", tmp_path / "template.yaml")
    assert stack.outputs["Topic"].startswith("arn:aws:sns:us-east-1:")
    assert list(stack.settings) == ["MOVIES_LAKE"]


def test_a_template_that_fails_names_the_resource(ministack: Ministack, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    table = "{Type: AWS::Glue::Table, Properties: {DatabaseName: none, CatalogId: '0', TableInput: {Name: t}}}"
    broken.write_text(f"Resources: {{Days: {table}}}")
    with pytest.raises(ServerError, match=r"The stack broken is ROLLBACK_COMPLETE.*Days: .*Database none not found"):
        deploy_template(ministack, "broken", broken)
