"""Rule types about files: age, size, duplicates and checksums."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from movie_assets.dqdl.declaring.conditions import not_met, resolve, satisfies
from movie_assets.dqdl.declaring.file_source import ALGORITHMS, FileFact, FileSourceError
from movie_assets.dqdl.declaring.plan import ConditionError, Judgement, Plan, Resolved, Subject, Value, Verdict
from movie_assets.dqdl.declaring.rule_type import ParameterSpec, RuleType
from movie_assets.dqdl.language.nodes import Rule
from movie_assets.dqdl.patterns.matching import find_matcher
from movie_assets.dqdl.patterns.nodes import PatternError
from movie_assets.visible import visible

PATH = ParameterSpec("DataPath", "path", optional=True)
TAGS = ("timeZone", "hashAlgorithm", "matchFileName", "recentFiles", "uriRegex", "filterOrder", "failFast")
"""Every file rule accepts all of them; those without a meaning for it have no effect."""

WHERE = "Looks only into the folders that are named for file rules, at regular files."

COUNT = "Dataset.*.FileCount"
_SHOWN = 5


@RuleType(
    "FileFreshness",
    (PATH,),
    conditions=("date",),
    threshold=True,
    tags=TAGS,
    row_level="no",
    glue="now(), days and times of day; one example has the bounds of between the wrong way round.",
    open_engine="Not there.",
    ours=f"A time of day means today; days compare by calendar day; between takes its bounds in either order. {WHERE}",
)
def file_freshness(subject: Subject) -> Plan:
    """The share of files whose last change satisfies the condition; it must be 1, or meet the threshold.

    ``now()`` compares timestamps, a day compares calendar days, a time of day means that time today; days and times are
    those of ``timeZone`` (UTC unless given). The bounds of ``between`` may come in either order.
    """
    zone = _zone(subject)
    assert subject.condition is not None
    resolved = resolve(subject.condition, now=subject.options.now)
    return _compliance(subject, lambda file: _fresh(file.modified, resolved, zone, subject.options.now))


@RuleType(
    "FileSize",
    (PATH,),
    conditions=("size",),
    threshold=True,
    tags=TAGS,
    row_level="no",
    open_engine="Not there.",
    ours=f"A KB is 1024 bytes. failFast fails at the first file that does not comply, threshold or not. {WHERE}",
)
def file_size(subject: Subject) -> Plan:
    """The share of files whose size in bytes satisfies the condition; it must be 1, or meet the threshold."""
    assert subject.condition is not None
    resolved = resolve(subject.condition)
    return _compliance(subject, lambda file: satisfies(float(file.size), resolved))


@RuleType(
    "FileUniqueness",
    (PATH,),
    conditions=("number",),
    tags=TAGS,
    row_level="no",
    open_engine="Not there.",
    ours=f"All copies of a content count as not unique. {WHERE}",
)
def file_uniqueness(subject: Subject) -> Plan:
    """Files whose content (with ``matchFileName`` also whose name) no other file has, divided by files."""
    algorithm, by_name = _algorithm(subject), _is_true(subject, "matchFileName")
    files = _files(subject)
    contents = Counter(_digest(file, algorithm) for file in files)
    names = Counter(PurePosixPath(file.name).name for file in files)
    alone = [
        file
        for file in files
        if contents[_digest(file, algorithm)] == 1 and not (by_name and names[PurePosixPath(file.name).name] > 1)
    ]
    ratio = len(alone) / len(files) if files else None
    metrics: dict[str, Value] = {"Dataset.*.FileUniquenessRatio": ratio, COUNT: len(files)}

    def judge(judgement: Judgement) -> Verdict:
        if ratio is None or judgement.condition is None:
            return Verdict(False, _none(subject), metrics)
        passed = satisfies(ratio, judgement.condition)
        return Verdict(passed, None if passed else not_met(ratio), metrics)

    return Plan(judge=judge)


@RuleType(
    "FileMatch",
    (PATH, ParameterSpec("CompareDataPath", "path", optional=True)),
    conditions=("string",),
    condition_optional=True,
    operators=("=", "!=", "in", "not in"),
    tags=TAGS,
    row_level="no",
    glue="Folders have to match exactly.",
    open_engine="Not there.",
    ours=f"Contents are compared as a multiset, names only with matchFileName. {WHERE}",
)
def file_match(subject: Subject) -> Plan:
    """With a condition, whether every file's checksum satisfies it; with two paths, whether contents are the same.

    With ``matchFileName`` the files of two paths must have the same names too.
    """
    algorithm, by_name = _algorithm(subject), _is_true(subject, "matchFileName")
    files = _files(subject)
    if subject.condition is not None:
        resolved = resolve(subject.condition)
        wanted = {str(operand).lower() for operand in resolved.operands}
        positive = resolved.operator in ("=", "in")
        odd = [file.name for file in files if (_digest(file, algorithm) in wanted) != positive]
    elif len(subject.rule.parameters) == 2:
        odd = _unmatched(files, _files(subject, 1), lambda file: (by_name and file.name, _digest(file, algorithm)))
    else:
        raise ConditionError("FileMatch compares two paths, or a path with checksums; it has neither")
    metrics: dict[str, Value] = {COUNT: len(files)}
    if not files:
        return Plan(judge=lambda _: Verdict(False, _none(subject), metrics))
    return Plan(judge=lambda _: Verdict(not odd, _listing("Files that do not match", odd), metrics))


def _unmatched(one: Sequence[FileFact], two: Sequence[FileFact], key: Callable[[FileFact], object]) -> list[str]:
    """The names of files whose key occurs more or less often on the other side."""
    left, right = (Counter(map(key, side)) for side in (one, two))
    return [file.name for file in (*one, *two) if left[key(file)] != right[key(file)]]


def _compliance(subject: Subject, complies: Callable[[FileFact], bool]) -> Plan:
    """Judge the share of files that comply; with ``failFast``, stop at the first that doesn't."""
    files = _files(subject)
    fast = _is_true(subject, "failFast")
    odd: list[str] = []
    seen: list[FileFact] = []
    for file in files:
        seen.append(file)
        if not complies(file):
            odd.append(file.name)
            if fast:
                break
    share = (len(seen) - len(odd)) / len(seen) if seen else None
    metrics: dict[str, Value] = {f"Dataset.*.{subject.rule.type}.Compliance": share, COUNT: len(seen)}
    if subject.rule.type == "FileSize" and seen:
        sizes = [file.size for file in seen]
        metrics |= {"Dataset.*.MaximumFileSize": max(sizes), "Dataset.*.MinimumFileSize": min(sizes)}

    def judge(judgement: Judgement) -> Verdict:
        if share is None:
            return Verdict(False, _none(subject), metrics)
        threshold = judgement.threshold
        passed = not odd if threshold is None or (fast and odd) else satisfies(share, threshold)
        return Verdict(
            passed, None if passed else f"{not_met(share)}\n{_listing('Files that do not comply', odd)}", metrics
        )

    return Plan(judge=judge)


