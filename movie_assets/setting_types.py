"""Types of settings that pydantic lacks: parsers of values, and their error messages."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field


def absolute(path: str | Path) -> Path:
    """The absolute path, `~` expanded.

    Raises: ValueError, if `~name` is not a user of this machine.
    """
    try:
        return Path(path).expanduser().resolve()
    except RuntimeError as error:
        raise ValueError("a path whose ~ stands for the home folder of a user of this machine") from error


def folders(text: str) -> tuple[Path, ...]:
    """The folders of `path,...`, absolute.

    Raises: ValueError, if one is a URL.
    """
    if "://" in text:
        raise ValueError("paths of folders on this machine, separated by commas")
    return tuple(absolute(path.strip()) for path in text.split(",") if path.strip())


def references(text: str) -> dict[str, Path]:
    """The file of each alias of `alias=path,...`.

    Raises: ValueError, for invalid text or a duplicate alias.
    """
    return {alias: absolute(path) for alias, path in named(text.split(","), "=", "alias=path").items()}


def named(pairs: Iterable[str], between: str, shape: str) -> dict[str, str]:
    """The value of each name, from texts such as `alias=path`, whose format is `shape`; empty ones are skipped.

    Raises: ValueError, for a text of another format, and for names that differ only in case.
    """
    found: dict[str, str] = {}
    for pair in filter(str.strip, pairs):
        name, _, value = (part.strip() for part in pair.partition(between))
        if not (name and value):
            raise ValueError(f"{shape}, not {pair!r}")
        if name.lower() in map(str.lower, found):
            raise ValueError(f"{shape} with each name once; {name!r} stands twice, whatever its case")
        found[name] = value
    return found


def _location(location: str) -> str:
    """An absolute path, without `file://`; any other scheme stays."""
    if location.startswith("file://"):
        parts = urlsplit(location)
        if parts.netloc not in ("", "localhost"):
            raise ValueError("a path on this machine; file:///folder has three slashes")
        location = unquote(parts.path)
    return location if "://" in location else str(absolute(location))


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError("a name of the IANA time zone database, such as UTC or Europe/Berlin") from error
    return name


def _fit_for_dagster(home: Path) -> Path:
    if set("?%") & set(str(home)):
        raise ValueError("a folder without ? and % in its path, which Dagster puts into a URL")
    return home


def _written_day(value: Any) -> Any:
    """Pydantic alone accepts epoch seconds and datetimes as dates."""
    if isinstance(value, str):
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError("a day written as YYYY-MM-DD, such as 2024-03-01") from error
    return value


def _parsed_by(parse: Any) -> AfterValidator:
    """The setting keeps the text; `parse` validates it."""

    def checked(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(checked)


Location = Annotated[str, AfterValidator(_location)]
LocalPath = Annotated[Path, AfterValidator(absolute)]
DagsterHome = Annotated[LocalPath, AfterValidator(_fit_for_dagster)]
Folders = Annotated[str, _parsed_by(folders)]
References = Annotated[str, _parsed_by(references)]
Timezone = Annotated[str, AfterValidator(_known_timezone)]
Share = Annotated[float, Field(ge=0, le=1)]
Day = Annotated[date, BeforeValidator(_written_day)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Count = Annotated[int, Field(le=1_000_000_000)]
"""A number that fits the engine's integers."""
