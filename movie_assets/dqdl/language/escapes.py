r"""Backslash escapes in quoted text.

Patterns, parameters, tags and ``where`` keep their backslashes: ``matches "\d+"`` is the pattern ``\d+``. The strings
of a condition lose theirs, in two ways: the open parser removes the backslashes in a set, and Spark resolves those
after ``=`` and ``!=``, where ``\n`` is a newline.
"""

import re

from movie_assets.dqdl.language.operands import Operator

_SPARK = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([01][0-7]{2})|(.))", re.DOTALL)
_NAMED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def compared(text: str, operator: Operator) -> str:
    """The value of a string operand, from its text between the quotes."""
    if operator in ("in", "not in"):
        return unescaped(text)
    return _resolved(text) if operator in ("=", "!=") else text


def unescaped(text: str) -> str:
    """The text without the backslash before any character."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def quoted(text: str) -> str:
    """The text in double quotes, escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _resolved(text: str) -> str:
    """The text as Spark unescapes it; a lone surrogate becomes U+FFFD."""
    resolved = _SPARK.sub(_character, text)
    return resolved.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    utf16, code_point, octal, other = found.groups()
    if other is not None:
        return _NAMED.get(other, other)
    code = int(octal, 8) if octal else int(utf16 or code_point, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
