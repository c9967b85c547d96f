"""Rule types about the files of a folder."""

from movie_assets.dqdl.rules.plan import Plan, Subject
from movie_assets.dqdl.rules.rule_type import ParameterSpec, rule_type

PATH = ParameterSpec("DataPath", "path", optional=True)
SELECTING = ("recentFiles", "uriRegex", "filterOrder", "failFast")


@rule_type("FileFreshness", PATH, condition="date", threshold=True, tags=("timeZone", *SELECTING), row_level="no")
def file_freshness(subject: Subject) -> Plan:
    """The share of files whose time of last change satisfies the condition; it must be 1, or meet the threshold."""
    return Plan(refusal="FileFreshness can't be evaluated yet")


@rule_type("FileSize", PATH, condition=("size", "number"), threshold=True, tags=SELECTING, row_level="no")
def file_size(subject: Subject) -> Plan:
    """The share of files whose size satisfies the condition; it must be 1, or meet the threshold."""
    return Plan(refusal="FileSize can't be evaluated yet")


@rule_type(
    "FileUniqueness", PATH, condition="number", tags=("hashAlgorithm", "matchFileName", *SELECTING), row_level="no"
)
def file_uniqueness(subject: Subject) -> Plan:
    """The share of files whose content no other file has."""
    return Plan(refusal="FileUniqueness can't be evaluated yet")


@rule_type(
    "FileMatch",
    PATH,
    ParameterSpec("CompareDataPath", "path", optional=True),
    condition="string",
    condition_optional=True,
    operators=("=", "!=", "in", "not in"),
    tags=("hashAlgorithm", "matchFileName", *SELECTING),
    row_level="no",
)
def file_match(subject: Subject) -> Plan:
    """Whether the files of one folder have the content of another's, or checksums that satisfy the condition."""
    return Plan(refusal="FileMatch can't be evaluated yet")
