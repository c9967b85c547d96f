"""Clients of AWS services other than S3, and their readable errors: call, place, reason, likely fix."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from movie_assets.aws.refusals import CREDENTIALS, attempts, plain, printable, unanswered, without_password
from movie_assets.errors import AdapterError

ClientFactory = Callable[[str, str | None, Config], Any]
"""Creates a client from a service's name, a region (None for the environment's) and a configuration."""

PROMPT = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=3,
    read_timeout=8,
    user_agent_extra="movie-assets",
)
"""For callers that try again soon: a tick of a Dagster sensor has a minute for several services that may be down."""

PATIENT = PROMPT.merge(
    Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=20)
)
"""For calls that a run depends on."""

ONCE = PROMPT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=6))
"""For health checks, which report every error."""

_LATER = "run again later; nothing is lost"
_CODES: tuple[tuple[str, str, str], ...] = (
    (r"kms", "the encryption key can't be used", "allow kms:GenerateDataKey and kms:Decrypt on the key of {resource}"),
    (
        r"AccessDenied|AuthorizationError|UnauthorizedOperation|NotAuthorized",
        "access denied",
        "allow {action} on {resource} for these credentials",
    ),
    (r"UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId", "the access key is not known", CREDENTIALS),
    (
        r"Signature",
        "the signature is wrong",
        "the secret key does not belong to the access key, a proxy changes the request, or the clock is wrong",
    ),
    (r"ExpiredToken|RequestExpired", "the session's token has expired", "log in again, then run again"),
    (r"InvalidToken|MissingAuthenticationToken", "the session's token is not valid", CREDENTIALS),
    (r"Throttl|RequestLimitExceeded|LimitExceeded|TooManyRequests|SlowDown", "too many requests", _LATER),
    (
        r"NotFound|DoesNotExist",
        "{resource} is not in this account and region",
        "create it, or correct {setting} or AWS_REGION",
    ),
    (r"AlreadyExists|ConcurrentModification", "somebody else changed it at the same time", "run again"),
    (r"Invalid|Validation", "refused", "correct {setting}"),
    (r"Internal|ServiceUnavailable|^50\d$", "the service has a fault of its own", _LATER),
)
_SAID: tuple[tuple[str, str, str, str], ...] = (
    (
        r"AccessDenied",
        r"Lake Formation",
        "Lake Formation grants too little",
        "grant these credentials {resource} and its tables in Lake Formation",
    ),
    (
        r"InvalidRequest",
        r"WorkGroup \S+ (is )?not found",
        "{resource} is not in this account and region",
        "create it, or correct {setting} or AWS_REGION",
    ),
    (
        r"InvalidRequest",
        r"output (bucket|location)",
        "answers have no place to go, or there is no such workgroup",
        "give {resource} an output location on S3, or correct {setting}",
    ),
    (
        r"InvalidRequest",
        r"line \d+:\d+|mismatched|syntax|not supported|keyword|MALFORMED",
        "the statement is wrong",
        "correct the query",
    ),
)
"""For codes with several meanings: code, part of the message, reason, hint."""

_NAMES = {
    "sns": "SNS",
    "sts": "STS",
    "events": "EventBridge",
    "cloudwatch": "CloudWatch",
    "glue": "Glue",
    "athena": "Athena",
    "secretsmanager": "Secrets Manager",
    "redshift": "Redshift",
    "redshift-serverless": "Redshift Serverless",
}
_VPC = {"cloudwatch": "monitoring"}
_CREDENTIAL_CODES = re.compile(r"Signature|Token|AccessKey|UnrecognizedClient")
"""Messages of these errors may repeat the signed request with the session's token."""


def make_client(service: str, region: str | None, config: Config) -> Any:
    """A client as AWS's own variables and files say."""
    return boto3.Session().client(service, region_name=region, config=config)  # type: ignore[call-overload]


def make_client_once(service: str, region: str | None, config: Config) -> Any:
    """A client with the timeouts of health checks, whatever the given configuration."""
    return make_client(service, region, config.merge(ONCE))


