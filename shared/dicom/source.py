"""Where the bytes of a file come from."""

from typing import NamedTuple, Protocol


class ByteSource(Protocol):
    """Bytes that can be read by range, such as an open object."""

    @property
    def size(self) -> int:
        """The size in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        ...


class MemorySource(NamedTuple):
    """Bytes in memory as a `ByteSource`."""

    content: bytes

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        return self.content[offset : offset + length]
