import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import redshift_connector

from movie_assets_tests.support.aws_local import deploy
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.process import ServerError

PROJECT = Path(__file__).parents[2]
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


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


@pytest.fixture
def exported(template: Path) -> Iterator[dict[str, str]]:
    """What the program prints to export, while it runs."""
    command = [sys.executable, "-m", "movie_assets_tests.support.aws_local", "--template", str(template)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as program:
        assert program.stdout is not None
        found = {}
        for line in program.stdout:
            if line.startswith("#"):
                break
            name, _, value = line.removeprefix("export ").rstrip().partition("=")
            found[name] = value
        yield found
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(found["AWS_ENDPOINT_URL"], timeout=1)


def test_the_program_prints_an_environment_that_works(
    exported: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in exported.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    lake = exported["MOVIES_LAKE"]
    assert lake.endswith("/movies")
    boto3.client("s3").put_object(Bucket=lake.split("/")[2], Key="movies/x", Body=b"x")
    host, _, port = exported["MOVIES_WAREHOUSE"].split("/")[2].partition(":")
    connection = redshift_connector.connect(
        host=host,
        port=int(port),
        database=exported["MOVIES_WAREHOUSE"].split("/")[3],
        user=exported["MOVIES_REDSHIFT_USER"],
        password=exported["MOVIES_REDSHIFT_PASSWORD"],
        ssl=False,
    )
    cursor = connection.cursor()
    cursor.execute("SELECT current_user")
    assert cursor.fetchone() == [exported["MOVIES_REDSHIFT_USER"]]
    connection.close()


def test_outputs_that_are_settings(ministack: Ministack, template: Path) -> None:
    stack = deploy(ministack.client("cloudformation"), template, "with-outputs")
    assert stack.outputs["Topic"].startswith("arn:aws:sns:us-east-1:")
    assert list(stack.variables) == ["MOVIES_LAKE"]


def test_a_template_that_fails_names_the_resource(ministack: Ministack, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    table = "{Type: AWS::Glue::Table, Properties: {DatabaseName: none, CatalogId: '0', TableInput: {Name: t}}}"
    broken.write_text(f"Resources: {{Days: {table}}}")
    with pytest.raises(ServerError, match=r"The stack broken is ROLLBACK_COMPLETE.*Days: .*Database none not found"):
        deploy(ministack.client("cloudformation"), broken, "broken")