def _files(subject: Subject, index: int = 0) -> list[FileFact]:
    """The files of a path parameter (the table's own without one), newest first, as the tags select them."""
    path = subject.parameter(index) if len(subject.rule.parameters) > index else None
    if subject.options.files is None:
        raise ConditionError("no files are given to file rules")
    try:
        files = list(subject.options.files(path))
    except FileSourceError as error:
        raise ConditionError(str(error)) from error
    files.sort(key=lambda file: file.modified, reverse=True)
    for name in _order(subject):
        files = _select(subject, name, files)
    return files


def _order(subject: Subject) -> Sequence[str]:
    order = [name for tag in subject.rule.tags if tag.name == "filterOrder" for name in tag.values]
    return order or ("recentFiles", "uriRegex")


def _select(subject: Subject, name: str, files: list[FileFact]) -> list[FileFact]:
    value = _tag(subject, name)
    if value is None:
        return files
    if name == "recentFiles":
        if not re.fullmatch("[0-9]{1,9}", value):
            raise ConditionError(f"recentFiles is a whole number, not '{value}'")
        return files[: int(value)]
    if name == "uriRegex":
        # A lookahead at the start applies to the whole path, not to the rest after some character.
        pattern = rf"\A(?:{value})" if value.startswith(("(?!", "(?=")) else value
        try:
            found = find_matcher(pattern)
            return [file for file in files if found(file.path)]
        except PatternError as error:
            raise ConditionError(f"uriRegex '{value}' can't be used: {error}") from error
    raise ConditionError(f"filterOrder knows recentFiles and uriRegex, not '{name}'")


def _fresh(modified: datetime, condition: Resolved, zone: ZoneInfo, now: datetime | None) -> bool:
    operands = [_moment(operand, zone, now) for operand in condition.operands]
    value: date = modified.astimezone(zone)
    if any(not isinstance(operand, datetime) for operand in operands):
        value = value.date() if isinstance(value, datetime) else value
        operands = [operand.date() if isinstance(operand, datetime) else operand for operand in operands]
    first, last = min(operands), max(operands)
    return {
        ">": lambda: value > first,
        ">=": lambda: value >= first,
        "<": lambda: value < first,
        "<=": lambda: value <= first,
        "=": lambda: value == first,
        "!=": lambda: value != first,
        "in": lambda: value in operands,
        "not in": lambda: value not in operands,
        "between": lambda: first < value < last,
        "not between": lambda: not first < value < last,
    }[condition.operator]()


def _moment(operand: object, zone: ZoneInfo, now: datetime | None) -> date:
    if isinstance(operand, time):
        if now is None:
            raise ConditionError("the rule speaks of a time today, but no clock was given")
        return datetime.combine(now.astimezone(zone).date(), operand, zone)
    if isinstance(operand, datetime):
        return operand.replace(tzinfo=UTC)
    if isinstance(operand, date):
        return operand
    raise ConditionError("the time of a file's last change can't be NULL")


def _zone(subject: Subject) -> ZoneInfo:
    name = _tag(subject, "timeZone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConditionError(f"timeZone '{name}' is not known, write it as 'Europe/Paris'") from error


def _algorithm(subject: Subject) -> str:
    name = _tag(subject, "hashAlgorithm") or "SHA-256"
    if name not in ALGORITHMS:
        raise ConditionError(f"hashAlgorithm '{name}' is not one of {', '.join(ALGORITHMS)}")
    return name


def _digest(file: FileFact, algorithm: str) -> str:
    try:
        return file.digest(algorithm)
    except FileSourceError as error:
        raise ConditionError(str(error)) from error
    except Exception as error:  # the caller's own reader
        raise ConditionError(f"can't read {file.path}: {type(error).__name__}: {error}") from error


def _is_true(subject: Subject, name: str) -> bool:
    value = (_tag(subject, name) or "false").lower()
    if value not in ("true", "false"):
        raise ConditionError(f"{name} is true or false, not '{value}'")
    return value == "true"


def _tag(subject: Subject, name: str) -> str | None:
    return subject.rule.tag(name) if isinstance(subject.rule, Rule) else None


def _none(subject: Subject) -> str:
    where = subject.parameter(0) if subject.rule.parameters else "the table's own path"
    return f"No files were found at {where}"


def _listing(title: str, names: list[str]) -> str | None:
    if not names:
        return None
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{title}: {', '.join(map(visible, names[:_SHOWN]))}{more}"
