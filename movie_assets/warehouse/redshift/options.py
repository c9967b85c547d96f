"""How to use a database on Redshift."""

from dataclasses import dataclass

from movie_assets.errors import LoadError
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.login import Login
from movie_assets.warehouse.redshift.staging import Staging


@dataclass(frozen=True, slots=True)
class RedshiftOptions:
    """How to use the database at an address.

    `staging` is None where the lake is not on S3; then nothing can be loaded. `copy_role` is a role's ARN, or `default`
    for the one that the cluster or namespace has. `timeout_seconds` bound a statement, its wait for a lock included.
    """

    login: Login
    staging: Staging | None = None
    copy_role: str = "default"
    timeout_seconds: int = 900
    connect_timeout_seconds: float = 10.0
    attempts: int = 5
    longest_wait_seconds: float = 10.0


def no_staging(address: Address) -> LoadError:
    return LoadError(
        f"Can't load into {address}: Redshift loads from S3, and the lake is a folder.",
        "set MOVIES_LAKE=s3://bucket/prefix, a bucket in the database's region",
    )
