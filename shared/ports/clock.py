"""The time."""

from typing import Protocol


class Clock(Protocol):
    """A clock that tests can turn."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...
