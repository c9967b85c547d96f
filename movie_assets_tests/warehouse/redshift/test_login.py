"""As whom: each way to log in against a server that asks for the password; and no password where it can be read."""

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from movie_assets.errors import LoadError, SettingsError
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.settings import settings
from movie_assets.warehouse import configured_warehouse
from movie_assets.warehouse.redshift.login import ClusterLogin, Login, PasswordLogin, SecretLogin, WorkgroupLogin
from movie_assets.warehouse.redshift.warehouse import RedshiftWarehouse
from movie_assets_tests.support.accepted import films
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.redshift import RedshiftStandIn
from movie_assets_tests.support.redshift.credentials import CredentialsApi
from movie_assets_tests.support.warehouses import emptied, on_redshift
from movie_assets_tests.warehouse.test_contract import load, titles

Environment = dict[str, str]


@pytest.fixture
def credentials_api(
    redshift: RedshiftStandIn, aws_environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CredentialsApi]:
    with CredentialsApi(redshift.user, redshift.password) as api:
        for name, value in api.environment().items():
            monkeypatch.setenv(name, value)
        yield api


def as_(redshift: RedshiftStandIn, login: Login) -> RedshiftWarehouse:
    return on_redshift(emptied(redshift), login=login)


def test_the_settings_are_enough(
    redshift: RedshiftStandIn, aws_environment: Environment, bucket: str, lake: S3Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied(redshift)
    monkeypatch.setenv("MOVIES_LAKE", f"s3://{bucket}/movies")
    monkeypatch.setenv("MOVIES_WAREHOUSE", f"redshift://{redshift.host}:{redshift.port}/{redshift.database}")
    monkeypatch.setenv("MOVIES_REDSHIFT_USER", redshift.user)
    monkeypatch.setenv("MOVIES_REDSHIFT_PASSWORD", redshift.password)
    warehouse = configured_warehouse(settings(), FEED)
    load(warehouse, lake, films(2))
    assert titles(warehouse) == ["Film 0", "Film 1"]


@pytest.mark.parametrize("by", ["name", "ARN"])
def test_a_secret(redshift: RedshiftStandIn, ministack: Ministack, aws_environment: Environment, by: str) -> None:
    login = {"username": redshift.user, "password": redshift.password, "engine": "redshift"}
    made = ministack.client("secretsmanager").create_secret(Name=f"movies-{by}", SecretString=json.dumps(login))
    secret = SecretLogin(made["ARN"] if by == "ARN" else f"movies-{by}")
    assert as_(redshift, secret).loaded() == {}


@leaves_sockets
def test_a_secret_that_was_rotated(
    redshift: RedshiftStandIn, ministack: Ministack, aws_environment: Environment
) -> None:
    client = ministack.client("secretsmanager")
    wrong = json.dumps({"username": redshift.user, "password": "of yesterday"})
    client.create_secret(Name="rotated", SecretString=wrong)
    warehouse = as_(redshift, SecretLogin("rotated"))
    with pytest.raises(LoadError, match="password authentication failed"):
        warehouse.loaded()
    right = json.dumps({"username": redshift.user, "password": redshift.password})
    client.put_secret_value(SecretId="rotated", SecretString=right)
    assert warehouse.loaded() == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [("planted", "no JSON"), ('["planted"]', "a list"), ('{"username": "planted"}', "half of it")],
    ids=lambda value: value if " " in value else "",
)
def test_a_secret_of_another_kind(
    redshift: RedshiftStandIn, ministack: Ministack, aws_environment: Environment, text: str, what: str
) -> None:
    ministack.client("secretsmanager").create_secret(Name=f"odd {what}".replace(" ", "-"), SecretString=text)
    with pytest.raises(LoadError, match="can't be used to log in to") as caught:
        as_(redshift, SecretLogin(f"odd-{what.replace(' ', '-')}")).loaded()
    assert '"username" and "password"' in (caught.value.hint or "")
    assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_a_secret_that_is_not_there(redshift: RedshiftStandIn, aws_environment: Environment) -> None:
    said = "Secrets Manager GetSecretValue: the secret nowhere is not in this account and region"
    with pytest.raises(LoadError, match=said) as caught:
        as_(redshift, SecretLogin("nowhere")).loaded()
    assert caught.value.hint == "create it, or correct MOVIES_REDSHIFT_SECRET or AWS_REGION"


def test_a_role_on_serverless(redshift: RedshiftStandIn, credentials_api: CredentialsApi) -> None:
    assert as_(redshift, WorkgroupLogin("movies")).loaded() == {}
    assert credentials_api.asked == [{"workgroupName": "movies", "dbName": redshift.database}]


