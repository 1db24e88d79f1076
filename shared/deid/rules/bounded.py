"""A dictionary for what can be made anew at any time: it never has more than so many entries."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(dict[K, V]):
    """Empties itself instead of growing further; only what is set by its key is counted."""

    def __init__(self, most: int) -> None:
        """Take how many entries there may be at most."""
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._most:
            self.clear()
        super().__setitem__(key, value)
