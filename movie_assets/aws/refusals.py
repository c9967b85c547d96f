"""Readable errors of calls that AWS, S3 included, did not answer; and other programs' messages made printable."""

import re

from botocore import exceptions as botocore
from botocore.exceptions import ClientError

CREDENTIALS = "give this process credentials for AWS (a role, a profile in AWS_PROFILE, or keys in AWS_*)"

_UNANSWERED: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
    ((botocore.NoCredentialsError, botocore.PartialCredentialsError), "no credentials were found", CREDENTIALS),
    (
        (botocore.TokenRetrievalError, botocore.SSOTokenLoadError, botocore.UnauthorizedSSOTokenError),
        "the single sign-on session has ended",
        "log in again: aws sso login",
    ),
    (botocore.CredentialRetrievalError, "the credentials could not be fetched", CREDENTIALS),
    (botocore.ProfileNotFound, "the profile named in AWS_PROFILE does not exist", "correct AWS_PROFILE"),
    ((botocore.InvalidRegionError, botocore.NoRegionError), "the region is missing or is not one", "set AWS_REGION"),
    (
        botocore.SSLError,
        "the certificate of {endpoint} is not trusted",
        "set AWS_CA_BUNDLE to the authority's file, or correct the endpoint",
    ),
    (
        botocore.ConnectTimeoutError,
        "{endpoint} takes no connection",
        "a firewall, a missing VPC endpoint for {vpc}, or a wrong AWS_ENDPOINT_URL",
    ),
    (
        (botocore.ReadTimeoutError, botocore.ConnectionClosedError, botocore.ResponseStreamingError),
        "{endpoint} does not answer any more",
        "look at the network, then run again; nothing is lost, whether this call took place or not",
    ),
    (
        botocore.EndpointConnectionError,
        "{endpoint} can't be reached",
        "look at the network, AWS_REGION and AWS_ENDPOINT_URL; a VPC without a way out needs an endpoint for {vpc}",
    ),
)


def unanswered(error: BaseException) -> tuple[str, str] | None:
    """Reason and likely fix, with placeholders for `endpoint` and `vpc`; None for any other error."""
    return next(((reason, hint) for kinds, reason, hint in _UNANSWERED if isinstance(error, kinds)), None)


def attempts(error: ClientError) -> str:
    """The number of attempts as text; empty for one."""
    tries = int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1
    return f" after {tries} attempts" if tries > 1 else ""


def printable(error: BaseException) -> BaseException | None:
    """The error as a cause to print; None if its message contains a URL's password."""
    return error if without_password(str(error)) == str(error) else None


def without_password(text: str) -> str:
    """The text without credentials in URLs."""
    return re.sub(r"//[^/@\s]*@", "//", text)


def plain(text: str) -> str:
    """Another program's message on one line, shortened, without credentials in URLs."""
    return " ".join(without_password(text).split())[:400].rstrip(".")
