"""What Redshift and the way to it refuse, put into words; and whether trying again may help."""

import re
import socket
import ssl
from collections.abc import Mapping
from struct import error as CutOffMessage  # noqa: N812  # what the driver raises where an answer ends in its middle

from redshift_connector.error import Error, IntegrityError

from movie_assets.errors import LoadError
from movie_assets.warehouse.redshift.address import Address

DRIVER_ERRORS = (Error, OSError, CutOffMessage)
"""All that the driver raises: it lets the socket's own errors through."""

COMMIT = "COMMIT"

_PASSING = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "42P06": "another load makes the schema just now",
    "42P07": "another load makes the table just now",
    "53300": "too many connections",
    "57P01": "the database is being shut down",
    "57P02": "the database has crashed",
    "57P03": "the database is starting",
}
_CONFLICT = re.compile(r"^10(18|23)\b|serializ\w+ isolation violation|could not serialize", re.IGNORECASE)
_CATALOG_RACE = re.compile(r'"pg_\w+"|tuple concurrently updated')
_CONTEXT = re.compile(r"context:\s*(.*?)\s*(?:\n\s*\w+:|\Z)", re.DOTALL)

_LATER = "run again later; what was loaded before is intact"
_HINTS: tuple[tuple[str, str], ...] = (
    (r"password authentication failed|28P01|28000", "correct the user and password of the login (MOVIES_REDSHIFT_...)"),
    (r'database "?[^"]*"? does not exist|3D000', "correct the database in MOVIES_WAREHOUSE"),
    (r"S3ServiceException.*(AccessDenied|Access Denied|403)", "let the COPY role read the lake's validated/ folder"),
    (r"not authorized to assume|Invalid IAM role|has no default iam role", "correct MOVIES_REDSHIFT_COPY_ROLE"),
    (r"statement timeout|57014", "raise MOVIES_REDSHIFT_TIMEOUT_SECONDS, or see what holds the table's lock"),
    (r"permission denied|42501", "grant the database user what it lacks; docs/aws.md lists it"),
    (r"incompatible Parquet schema|longer than the length", "judge the day again: its files and the contract differ"),
)


def passing(error: BaseException | None) -> bool:
    """Whether the same again may go well: a conflict with another session, or a network or server that comes back."""
    if isinstance(error, LoadError):
        return passing(error.__cause__)
    if isinstance(error, ssl.SSLError):
        return False
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, OSError | CutOffMessage):
        return True
    if not isinstance(error, Error):
        return False
    if (inner := _inner(error)) is not None:
        return passing(inner)
    code, message, detail = _said(error)
    if isinstance(error, IntegrityError) or code == "XX000":
        return bool(_CATALOG_RACE.search(message) or _CONFLICT.search(message) or _CONFLICT.search(detail))
    return code in _PASSING or code.startswith("08") or "BrokenPipe" in message or "time out" in message


def refusal(error: BaseException, doing: str, address: Address, step: str) -> LoadError:
    """What happened, where, at which step; the original belongs in its `__cause__`."""
    reason, hint = _explain(error, address)
    if step == COMMIT and passing(error):
        hint = "whether it took place is not known; run again: a load replaces the whole day"
    return LoadError(f"Can't {doing} {address}: {step}: {reason}.", hint)


def _explain(error: BaseException, address: Address) -> tuple[str, str | None]:
    error = _inner(error) or error
    host = address.host
    if isinstance(error, ssl.SSLCertVerificationError):
        if "ostname mismatch" in str(error) or "IP address mismatch" in str(error):
            return (
                f"the server's certificate is not {host}'s: {error.verify_message.rstrip('.')}",
                "use the endpoint's own name in MOVIES_WAREHOUSE",
            )
        return (
            f"the certificate of {host} is not trusted: {error.verify_message.rstrip('.')}",
            "set SSL_CERT_FILE to the authority's file, if it is a private one; else somebody may be in between",
        )
    if isinstance(error, socket.gaierror):
        return f"{host} is not the name of a host ({error.strerror})", "correct MOVIES_WAREHOUSE, or look at the DNS"
    if isinstance(error, TimeoutError):
        return "no answer in time", "look at the security group, the route and the workgroup's or cluster's state"
    if isinstance(error, ConnectionRefusedError):
        return f"{host} takes no connection", "correct host and port in MOVIES_WAREHOUSE, or start the server"
    if isinstance(error, CutOffMessage):
        return "the connection was lost", _LATER
    if isinstance(error, OSError):
        return f"the connection failed ({error.strerror or error})", _LATER
    return _database_words(error)


def _database_words(error: BaseException) -> tuple[str, str | None]:
    code, message, detail = _said(error)
    if "BrokenPipe" in message:
        return "the connection was lost", _LATER
    context = _CONTEXT.search(detail)
    said = " ".join((context[1] if context else f"{message}: {detail}" if detail else message).split()).rstrip(".")
    if passing(error):
        known = _PASSING.get(code, "a conflict with another session")
        return f"{known}: {said}", _LATER
    hint = next((hint for sign, hint in _HINTS if re.search(sign, f"{code} {message} {detail}", re.DOTALL)), None)
    return said, hint


def _said(error: BaseException) -> tuple[str, str, str]:
    """SQLSTATE, message and detail; the first and last empty where the driver speaks for itself."""
    said = error.args[0] if error.args else ""
    if isinstance(said, Mapping):
        return str(said.get("C", "")), str(said.get("M", "")), str(said.get("D", ""))
    return "", str(said), ""


def code_of(error: BaseException | None) -> str:
    """The SQLSTATE of what a refusal was caused by; empty where the database did not speak."""
    return "" if error is None else _said(error)[0]


def _inner(error: BaseException) -> BaseException | None:
    """The socket's error that the driver put in its own."""
    if isinstance(error, Error) and len(error.args) > 1 and isinstance(error.args[1], OSError):
        return error.args[1]
    return None
