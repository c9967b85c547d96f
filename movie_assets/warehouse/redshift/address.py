"""Where a database of Redshift is."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

from movie_assets.errors import LoadError

PORT = 5439


@dataclass(frozen=True, slots=True)
class Address:
    """A host, a port and a database; who logs in is not part of it."""

    host: str
    port: int
    database: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The address at `redshift://host:5439/database`.

        Raises:
            LoadError: the URI is not one, or holds more, such as a password.
        """
        try:
            parts = urlsplit(uri)
            port = parts.port or PORT
        except ValueError:
            parts, port = urlsplit(""), 0
        database = unquote(parts.path.removeprefix("/"))
        if (
            not parts.hostname
            or not database
            or "/" in database
            or "@" in parts.netloc
            or parts.query
            or parts.fragment
        ):
            # What stands there otherwise may be a password, so it is not shown.
            raise LoadError(
                "MOVIES_WAREHOUSE is not the address of a Redshift database.",
                "set it to redshift://host:5439/database; the login has settings of its own: MOVIES_REDSHIFT_...",
            )
        return cls(parts.hostname, port, database)

    @property
    def on_loopback(self) -> bool:
        """Whether it is this machine by name or address; no name is looked up."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"redshift://{self.host}:{self.port}/{self.database}"