def test_a_role_on_a_cluster(redshift: RedshiftStandIn, credentials_api: CredentialsApi) -> None:
    assert as_(redshift, ClusterLogin("movies", "loader")).loaded() == {}
    [asked] = credentials_api.asked
    wanted = {"ClusterIdentifier": "movies", "DbUser": "loader", "DbName": redshift.database, "AutoCreate": "false"}
    assert wanted.items() <= asked.items()


@pytest.mark.parametrize(
    ("login", "said", "hint"),
    [
        (WorkgroupLogin("other"), "the workgroup other is not in this", "create it, or correct MOVIES_REDSHIFT_WORK"),
        (WorkgroupLogin("forbidden"), "access denied", "allow redshift-serverless:GetCredentials on the workgroup"),
        (
            ClusterLogin("other", "u"),
            "the user u of the cluster other is not",
            "create it, or correct MOVIES_REDSHIFT_CLU",
        ),
        (ClusterLogin("forbidden", "u"), "access denied", "allow redshift:GetClusterCredentials on the user u"),
    ],
    ids=["no workgroup", "workgroup forbidden", "no cluster", "cluster forbidden"],
)
def test_a_role_that_gets_no_password(
    redshift: RedshiftStandIn, credentials_api: CredentialsApi, login: Login, said: str, hint: str
) -> None:
    with pytest.raises(LoadError, match=f"Can't log in to Redshift: Redshift.* Get.*Credentials: {said}") as caught:
        as_(redshift, login).loaded()
    assert (caught.value.hint or "").startswith(hint)


def test_no_credentials_for_aws(
    redshift: RedshiftStandIn, aws_environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(LoadError, match="GetCredentials: no credentials were found") as caught:
        as_(redshift, WorkgroupLogin("movies")).loaded()
    assert "AWS_PROFILE" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "no setting says how to log in"),
        ({"WORKGROUP": "w", "PASSWORD": "planted", "USER": "u"}, "WORKGROUP and MOVIES_REDSHIFT_PASSWORD are all set"),
        ({"PASSWORD": "planted"}, "MOVIES_REDSHIFT_PASSWORD is set without MOVIES_REDSHIFT_USER"),
        ({"CLUSTER": "c"}, "MOVIES_REDSHIFT_CLUSTER is set without MOVIES_REDSHIFT_USER"),
    ],
    ids=["none", "two", "no user for the password", "no user for the cluster"],
)
def test_settings_that_name_no_login(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], message: str) -> None:
    monkeypatch.setenv("MOVIES_WAREHOUSE", "redshift://host/db")
    for name, value in given.items():
        monkeypatch.setenv(f"MOVIES_REDSHIFT_{name}", value)
    with pytest.raises(SettingsError, match=message) as caught:
        configured_warehouse(settings(), FEED)
    assert "planted" not in repr(caught.value)


@leaves_sockets
def test_a_wrong_password(redshift: RedshiftStandIn) -> None:
    warehouse = on_redshift(redshift, login=PasswordLogin(redshift.user, SecretStr("planted")), longest_wait_seconds=60)
    with pytest.raises(LoadError, match='log in: password authentication failed for user "movies"') as caught:
        warehouse.loaded()
    assert "MOVIES_REDSHIFT_" in (caught.value.hint or "")
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@leaves_sockets
def test_the_password_is_nowhere(
    redshift: RedshiftStandIn,
    aws_environment: Environment,
    bucket: str,
    lake: S3Lake,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in a message nor in a repr nor in a log, be it the driver's own at its most talkative."""
    caplog.set_level(logging.DEBUG)
    emptied(redshift)
    monkeypatch.setenv("MOVIES_LAKE", f"s3://{bucket}/movies")
    monkeypatch.setenv("MOVIES_WAREHOUSE", f"redshift://{redshift.host}:{redshift.port}/{redshift.database}")
    monkeypatch.setenv("MOVIES_REDSHIFT_USER", redshift.user)
    monkeypatch.setenv("MOVIES_REDSHIFT_PASSWORD", redshift.password)
    found = settings()
    warehouse = configured_warehouse(found, FEED)
    assert isinstance(warehouse, RedshiftWarehouse)
    load(warehouse, lake, films(1))
    said = [repr(found), str(found.model_dump()), repr(warehouse), repr(warehouse.options), found.model_dump_json()]
    for doing in (lambda: warehouse.query("SELEC"), lambda: load(warehouse, lake, films(1, star1="x" * 300))):
        with pytest.raises(LoadError) as caught:
            doing()
        said += [repr(caught.value), "".join(traceback.format_exception(caught.value))]
    for text in [*said, caplog.text]:
        assert redshift.password not in text
    assert "redshift_connector" in caplog.text
