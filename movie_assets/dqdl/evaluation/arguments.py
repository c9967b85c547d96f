"""Validates and converts the arguments of `evaluate`, one at a time.

Every function raises EvaluationError for an invalid argument.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any, get_args

from movie_assets.dqdl.declaring.file_source import FileFact, FileSource, FileSourceError, local_files
from movie_assets.dqdl.engines.duckdb.engine import LONGEST_TIMEOUT
from movie_assets.dqdl.errors import EvaluationError, shown
from movie_assets.dqdl.evaluation.evaluator import History

SETTING = "files=, or --files-root of dqdl check,"
"""The argument for the folders of file rules."""

HISTORY = "history maps a metric's name to the list of its earlier values, most recent first"


def _shown(given: object) -> str:
    try:
        return shown(repr(given), 80)
    except Exception:  # its own code may fail, and a whole number may have too many digits to print
        return f"a {type(given).__name__}"


def _refusal(name: str, given: object, what: str) -> EvaluationError:
    return EvaluationError(f"{name} can't be {_shown(given)}; it is {what}")


def chosen(name: str, given: object, allowed: Any) -> Any:
    """The value of an option that is one of a Literal's, texts in any case."""
    known = get_args(allowed)
    value = given.lower() if isinstance(given, str) else None
    if value not in known:
        raise _refusal(name, given, " or ".join(map(repr, known)))
    return value


def _number(given: Any) -> float | None:
    """A number of any library as a float; None for anything else, or if it is too large."""
    if isinstance(given, bool) or not isinstance(given, Real | Decimal):
        return None
    try:
        return float(given)
    except (OverflowError, ValueError):
        return None


def flag(name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise _refusal(name, given, "True or False")
    return given


def seconds(name: str, given: object) -> float:
    found = _number(given)
    if found is None or not 0 < found <= LONGEST_TIMEOUT:
        raise _refusal(name, given, f"a number of seconds above 0 and up to {LONGEST_TIMEOUT}")
    return found


def moment(name: str, given: object) -> datetime:
    """A time in UTC, also if it has no zone; None is the current time."""
    if given is None:
        return datetime.now(UTC)
    what = "a datetime of the years 2 to 9998"
    if not isinstance(given, datetime):
        raise _refusal(name, given, what)
    try:  # pandas' own, of which one is no time, are datetimes too
        found = datetime.combine(given.date(), given.time(), given.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refusal(name, given, what) from error
    if not 1 < found.year < 9999:  # so that it exists in every zone
        raise _refusal(name, given, what)
    return found


def by_name(name: str, given: object, what: str, values: type = object) -> Mapping[str, Any]:
    """A mapping from texts to such values; empty for None."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(
        isinstance(key, str) and isinstance(value, values) for key, value in given.items()
    ):
        raise _refusal(name, given, f"a mapping from {what}")
    return given


def history(given: object) -> History:
    """Earlier values by metric, as floats."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise EvaluationError(f"{HISTORY}; it can't be a {type(given).__name__}")
    for metric, values in given.items():
        if not isinstance(metric, str) or isinstance(values, str) or not isinstance(values, Sequence):
            raise EvaluationError(f"{HISTORY}; the values of {_shown(metric)} are {_shown(values)}")
    return {metric: [_value(metric, value) for value in values] for metric, values in given.items()}


def _value(metric: str, given: object) -> float:
    found = _number(given)
    if found is None:
        raise EvaluationError(f"{HISTORY}; {_shown(given)}, a value of '{metric}', is not a number")
    return found


def files(given: object, table: object) -> FileSource:
    """The lister of files for file rules: the caller's own, or one of this machine's folders."""
    if callable(given):
        return _checked(given)
    what = "a list of folders, or what lists the files of a path"
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise _refusal("files", given, what)
    roots = list(given)
    if not all(isinstance(root, str | Path) for root in roots):
        raise _refusal("files", given, what)
    for root in roots:
        if not (str(root) and is_folder(Path(root))):
            raise EvaluationError(f"there is no folder '{root}', which file rules are to look into")
    own = [Path(table)] if isinstance(table, str | Path) else []
    beside = [file if is_folder(file) else file.parent for file in own]
    return local_files(own, roots=[Path(root) for root in roots] or beside, setting=SETTING)


def _checked(source: Callable[..., Any]) -> FileSource:
    """The caller's lister; if it raises or returns anything but files, the rule fails."""

    def listed(path: str | None) -> Sequence[FileFact]:
        try:
            found = source(path)
        except FileSourceError:
            raise
        except Exception as error:
            raise FileSourceError(f"files= raised {type(error).__name__}: {error}") from error
        if not isinstance(found, Sequence) or not all(isinstance(one, FileFact) for one in found):
            raise FileSourceError(f"files= gave {_shown(found)}; it gives a list of FileFact")
        return found

    return listed


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that no system accepts
        return False
