"""Printable text: cells, headers and file names may contain characters that a terminal obeys or hides."""

import json
import logging
import math
from collections.abc import Mapping
from typing import Any


def visible(text: str, keep: str = "") -> str:
    """The text with every character that is not printable as Python's escape for it: `\\x1b`, `\\u202e`.

    Escaped are controls, bidirectional and zero-width characters, separators other than the space, lone surrogates and
    what Unicode has not assigned. `keep` has the characters that the layout needs, such as newline and tab.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one in keep else one.encode("unicode_escape").decode("ascii") for one in text
    )


def as_json(document: Any, indent: int | None = 2) -> str:
    """The document as JSON in which letters stay readable and everything else that `visible` escapes is escaped.

    Values that JSON lacks become text: decimals, dates and timestamps, NaN and infinity.
    """
    text = json.dumps(_finite(document), indent=indent, ensure_ascii=False, default=str)
    # Outside strings, newlines are JSON's only unprintable characters; inside them they are escaped already.
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n"))


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def _escaped(one: str) -> str:
    return one if one.isprintable() else json.dumps(one)[1:-1]


def visible_logger(name: str) -> logging.Logger:
    """A module's logger; its messages are escaped for every handler."""
    logger = logging.getLogger(name)
    if not any(isinstance(found, _Visible) for found in logger.filters):
        logger.addFilter(_Visible())
    return logger


class _Visible(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = visible(record.getMessage()), None
        return True
