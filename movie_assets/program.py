"""The names of the program and its settings, for hints."""

PROGRAM = "movies"
PREFIX = "MOVIES_"
"""What the names of settings begin with."""

FIRST_FEED = "movies"
"""The feed that commands speak of where none is named."""


def command(words: str, feed: str = FIRST_FEED) -> str:
    """The command line that does it: `movies run --day D`, of another feed `movies --feed orders run --day D`."""
    return f"{PROGRAM} {words}" if feed == FIRST_FEED else f"{PROGRAM} --feed {feed} {words}"
