"""Where a sensor or the command line goes on: JSON that Dagster keeps between looks."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from movie_assets.visible import visible_logger

logger = visible_logger(__name__)
Read = TypeVar("Read")


def read_cursor(whose: str, cursor: str | None, parse: Callable[[dict[str, Any]], Read]) -> Read:
    """What `parse` makes of the stored object; of an empty one where nothing is stored, or nothing that can be used."""
    if cursor:
        try:
            return parse(json.loads(cursor))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            logger.warning("The cursor of %s can't be used (%s); it starts fresh.", whose, error)
    return parse({})
