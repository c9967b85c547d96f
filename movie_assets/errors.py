"""The exceptions of everything but DQDL, and the name for a hint."""

from collections.abc import Iterable
from difflib import get_close_matches

from movie_assets.visible import visible


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, whatever its case; None if none is close."""
    spelled = {one.lower(): one for one in known}
    return next((spelled[near] for near in get_close_matches(name.lower(), spelled, n=1, cutoff=0.7)), None)


class PipelineError(Exception):
    """What happened and where (`message`), and what to do about it (`hint`); both printable."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = visible(message, keep="\n")
        self.hint = None if hint is None else visible(hint, keep="\n")
        super().__init__(self.message, self.hint)

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} Hint: {self.hint}"


class HeaderError(PipelineError):
    """The header of a file lacks columns of the contract, or has one twice."""


class ContractError(PipelineError):
    """A model that can't be a contract, or a batch that doesn't match its contract."""


class FeedError(PipelineError):
    """An unknown feed, or an invalid declaration of a feed."""


class SettingsError(PipelineError):
    """An environment variable that is unknown or has a value that can't be used."""


class NoLandedFileError(PipelineError):
    """No file has landed for the day."""


class EvaluationReplacedError(PipelineError):
    """The requested evaluation has been replaced by a later one of the day."""


class DayLockedError(PipelineError):
    """Another process works on the day, and did not finish within the timeout."""


class AdapterError(PipelineError):
    """A disk, database or network failed; the original error is `__cause__`."""


class LakeError(AdapterError):
    """The lake could not read or write; what was published before is intact."""


class LoadError(AdapterError):
    """The warehouse could not be read or written; what it held before is intact."""


class CatalogError(AdapterError):
    """The catalog could not be read or written, or a query of its tables was not answered."""


class PublishError(AdapterError):
    """An alert could not be delivered; it may be tried again."""


class NotVerifiedError(PipelineError):
    """A health check that could not be made without harm, or not yet; nothing is known to be wrong."""
