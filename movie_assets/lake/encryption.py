"""The server-side encryption of an object store."""

from dataclasses import dataclass
from typing import Literal

from movie_assets.errors import SettingsError

Algorithm = Literal["none", "AES256", "aws:kms"]


@dataclass(frozen=True, slots=True)
class Encryption:
    """`none` leaves it to the bucket's default; a `kms_key` (id, ARN or alias) goes with `aws:kms` only.

    Raises:
        SettingsError: a key is given that the algorithm doesn't use.
    """

    algorithm: Algorithm = "none"
    kms_key: str | None = None

    def __post_init__(self) -> None:
        if self.kms_key and self.algorithm != "aws:kms":
            raise SettingsError(
                f"MOVIES_S3_KMS_KEY is set, but MOVIES_S3_ENCRYPTION is {self.algorithm!r}.",
                "set MOVIES_S3_ENCRYPTION=aws:kms, or unset the key",
            )

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of every call that writes."""
        if self.algorithm == "none":
            return {}
        key = {"SSEKMSKeyId": self.kms_key} if self.kms_key else {}
        return {"ServerSideEncryption": self.algorithm, **key}
