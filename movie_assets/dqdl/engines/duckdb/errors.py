"""Readable engine errors: one clause each, without the engine's advice, SQL and internal names."""

import re
from collections.abc import Mapping

import duckdb

KNOWN: Mapping[str, str] = {
    r"Referenced (?P<what>column|table) \"(?P<name>.+?)\" not found.*": "there is no {what} '{name}'",
    r"Table with name (?P<name>.+?) does not exist.*": "there is no table '{name}'",
    r".*Function with name (?P<name>.+?) does not exist.*": "there is no function '{name}'",
    r"No function matches the given name and argument types '(?P<call>.+?)'\..*": (
        "{call} is not defined for these types"
    ),
    r"Could not convert string 'refused: (?P<why>.*)' to INT32(?: when casting .*)?": "{why}",
    r"Could not convert string ['\"](?P<text>.*)['\"] to (?P<type>[\w(), ]+?)(?: when casting .*)?": (
        "'{text}' is not of the type {type}"
    ),
    r"Type VARCHAR with value '(?P<text>.*)' can't be cast to the destination type (?P<type>.+?)( when casting .*)?": (
        "'{text}' is not of the type {type}"
    ),
    r"Unimplemented type for cast \((?P<one>.+?) -> (?P<two>.+)\)( when casting .*)?": "{one} can't be cast to {two}",
    r"invalid (?P<type>\w+) field format: \"(?P<text>.*)\", expected.*": "'{text}' is not a {type}",
    r"(?:Table|View) with name \"(?P<name>.+)\" already exists.*": "there already is a table '{name}'",
    r"Error while reading file \"(?P<file>.+?)\": failed to cast column \"(?P<name>.+?)\" from type .*": (
        "column '{name}' has another type in '{file}' than in the other files"
    ),
    r"max expression depth limit of .*": "it is nested too deeply",
    r".*argument in function \"string_agg\" must be a constant expression.*": "the separator must be a constant",
    r"Failed to read file .*ompression failure.*": "it is damaged: its pages can't be unpacked",
    r"(?:Couldn't deserialize thrift|Invalid base64 input)\b.*": "its footer is damaged",
    r"Invalid string encoding found in Parquet file .*": "a text is not UTF-8",
    r"Invalid unicode \(byte sequence mismatch\).*": "a text is not UTF-8",
    r"reading the stream registered as '.*?' failed: (?:\w+: )?(?P<why>.*?)(?:\. Detail: .*)?": "{why}",
    r"Python exception occurred while executing the UDF: \w+: (?P<why>.*)": "{why}",
    r".*Could not read from file .*Is a directory.*": "it is a folder",
    r".*not a valid DuckDB database file.*": "it is not a DuckDB database",
    r".*corrupt database file.*": "it is damaged",
    r".*Could not read enough bytes from file .*": "it is damaged: its end is missing",
    r"(?P<whole>CSV Error .*)": "{whole}",
}
"""Common messages of the engine (as patterns), and ours."""

_KIND = re.compile(r"\A[A-Z][A-Za-z ]{2,40} Error: ")
_ADVICE = re.compile(r"\n\s*(?:LINE \d+:|Possible |Candidate |Did you mean ).*", re.DOTALL)
_INTERNAL = re.compile(r"\"?\b__(?:judged|input|row_id|masks?\w*|keys_\w+|verdicts)\b\"?|\"?\b(?:key_hash|n)__\b\"?")


def said(error: Exception) -> str:
    """The readable error, without a full stop; for an unknown message, its first line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.strerror}: '{error.filename}'"
    words_of_arrow = len(error.args) > 1 and all(isinstance(arg, str) for arg in error.args)  # the cause comes first
    whole = ": ".join(reversed(error.args)) if words_of_arrow else str(error) or type(error).__name__
    text = _ADVICE.sub("", _KIND.sub("", whole)).strip()
    text = text.replace("_LITERAL", "")
    if isinstance(error, duckdb.OutOfMemoryException):
        limit = re.search(r"/([\d.]+ \w+) used\)", text)
        what = "room on disk" if "offload" in text else "memory"
        return f"it needs more {what} than {limit[1] if limit else 'there is'}"
    for pattern, words in KNOWN.items():
        if found := re.fullmatch(pattern, text, re.DOTALL | re.IGNORECASE):
            text = words.format(**found.groupdict())
            return "; ".join(line.strip()[:200] for line in text.splitlines() if line.strip()).rstrip(".!")
    first = _INTERNAL.sub("the table", text.split("\n")[0])[:300].rstrip(".!")
    return first[:1].lower() + first[1:] if first[1:2].islower() else first
