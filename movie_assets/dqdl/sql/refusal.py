"""Why a piece of SQL doesn't run."""


class SqlRefusedError(Exception):
    """A piece of SQL that can't be translated or must not run."""
