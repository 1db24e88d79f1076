"""The base of all errors."""

from collections.abc import Iterator
from typing import ClassVar, Literal

Category = Literal["validation", "processing", "storage", "network", "resource"]


class AirlockError(Exception):
    """Airlock could not go on.

    The class docstring is the message. `details` are named facts that are safe to show anywhere: tags,
    counts, limits and codes, never a value from a data set and never a name that a person gave to a file.
    """

    code: ClassVar[str] = "airlock_error"
    category: ClassVar[Category] = "processing"
    retryable: ClassVar[bool] = False
    remedy: ClassVar[str] = "Report this with the code and the log line of the event."

    def __init__(self, **details: str | float) -> None:
        """Keep the safe facts beside the message."""
        self.details = details
        super().__init__(self.cause)

    @property
    def cause(self) -> str:
        """The message with its facts, free of patient data."""
        message = (self.__doc__ or "").split("\n", 1)[0]
        facts = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{message} ({facts})" if facts else message


def remedy_for(code: str) -> str:
    """The way out of the error with this code."""
    return next((each.remedy for each in _all(AirlockError) if each.code == code), AirlockError.remedy)


def _all(error: type[AirlockError]) -> Iterator[type[AirlockError]]:
    yield error
    for each in error.__subclasses__():
        yield from _all(each)
