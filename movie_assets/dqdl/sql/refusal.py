"""The error for rejected SQL."""


class SqlRefusedError(Exception):
    """A piece of SQL that can't be translated or must not run."""
