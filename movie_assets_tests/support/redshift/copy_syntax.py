"""COPY as the load writes it; anything else is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from movie_assets_tests.support.redshift.sql import Token, after_name, spaced
from movie_assets_tests.support.redshift.wire import SqlError

_ROLE = re.compile(r"default|arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.IGNORECASE)


@dataclass(frozen=True)
class Copy:
    """A load of the objects whose keys begin as the source says."""

    table: str
    source: str


def parse_copy(parts: Sequence[Token]) -> Copy:
    """A COPY statement.

    Raises:
        SqlError: it is not `COPY t FROM 's3://bucket/key' IAM_ROLE ... FORMAT AS PARQUET`.
    """
    at = after_name(parts, 1)
    rest = parts[at:]
    words = [part.upper for part in rest]
    if len(rest) != 7 or [words[0], words[2], *words[4:]] != ["FROM", "IAM_ROLE", "FORMAT", "AS", "PARQUET"]:
        raise SqlError.of("0A000", f"COPY {spaced(rest)} is not known to this stand-in")
    source, role = rest[1].value, rest[3].value
    if not _ROLE.fullmatch(role):
        raise SqlError.of("22023", f"Invalid IAM role ARN: {role}")
    if not re.fullmatch(r"s3://[^/]+/.+", source):
        raise SqlError.of("0A000", f"COPY FROM {source!r}: this stand-in copies from s3://bucket/key only")
    return Copy("".join(part.text for part in parts[1:at]), source)
