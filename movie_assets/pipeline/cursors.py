"""Cursors of sensors and of the command line: JSON that Dagster stores between polls."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from movie_assets.visible import visible_logger

logger = visible_logger(__name__)
Read = TypeVar("Read")


def read_cursor(whose: str, cursor: str | None, parse: Callable[[dict[str, Any]], Read]) -> Read:
    """The stored object, parsed; the result for an empty object if nothing usable is stored."""
    if cursor:
        try:
            return parse(json.loads(cursor))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            logger.warning("The cursor of %s can't be used (%s); it starts fresh.", whose, error)
    return parse({})