def region_of(arn: str) -> str | None:
    """The region of an ARN; None if it is not an ARN."""
    parts = arn.split(":")
    return parts[3] or None if len(parts) > 5 and parts[0] == "arn" else None


class Service:
    """An AWS service and a resource of it that a setting names; connects on the first call."""

    def __init__(
        self,
        name: str,
        failure: type[AdapterError],
        *,
        resource: str,
        setting: str,
        region: str | None = None,
        config: Config = PROMPT,
        client_factory: ClientFactory = make_client,
    ) -> None:
        self.name = name
        self.resource = resource
        self._failure = failure
        self._setting = setting
        self._region = region
        self._config = config
        self._client_factory = client_factory

    @cached_property
    def client(self) -> Any:
        return self._client_factory(self.name, self._region, self._config)

    def call(self, doing: str, operation: str, **arguments: Any) -> Any:
        """Call an operation of the API, by its name in boto3; `doing` describes it in errors.

        Raises:
            AdapterError: of the given kind, with service, call, reason and likely fix.
        """
        client = self.get_client(doing, operation)
        try:
            return getattr(client, operation)(**arguments)
        except (ClientError, BotoCoreError, ValueError) as error:
            cause = None if _CREDENTIAL_CODES.search(code_of(error)) else printable(error)
            raise self.refusal(error, doing, operation) from cause

    def get_client(self, doing: str, operation: str) -> Any:
        """The client of `call`.

        Raises:
            AdapterError: of the given kind: the region or the profile is missing.
        """
        try:
            return self.client
        except (BotoCoreError, ValueError) as error:
            raise self.refusal(error, doing, operation) from error

    def refused(self, doing: str, operation: str, code: str, said: str) -> AdapterError:
        """The error for a refusal inside a successful answer."""
        response: Any = {"Error": {"Code": code, "Message": said}}
        return self.refusal(ClientError(response, self._api(operation)), doing, operation)

    def refusal(self, error: Exception, doing: str, operation: str) -> AdapterError:
        made = self.__dict__.get("client")  # creating the client may be what failed
        endpoint = without_password(made.meta.endpoint_url) if made else _NAMES.get(self.name, self.name)
        api = self._api(operation)
        names = {
            "action": f"{self.name}:{api}",
            "resource": self.resource,
            "setting": self._setting,
            "endpoint": endpoint,
            "vpc": _VPC.get(self.name, self.name),
        }
        reason, hint, said = _explain(error)
        call = f"{_NAMES.get(self.name, self.name)} {api}"
        return self._failure(
            f"Can't {doing}: {call}: {reason.format_map(names)}{said}.", hint.format_map(names) if hint else None
        )

    def _api(self, operation: str) -> str:
        return "".join(part.capitalize() for part in operation.split("_"))


def code_of(error: BaseException | None) -> str:
    """The service's error code, or the HTTP status; empty if no service answered."""
    if not isinstance(error, ClientError):
        return ""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    return str(error.response.get("Error", {}).get("Code") or status)


def _explain(error: Exception) -> tuple[str, str | None, str]:
    """Reason and hint, with placeholders for names; and the service's message, printable."""
    if not isinstance(error, ClientError):
        reason, hint = unanswered(error) or (type(error).__name__, None)
        return reason, hint, "" if hint else f": {plain(str(error))}"
    code = code_of(error)
    said = "" if _CREDENTIAL_CODES.search(code) else plain(str(error.response.get("Error", {}).get("Message", "")))
    shown = f"{attempts(error)} ({code}{f': {said}' if said else ''})"
    for pattern, text, reason, hint in _SAID:
        if re.search(pattern, code, re.IGNORECASE) and re.search(text, said, re.IGNORECASE):
            return reason, hint, shown
    for pattern, reason, hint in _CODES:
        if re.search(pattern, code, re.IGNORECASE):
            return reason, hint, shown
    return "refused", None, shown
