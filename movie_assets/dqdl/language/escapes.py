r"""What backslashes in quoted text stand for.

Patterns, parameters, tags and ``where`` keep theirs: ``matches "\d+"`` is the pattern ``\d+``. The strings a condition
compares with lose theirs, in two ways: the open parser takes the backslashes out of a set, and what stands after ``=``
and ``!=`` is resolved by Spark, where ``\n`` is a new line.
"""

import re

from movie_assets.dqdl.language.operands import Operator

_SPARK = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([01][0-7]{2})|(.))", re.DOTALL)
_NAMED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def compared(text: str, operator: Operator) -> str:
    """The value of a string operand, given its text as typed between the quotes."""
    if operator in ("in", "not in"):
        return unescaped(text)
    return _resolved(text) if operator in ("=", "!=") else text


def unescaped(text: str) -> str:
    """The text without the backslash before any character."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def quoted(text: str) -> str:
    """The text in double quotes, to be read as it is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _resolved(text: str) -> str:
    """The text as Spark reads it within quotes; half a surrogate pair becomes U+FFFD."""
    resolved = _SPARK.sub(_character, text)
    return resolved.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    utf16, code_point, octal, other = found.groups()
    if other is not None:
        return _NAMED.get(other, other)
    code = int(octal, 8) if octal else int(utf16 or code_point, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
