"""How to use a database on Redshift."""

from dataclasses import dataclass

from movie_assets.warehouse.redshift.login import Login


@dataclass(frozen=True, slots=True)
class RedshiftOptions:
    """How to use the database at an address.

    `copy_role` is a role's ARN, or `default` for the one that the cluster or namespace has. `timeout_seconds` bound a
    statement, its wait for a lock included.
    """

    login: Login
    copy_role: str = "default"
    timeout_seconds: int = 900
    connect_timeout_seconds: float = 10.0
    attempts: int = 5
    longest_wait_seconds: float = 10.0
