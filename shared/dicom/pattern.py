"""The bytes of a block that must be equal for another block to have its elements in the same places."""

from collections.abc import Sequence
from struct import Struct

Span = tuple[int, int]


class Pattern:
    """What stands between the values of a block: one unpacking takes it out, one comparison proves it."""

    def __init__(self, block: bytes, skipped: Sequence[Span]) -> None:
        """Take a block; `skipped` are the values that may differ, by rising offset."""
        self.size = len(block)
        self._unpack = _between(self.size, skipped).unpack_from
        self._expected = self._unpack(block, 0)

    def is_at(self, buffer: bytes, start: int) -> bool:
        """Tell whether the block at `start` has its elements in the same places."""
        return start + self.size <= len(buffer) and self._unpack(buffer, start) == self._expected


def _between(size: int, skipped: Sequence[Span]) -> Struct:
    """A structure that takes out all but what is skipped."""
    parts, position = [], 0
    for start, end in skipped:
        parts.append(f"{start - position}s{end - start}x")
        position = end
    return Struct("".join([*parts, f"{size - position}s"]))
