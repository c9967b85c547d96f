"""The names of the program and its settings, for hints."""

PROGRAM = "movies"

PREFIX = f"{PROGRAM.upper()}_"
"""The prefix of environment variables."""

FIRST_FEED = PROGRAM
"""The default feed of commands has the program's name."""


def command(words: str, feed: str = FIRST_FEED) -> str:
    """The command line: `movies run --day D`, for another feed `movies --feed orders run --day D`."""
    return f"{PROGRAM} {words}" if feed == FIRST_FEED else f"{PROGRAM} --feed {feed} {words}"
