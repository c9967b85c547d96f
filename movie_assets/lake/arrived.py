"""Whether a landed file is new, compared with the judged one."""

from movie_assets.errors import NoLandedFileError
from movie_assets.lake.base import Arrival, Lake
from movie_assets.model import LandedFile


def is_old(lake: Lake, arrival: Arrival, judged: LandedFile) -> bool:
    """Whether the arrival has the judged bytes, or is an older file, left where the judged one was removed."""
    if arrival.size == judged.size and _same_bytes(lake, arrival, judged):
        return True
    return arrival.name != judged.name and (arrival.written_at or arrival.landed_at) < judged.landed_at


def _same_bytes(lake: Lake, arrival: Arrival, judged: LandedFile) -> bool:
    if arrival.version is not None:
        return arrival.version == judged.version
    if (arrival.name, arrival.landed_at) == (judged.name, judged.landed_at):
        return True
    try:
        return lake.landed(arrival.day).version == judged.version  # reads the file
    except NoLandedFileError:  # removed since it was listed
        return True
