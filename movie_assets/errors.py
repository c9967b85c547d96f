"""The exceptions of everything that is not the rule language."""


class MoviesError(Exception):
    """What happened and where (`message`), and what to do about it (`hint`)."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} Hint: {self.hint}"


class HeaderError(MoviesError):
    """The header of a file lacks columns of the contract, or has one twice."""
