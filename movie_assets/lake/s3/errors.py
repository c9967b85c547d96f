"""Readable errors of S3 and its network: call, place, reason, and the most likely fix."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import RetriesExceededError

from movie_assets.aws.refusals import CREDENTIALS, attempts, plain, printable, unanswered, without_password
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

_NEW_CREDENTIALS = "log in again, or let the role give new credentials, then run again"
_LATER = "S3 is overloaded or has a fault of its own; run again later: what was published before is intact"
_CODES: dict[str, tuple[str, str | None]] = {
    "NoSuchBucket": ("there is no bucket {bucket}", "create it, or correct MOVIES_LAKE"),
    "InvalidBucketName": ("{bucket} can't be a bucket's name", "correct MOVIES_LAKE: s3://bucket/prefix"),
    "AccessDenied": ("access denied", "allow {action} on {resource} for these credentials"),
    "InvalidAccessKeyId": ("the access key is not known", CREDENTIALS),
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


@contextmanager
def s3_as_lake_errors(doing: str, bucket: str, uri: str, endpoint: Callable[[], str]) -> Iterator[None]:
    """Raise boto3's errors of the block as `LakeError`s; `endpoint` is shown without its password."""
    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error, RetriesExceededError, ValueError) as error:
        raise refusal(error, doing, bucket, uri, endpoint()) from printable(error)


def code_of(error: ClientError) -> str:
    """S3's error code; synonyms have one spelling."""
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
        "endpoint": without_password(endpoint),
        "vpc": "S3",
        "action": action,
        "resource": f"arn:aws:s3:::{bucket}" if "List" in action else f"arn:aws:s3:::{bucket}/*",
    }
    call = f"S3 {operation}".strip()
    return LakeError(
        f"Can't {doing} {uri}: {call}: {reason.format_map(names)}.", hint.format_map(names) if hint else None
    )


def _explain(error: BaseException, operation: str) -> tuple[str, str | None]:
    """Reason and hint, with placeholders for names."""
    if not isinstance(error, ClientError):
        return unanswered(error) or (f"{type(error).__name__}: {_formatted(error)}", None)
    code = code_of(error)
    said = _formatted(error.response.get("Error", {}).get("Message", ""))
    if code.startswith("KMS.") or (code == "AccessDenied" and "kms:" in said.lower()):
        hint = "allow kms:GenerateDataKey and kms:Decrypt on the key of MOVIES_S3_KMS_KEY or of the bucket"
        return f"the encryption key can't be used ({code}: {said})", hint
    reason, found = _CODES.get(code, ("refused", None))
    if code == "AccessDenied" and operation == "GetObject":
        found = f"{found}, and s3:ListBucket on the bucket: without it what is missing looks forbidden"
    return f"{reason}{attempts(error)} ({code}{f': {said}' if said else ''})", found


def _formatted(said: object) -> str:
    """Text of others, escaped for `str.format`."""
    return plain(str(said)).replace("{", "{{").replace("}", "}}")
