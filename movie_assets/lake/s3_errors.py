"""What S3 and the way to it refuse, put into words: call, place, reason, and what most likely helps."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore import exceptions as botocore
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import RetriesExceededError

from movie_assets.errors import LakeError

_ACTIONS = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
}
"""The permission a call needs; the others write and need `s3:PutObject`."""

_CREDENTIALS = "give this process credentials for AWS (a role, a profile in AWS_PROFILE, or keys in AWS_*)"
_NEW_CREDENTIALS = "log in again, or let the role give new credentials, then run again"
_LATER = "S3 is overloaded or has a fault of its own; run again later: what was published before is intact"
_CODES: dict[str, tuple[str, str | None]] = {
    "NoSuchBucket": ("there is no bucket {bucket}", "create it, or correct MOVIES_LAKE"),
    "InvalidBucketName": ("{bucket} can't be a bucket's name", "correct MOVIES_LAKE: s3://bucket/prefix"),
    "AccessDenied": ("access denied", "allow {action} on {resource} for these credentials"),
    "InvalidAccessKeyId": ("the access key is not known", _CREDENTIALS),
    "SignatureDoesNotMatch": (
        "the signature is wrong",
        "the secret key does not belong to the access key, or a proxy changes the request",
    ),
    "ExpiredToken": ("the session's token has expired", _NEW_CREDENTIALS),
    "InvalidToken": ("the session's token is not valid", _NEW_CREDENTIALS),
    "PermanentRedirect": ("bucket {bucket} is in another region", "set AWS_REGION to the bucket's region"),
    "RequestTimeTooSkewed": (
        "this machine's clock differs from the service's by more than 15 minutes",
        "set the clock, and keep it right by NTP",
    ),
    "SlowDown": ("too many requests", _LATER),
    "InternalError": ("a fault of the service", _LATER),
    "ServiceUnavailable": ("the service is not available", _LATER),
    "RequestTimeout": ("the service waited too long for data", "look at the network between here and {endpoint}"),
    "NotImplemented": (
        "the service does not know this call or option",
        "the lake needs an S3 service with conditional writes (If-None-Match and If-Match on PutObject)",
    ),
    "InvalidObjectState": ("the object is archived", "restore it, and keep archiving rules off this prefix"),
    "EntityTooLarge": ("the object is too large for this service", None),
    "QuotaExceeded": ("the quota is used up", "free some space, or have it raised; what was there before is intact"),
    "404": ("there is no such object or bucket", "correct MOVIES_LAKE, or judge the day again"),
}
_SAME = {
    "403": "AccessDenied",
    "AllAccessDisabled": "AccessDenied",
    "AccountProblem": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "RequestExpired": "ExpiredToken",
    "TokenRefreshRequired": "ExpiredToken",
    "301": "PermanentRedirect",
    "AuthorizationHeaderMalformed": "PermanentRedirect",
    "IllegalLocationConstraintException": "PermanentRedirect",
    "RequestLimitExceeded": "SlowDown",
    "Throttling": "SlowDown",
    "503": "ServiceUnavailable",
    "500": "InternalError",
    "501": "NotImplemented",
    "XMinioStorageFull": "QuotaExceeded",
}
_CLIENT: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
    ((botocore.NoCredentialsError, botocore.PartialCredentialsError), "no credentials were found", _CREDENTIALS),
    (
        (botocore.TokenRetrievalError, botocore.SSOTokenLoadError, botocore.UnauthorizedSSOTokenError),
        "the single sign-on session has ended",
        "log in again: aws sso login",
    ),
    (botocore.CredentialRetrievalError, "the credentials could not be fetched", _CREDENTIALS),
    (botocore.ProfileNotFound, "the profile named in AWS_PROFILE does not exist", "correct AWS_PROFILE"),
    (
        (botocore.InvalidRegionError, botocore.NoRegionError),
        "the region is missing or is not one",
        "set AWS_REGION to the bucket's region",
    ),
    (
        botocore.SSLError,
        "the service's certificate is not trusted",
        "set AWS_CA_BUNDLE to the authority's file, or correct the endpoint",
    ),
    (
        botocore.ConnectTimeoutError,
        "{endpoint} takes no connection",
        "a firewall, a missing VPC endpoint for S3, or a wrong AWS_ENDPOINT_URL",
    ),
    (
        (botocore.ReadTimeoutError, botocore.ConnectionClosedError, botocore.ResponseStreamingError),
        "{endpoint} does not answer any more, after all retries",
        "look at the network, then run again: what was published before is intact",
    ),
    (
        botocore.EndpointConnectionError,
        "{endpoint} can't be reached",
        "look at the network, AWS_REGION and AWS_ENDPOINT_URL; inside a VPC, S3 needs a gateway endpoint",
    ),
)


@contextmanager
def in_words(doing: str, bucket: str, uri: str, endpoint: Callable[[], str]) -> Iterator[None]:
    """Turn what boto3 raises in the block into a `LakeError`; `endpoint` is shown without a password in it."""
    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error, RetriesExceededError, ValueError) as error:
        raise refusal(error, doing, bucket, uri, endpoint()) from error


def code_of(error: ClientError) -> str:
    """S3's name of an error, one spelling for those that mean the same."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return _SAME.get(code, code)


def refusal(error: BaseException, doing: str, bucket: str, uri: str, endpoint: str) -> LakeError:
    if isinstance(error, RetriesExceededError):
        error = error.last_exception
    operation = getattr(error, "operation_name", "")
    reason, hint = _explain(error, operation)
    action = _ACTIONS.get(operation, "s3:PutObject")
    names = {
        "bucket": bucket,
        "endpoint": re.sub(r"//[^/@]*@", "//", endpoint),
        "action": action,
        "resource": f"arn:aws:s3:::{bucket}" if "List" in action else f"arn:aws:s3:::{bucket}/*",
    }
    call = f"S3 {operation}".strip()
    return LakeError(
        f"Can't {doing} {uri}: {call}: {reason.format_map(names)}.", hint.format_map(names) if hint else None
    )


def _explain(error: BaseException, operation: str) -> tuple[str, str | None]:
    """Reason and hint, with places for names."""
    if not isinstance(error, ClientError):
        for kinds, reason, hint in _CLIENT:
            if isinstance(error, kinds):
                return reason, hint
        return f"{type(error).__name__}: {_plain(str(error))}", None
    code = code_of(error)
    said = _plain(str(error.response.get("Error", {}).get("Message", "")))
    if code.startswith("KMS.") or (code == "AccessDenied" and "kms:" in said.lower()):
        hint = "allow kms:GenerateDataKey and kms:Decrypt on the key of MOVIES_S3_KMS_KEY or of the bucket"
        return f"the encryption key can't be used ({code}: {said})", hint
    reason, found = _CODES.get(code, ("refused", None))
    if code == "AccessDenied" and operation == "GetObject":
        found = f"{found}, and s3:ListBucket on the bucket: without it what is missing looks forbidden"
    tries = int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1
    after = f" after {tries} attempts" if tries > 1 else ""
    return f"{reason}{after} ({code}{f': {said}' if said else ''})", found


def _plain(text: str) -> str:
    """Text of others, safe to format, without credentials of a URL."""
    return re.sub(r"//[^/@\s]*@", "//", text).replace("{", "{{").replace("}", "}}").rstrip(".")
