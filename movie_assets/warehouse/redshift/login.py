"""As whom to speak to Redshift: a password, a secret that holds one, or this process's own AWS role.

The temporary passwords of a role are asked for here, and not by the driver: it would guess from the host's name what
kind of server it is, and make calls that a role limited to getting credentials may not make.
"""

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from movie_assets.errors import LoadError, SettingsError
from movie_assets.settings import Settings
from movie_assets.warehouse.redshift.address import Address

if TYPE_CHECKING:
    from botocore.config import Config


@dataclass(frozen=True, slots=True)
class Credentials:
    """A database user and the password of now."""

    user: str
    password: SecretStr


class Login(Protocol):
    """Asked at every connection, so that a password that was changed or has expired does no harm."""

    def credentials(self, address: Address) -> Credentials:
        """
        Raises:
            LoadError: AWS did not give them; what it said, and what most likely helps.
        """
        ...


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """A user and a password, as they are."""

    user: str
    password: SecretStr

    def credentials(self, address: Address) -> Credentials:
        return Credentials(self.user, self.password)


@dataclass(frozen=True, slots=True)
class SecretLogin:
    """A secret of Secrets Manager, by ARN or name: a JSON object with `username` and `password`."""

    secret: str
    config: "Config | None" = field(default=None, repr=False, compare=False)

    def credentials(self, address: Address) -> Credentials:
        what = f"the secret {self.secret}"
        answer = _ask(self.config, "secretsmanager", what, "SECRET", "get_secret_value", SecretId=self.secret)
        try:
            found = json.loads(answer["SecretString"])
            return Credentials(str(found["username"]), SecretStr(str(found["password"])))
        except (KeyError, TypeError, ValueError):
            # Without a cause: it would hold the secret's text.
            raise LoadError(
                f"The secret {self.secret} can't be used to log in to {address}.",
                'it has to be a JSON object with "username" and "password", as Redshift and the template make it',
            ) from None


@dataclass(frozen=True, slots=True)
class WorkgroupLogin:
    """This process's role, on Redshift Serverless; the database user is made of the role's name."""

    workgroup: str
    config: "Config | None" = field(default=None, repr=False, compare=False)

    def credentials(self, address: Address) -> Credentials:
        what = f"the workgroup {self.workgroup}"
        wanted = {"workgroupName": self.workgroup, "dbName": address.database}
        answer = _ask(self.config, "redshift-serverless", what, "WORKGROUP", "get_credentials", **wanted)
        return Credentials(answer["dbUser"], SecretStr(answer["dbPassword"]))


@dataclass(frozen=True, slots=True)
class ClusterLogin:
    """This process's role as an existing database user of a cluster."""

    cluster: str
    user: str
    config: "Config | None" = field(default=None, repr=False, compare=False)

    def credentials(self, address: Address) -> Credentials:
        what = f"the user {self.user} of the cluster {self.cluster}"
        wanted = {"ClusterIdentifier": self.cluster, "DbUser": self.user, "DbName": address.database}
        answer = _ask(self.config, "redshift", what, "CLUSTER", "get_cluster_credentials", **wanted, AutoCreate=False)
        return Credentials(answer["DbUser"], SecretStr(answer["DbPassword"]))


def login_of(settings: Settings) -> Login:
    """The login that the settings name.

    Raises:
        SettingsError: they name none, several, or half of one.
    """
    given = {
        "MOVIES_REDSHIFT_WORKGROUP": settings.redshift_workgroup,
        "MOVIES_REDSHIFT_CLUSTER": settings.redshift_cluster,
        "MOVIES_REDSHIFT_SECRET": settings.redshift_secret,
        "MOVIES_REDSHIFT_PASSWORD": settings.redshift_password,
    }
    names = [name for name, value in given.items() if value]
    if len(names) != 1:
        raise SettingsError(
            f"{' and '.join(names)} are all set; one of them says how to log in to Redshift."
            if names
            else "MOVIES_WAREHOUSE is Redshift, and no setting says how to log in.",
            f"set one of {', '.join(given)}; the cluster and the password go with MOVIES_REDSHIFT_USER",
        )
    user = settings.redshift_user
    if settings.redshift_workgroup:
        return WorkgroupLogin(settings.redshift_workgroup)
    if settings.redshift_secret:
        return SecretLogin(settings.redshift_secret)
    if not user:
        raise SettingsError(f"{names[0]} is set without MOVIES_REDSHIFT_USER.", "set it to the database user's name")
    if settings.redshift_cluster:
        return ClusterLogin(settings.redshift_cluster, user)
    assert settings.redshift_password is not None
    return PasswordLogin(user, settings.redshift_password)


def asked_with(login: Login, config: "Config") -> Login:
    """The login, asking AWS with this patience."""
    return replace(login, config=config) if isinstance(login, SecretLogin | WorkgroupLogin | ClusterLogin) else login


def _ask(config: "Config | None", service: str, what: str, setting: str, operation: str, **arguments: Any) -> Any:
    from movie_assets.aws.services import PATIENT, Service, region_of  # brings boto3

    asked = Service(
        service,
        LoadError,
        resource=what,
        setting=f"MOVIES_REDSHIFT_{setting}",
        region=region_of(what.removeprefix("the secret ")),
        config=config or PATIENT,
    )
    return asked.call("log in to Redshift", operation, **arguments)
