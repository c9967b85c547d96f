"""A session on Redshift: TLS verified in full, transactions spelled out, every refusal in words."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from struct import pack
from typing import Any

import redshift_connector

from movie_assets.errors import LoadError
from movie_assets.warehouse.redshift.address import Address
from movie_assets.warehouse.redshift.errors import COMMIT, DRIVER_ERRORS, code_of, refusal
from movie_assets.warehouse.redshift.login import Login

_SSL_REQUEST = pack("!ii", 8, 80877103)


class Session:
    """What one connection does; `doing` is the beginning of the sentence that says it could not be done."""

    def __init__(self, connection: Any, doing: str, address: Address) -> None:
        self._connection = connection
        self._doing = doing
        self._address = address

    def run(self, step: str, sql: str, values: Sequence[object] | None = None) -> Any:
        """Run one statement, in which values stand as `%s`; its cursor.

        Raises:
            LoadError: names the step, the reason and the likely fix; the driver's error is its cause.
        """
        cursor = self._connection.cursor()
        cursor.paramstyle = "format"
        with self._in_words(step):
            return cursor.execute(sql) if values is None else cursor.execute(sql, tuple(values))

    def rows(self, step: str, sql: str, values: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        cursor = self.run(step, sql, values)
        with self._in_words(step):
            return [tuple(row) for row in cursor.fetchall()]

    @contextmanager
    def transaction(self, begin: str = "BEGIN", end: str = COMMIT) -> Iterator[None]:
        """What the block does is kept when it ends well, and else rolled back."""
        self.run("BEGIN", begin)
        try:
            yield
            self.run(end, end)
        except BaseException as error:
            # A connection that failed is not asked again: its end rolls back.
            if not isinstance(error, LoadError) or error.__cause__ is None or code_of(error.__cause__):
                with suppress(*DRIVER_ERRORS):
                    self._connection.cursor().execute("ROLLBACK")
            raise

    @contextmanager
    def _in_words(self, step: str) -> Iterator[None]:
        try:
            yield
        except DRIVER_ERRORS as error:
            raise refusal(error, self._doing, self._address, step) from error


@contextmanager
def connected(
    address: Address, login: Login, doing: str, *, timeout_seconds: int, connect_timeout_seconds: float
) -> Iterator[Session]:
    """A session for one piece of work; `timeout_seconds` bound each statement, at the server and here.

    Raises:
        LoadError: the server can't be reached, is not the one it says it is, or refuses the login.
    """
    step = "connect"
    try:
        # The driver has one timeout for all: that of a long COPY would be waited for a host that is not there.
        secure = offers_tls(address, connect_timeout_seconds)
        if not secure and not address.on_loopback:
            raise LoadError(
                f"Can't {doing} {address}: connect: the server refuses TLS, and plaintext is only for this machine.",
                "use an endpoint with TLS; there is no setting that turns it off",
            )
        step = "log in"
        credentials = login.credentials(address)
        connection = redshift_connector.connect(
            host=address.host,
            port=address.port,
            database=address.database,
            user=credentials.user,
            password=credentials.password.get_secret_value(),
            ssl=secure,
            sslmode="verify-full" if secure else None,
            timeout=timeout_seconds,
            application_name="movie_assets",
            tcp_keepalive=True,
            tcp_keepalive_idle=60,
            tcp_keepalive_interval=15,
            tcp_keepalive_count=4,
        )
    except DRIVER_ERRORS as error:
        raise refusal(error, doing, address, step) from error
    try:
        connection.autocommit = True  # transactions are begun by name
        session = Session(connection, doing, address)
        # A little before we stop waiting, so that the server has ended what we give up, and its locks are free.
        session.run("set the timeout", f"SET statement_timeout TO {timeout_seconds * 950}")
        yield session
    finally:
        with suppress(*DRIVER_ERRORS):
            connection.close()


def resolve(address: Address) -> tuple[str, int]:
    """The host's number and the port."""
    try:
        found = socket.getaddrinfo(address.host, address.port, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "a name can't be like that") from error
    return str(found[0][4][0]), address.port


def offers_tls(address: Address, timeout_seconds: float) -> bool:
    """Whether the server, asked in PostgreSQL's protocol, says that it speaks TLS."""
    with socket.create_connection(resolve(address), timeout_seconds) as probe:
        probe.sendall(_SSL_REQUEST)
        answer = probe.recv(1)
    if answer not in (b"S", b"N"):
        raise ConnectionResetError(f"it answers {answer!r}, not as Redshift does")
    return answer == b"S"
