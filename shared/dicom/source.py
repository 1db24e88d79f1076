"""Where the bytes of a file come from."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

#: what most headers fit in; the first that is read of any file
HEADER_BYTES = 64 << 10

_CHUNK = 256 << 10
_KEPT_BYTES = 4 << 20


class ByteSource(Protocol):
    """Bytes that can be read by range, such as an open object."""

    @property
    def size(self) -> int:
        """The size in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        ...


class Fronted(NamedTuple):
    """A source whose first bytes are in memory."""

    front: bytes
    source: ByteSource

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.source.size

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        end = offset + length
        return self.front[offset:end] if end <= len(self.front) else self.source.read(offset, length)

    def stream(self, offset: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `offset` to `end` in chunks: what is in memory is not read again."""
        if offset < len(self.front):
            yield self.front[offset:end]
        for start in range(max(offset, len(self.front)), end, _CHUNK):
            yield self.source.read(start, min(_CHUNK, end - start))


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


def _keep_freed_memory() -> None:
    """Have the C library keep chunks that are freed, by showing it a larger piece that is.

    Getting each chunk from the system anew would cost more than larger chunks save (glibc, mallopt(3),
    M_MMAP_THRESHOLD).
    """
    bytearray(_KEPT_BYTES)


_keep_freed_memory()
